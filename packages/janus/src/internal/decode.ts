// Answers of Janus, decoded with schemas that are compiled to code at their first use: a room with hundreds of
// forwarders is listed at every start and stop. Where code may not be made at run time, they are interpreted.
import type { ServerUnavailable } from "@headend/core/Failure"
import { ResourceId } from "@headend/core/Mountpoint"
import { Effect, type Option, Schema } from "effect"
import * as SchemaJITCompiler from "effect/schema/SchemaJITCompiler"
import { unavailable } from "./exchange.ts"

/** Ids are numbers, or strings where the plugin runs with `string_ids`. */
export const Id = ResourceId

/** Reads what Janus tells; none when it cannot be read. */
export const reader = <A>(schema: Schema.Codec<A, unknown>): (data: unknown) => Option.Option<A> => {
  SchemaJITCompiler.enable(schema.ast)
  return Schema.decodeUnknownOption(schema)
}

export const answer = <A>(request: string, schema: Schema.Codec<A, unknown>) => {
  const decode = reader(schema)
  return (data: unknown): Effect.Effect<A, ServerUnavailable> =>
    Effect.mapError(Effect.fromOption(decode(data)), () => unavailable(`its answer to ${request} cannot be read`))
}
