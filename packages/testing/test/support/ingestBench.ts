/**
 * The contract suite of ingests on the fake of the world.
 */
import { publishUrl } from "@headend/core/Ingest"
import { IngestBench } from "@headend/testing/IngestBench"
import * as World from "@headend/testing/World"
import { Effect, Layer, Redacted } from "effect"

let last = 0

const mute = Effect.sync(() => ({
  rtmpUrl: "rtmp://srs.example",
  app: "live",
  streamKey: Redacted.make(`cam${++last}`)
}))

const at = (one: Parameters<typeof publishUrl>[0]) => Redacted.value(publishUrl(one)).replace("rtmp://srs.example/", "")

const bench = Effect.gen(function*() {
  const { rtmp } = yield* World.World
  let clients = 0
  return IngestBench.of({
    ingest: Effect.map(mute, (one) => ({ ...one, srsApi: "http://srs.example:1985" })),
    mute,
    publish: (one) => {
      const client = `client-${++clients}`
      return Effect.as(rtmp.publish(at(one), { client }), client)
    },
    unpublish: (one) => rtmp.unpublish(at(one)),
    reachable: rtmp.reachable
  })
})

export const layer = Layer.provideMerge(Layer.effect(IngestBench, bench), World.layer)
