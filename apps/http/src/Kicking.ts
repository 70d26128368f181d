/**
 * Ends the connection of whoever publishes what a broadcast relays. The server is asked from here, whichever worker owns
 * the broadcast: nothing of ours changes by it, and the owner finds out as of any publisher who leaves.
 */
import { BadGateway, Conflict, Unavailable, Unprocessable } from "@headend/api/Problem"
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import { isEnded } from "@headend/core/Health"
import { Ingests } from "@headend/core/Ingests"
import { Sources } from "@headend/core/Sources"
import { Effect, Option } from "effect"

/** Needs `Ingests` only where there are kinds that relay from one. */
export const make = Effect.gen(function*() {
  const registry = yield* BroadcastRegistry
  const sources = yield* Sources
  const ingests = yield* Effect.serviceOption(Ingests)

  return {
    /** Whether there was somebody. */
    kick: Effect.fnUntraced(function*(id: string) {
      const { snapshot: { state }, spec } = yield* registry.get(id)
      if (isEnded(state) || state === "stopping") {
        return yield* new Conflict({ code: "broadcast_ended", detail: `broadcast ${id} is ${state}` })
      }
      const { source } = yield* Effect.mapError(
        spec,
        ({ message }) => new Conflict({ code: "nothing_to_kick", detail: message })
      )
      const ingest = sources.ingest(source)
      if (ingest?.srsApi === undefined || Option.isNone(ingests)) {
        const detail = ingest === undefined
          ? `broadcast ${id} relays nothing that is published to an RTMP server by an application and a key`
          : `the ingest of broadcast ${id} names no srsApi: only SRS ends a connection when it is asked`
        return yield* new Conflict({ code: "nothing_to_kick", detail })
      }
      return yield* sources.resolve(ingest, "source.ingest").pipe(
        Effect.flatMap(ingests.value.kick),
        Effect.catchTags({
          SecretUnavailable: (error) =>
            Effect.fail(new BadGateway({ code: error.failure.code, detail: error.message })),
          ServerUnavailable: (error) =>
            Effect.fail(new Unavailable({ code: "server_unavailable", detail: error.message })),
          Unauthorized: (error) => Effect.fail(new Unprocessable({ code: "unauthorized", detail: error.message }))
        })
      )
    })
  }
})
