// Answers of Janus, decoded with schemas that are compiled once.
import type { ServerUnavailable } from "@headend/core/Failure"
import { ResourceId } from "@headend/core/Mountpoint"
import { Effect, Schema } from "effect"
import { unavailable } from "./exchange.ts"

/** Ids are numbers, or strings where the plugin runs with `string_ids`. */
export const Id = ResourceId

export const answer = <A>(request: string, schema: Schema.Codec<A, unknown>) => {
  const decode = Schema.decodeUnknownOption(schema)
  return (data: unknown): Effect.Effect<A, ServerUnavailable> =>
    Effect.mapError(Effect.fromOption(decode(data)), () => unavailable(`its answer to ${request} cannot be read`))
}
