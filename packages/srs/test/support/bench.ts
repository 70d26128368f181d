/**
 * Ingests on a fake SRS, asked over HTTP as a real one is.
 */
import { type Ingest, streamName } from "@headend/core/Ingest"
import * as IngestNews from "@headend/core/IngestNews"
import * as SrsIngests from "@headend/srs/SrsIngests"
import { FakeSrs, type FakeSrsPublisher, layer as layerSrs } from "@headend/testing/FakeSrsServer"
import { IngestBench } from "@headend/testing/IngestBench"
import { Effect, Layer, Redacted } from "effect"

let last = 0

const bench = Effect.gen(function*() {
  const server = yield* FakeSrs
  const publishers = new Map<string, FakeSrsPublisher>()
  const mute = Effect.sync((): Ingest => ({
    rtmpUrl: "rtmp://127.0.0.1:19351",
    app: "live",
    streamKey: Redacted.make(`cam${++last}`)
  }))
  return IngestBench.of({
    ingest: Effect.map(mute, (one) => ({ ...one, srsApi: server.url })),
    mute,
    publish: (one) =>
      Effect.map(Effect.promise(() => server.publish(one.app, Redacted.value(one.streamKey))), (publisher) => {
        publishers.set(streamName(one), publisher)
        return publisher.client
      }),
    unpublish: (one) => Effect.promise(async () => publishers.get(streamName(one))?.leave()),
    reachable: (isReachable) => Effect.promise(() => isReachable ? server.restart() : server.kill())
  })
})

export const layer = Layer.effect(IngestBench, bench).pipe(
  Layer.provideMerge(layerSrs({ knowsCodecsAtOnce: true })),
  Layer.provideMerge(SrsIngests.layer),
  Layer.provideMerge(IngestNews.layer)
)
