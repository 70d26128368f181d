/**
 * Ingests on SRS: asked by its HTTP API where an ingest names one, else known by hooks alone. One look per second and
 * server, however many broadcasts follow it; a hook makes it look at once.
 */
import type { ServerUnavailable, Unauthorized } from "@headend/core/Failure"
import { type Ingest, streamName } from "@headend/core/Ingest"
import { IngestNews } from "@headend/core/IngestNews"
import { Ingests } from "@headend/core/Ingests"
import { absent, type IngestStatus, unknownStatus } from "@headend/core/IngestStatus"
import type { PlanStep } from "@headend/core/Plan"
import { Effect, Layer, RcMap, Redacted } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import * as Lookout from "./internal/lookout.ts"
import * as SrsApi from "./SrsApi.ts"

/** Where the API of an ingest is. */
const addressOf = ({ srsApi, srsPassword, srsUsername }: Ingest): SrsApi.SrsAddress | undefined =>
  srsApi === undefined ? undefined : { url: srsApi, username: srsUsername, password: srsPassword }

/** Tells two servers apart, and two who ask the same one. */
const keyOf = ({ password, url, username }: SrsApi.SrsAddress): string =>
  JSON.stringify([url, username, password === undefined ? "" : Redacted.value(password)])

const planOf = ({ srsApi = "" }: Ingest): ReadonlyArray<PlanStep> => [{
  hop: "ingest",
  does: "look every second whether somebody publishes, who, and whether frames come",
  server: "srs",
  request: { method: "GET", url: `${srsApi.replace(/\/+$/, "")}/api/v1/streams/?start=0&count=100` }
}]

const isOf = (ingest: Ingest) => (stream: SrsApi.SrsStream) =>
  stream.publish.active && stream.app === ingest.app && stream.name === streamName(ingest)

/** With the `HttpClient` that is there. */
export const layerClient: Layer.Layer<Ingests, never, IngestNews | HttpClient.HttpClient> = Layer.effect(
  Ingests,
  Effect.gen(function*() {
    const client = yield* HttpClient.HttpClient
    const news = yield* IngestNews
    const addresses = new Map<string, SrsApi.SrsAddress>()
    const lookouts = yield* RcMap.make({
      lookup: (key: string) => Lookout.make(client, addresses.get(key)!)
    })

    const watch = Effect.fnUntraced(function*(ingest: Ingest, address: SrsApi.SrsAddress) {
      const key = keyOf(address)
      addresses.set(key, address)
      const lookout = yield* RcMap.get(lookouts, key)
      const heard = yield* news.follow(ingest)
      const followed = yield* lookout.follow(ingest.app, streamName(ingest))
      const listen = (seen: IngestStatus): Effect.Effect<never> =>
        Effect.flatMap(heard.next(seen), (next) => {
          lookout.hurry()
          return listen(next)
        })
      yield* Effect.forkScoped(listen(heard.now()))
      return followed
    })

    const stream = (ingest: Ingest, address: SrsApi.SrsAddress) =>
      Effect.map(SrsApi.streams(client, address), (all) => all.find(isOf(ingest)))

    const find = Effect.fn("Ingests.find")(function*(
      ingest: Ingest
    ): Effect.fn.Return<IngestStatus, ServerUnavailable | Unauthorized> {
      const address = addressOf(ingest)
      if (address === undefined) return unknownStatus
      const found = yield* stream(ingest, address)
      return found === undefined ? absent : Lookout.statusOf(found, yield* Lookout.publisherOf(client, address, found))
    })

    const kick = Effect.fn("Ingests.kick")(function*(
      ingest: Ingest
    ): Effect.fn.Return<boolean, ServerUnavailable | Unauthorized> {
      const address = addressOf(ingest)
      if (address === undefined) return false
      const cid = (yield* stream(ingest, address))?.publish.cid
      return cid === undefined ? false : yield* SrsApi.kick(client, address, cid)
    })

    return Ingests.of({
      watch: (ingest): ReturnType<Ingests["Service"]["watch"]> => {
        const address = addressOf(ingest)
        return address === undefined ? news.follow(ingest) : watch(ingest, address)
      },
      find,
      kick,
      plan: (ingest) => Effect.succeed(ingest.srsApi === undefined ? [] : planOf(ingest))
    })
  })
)

/** With `fetch`. A redirection is no answer: addresses are checked before they are asked, and not again. */
export const layer: Layer.Layer<Ingests, never, IngestNews> = layerClient.pipe(
  Layer.provide(FetchHttpClient.layer),
  Layer.provide(Layer.succeed(FetchHttpClient.RequestInit, { redirect: "manual" }))
)
