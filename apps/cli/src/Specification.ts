/**
 * A specification from a file, or from the standard input (`-`). Whether it makes sense, the app says.
 */
import * as StreamingUtils from "@headend/core/StreamingUtils"
import { Effect, FileSystem, Schema, Stdio, Stream } from "effect"
import { codes, CommandFailed } from "./ExitCode.ts"
import { say } from "./Output.ts"

export type Specification = Readonly<Record<string, unknown>>

const usage = (message: string) => new CommandFailed({ code: codes.usage, message })

const json = Schema.decodeUnknownEffect(Schema.fromJsonString(Schema.Record(Schema.String, Schema.Unknown)))

const text = Effect.fnUntraced(function*(path: string) {
  if (path === "-") {
    const { stdin } = yield* Stdio.Stdio
    return yield* Stream.mkString(Stream.decodeText(stdin))
  }
  const files = yield* FileSystem.FileSystem
  return yield* files.readFileString(path)
})

export interface From {
  readonly file: string
  /** The file holds a payload of streaming_utils. */
  readonly streamingUtils: boolean
}

/** Reads it. What a payload of streaming_utils loses on the way is said, what it cannot lose is an error. */
export const read = Effect.fnUntraced(function*(
  { file, streamingUtils }: From
): Effect.fn.Return<Specification, CommandFailed, FileSystem.FileSystem | Stdio.Stdio> {
  const content = yield* Effect.mapError(text(file), ({ message }) => usage(`${file} cannot be read: ${message}`))
  const given = yield* Effect.mapError(json(content), () => usage(`${file} is no JSON object`))
  if (!streamingUtils) return given
  const { left, spec } = yield* Effect.mapError(
    StreamingUtils.toJson(given),
    ({ errors }) => usage([`${file} cannot be carried over:`, ...fields(errors)].join("\n"))
  )
  for (const { message, path } of left) yield* say(`${path.join(".")} is left out: ${message}`)
  return spec
})

/** Each failing field on a line of its own. */
export const fields = (
  errors: ReadonlyArray<{ readonly path: ReadonlyArray<string | number>; readonly message: string }>
): ReadonlyArray<string> =>
  errors.map(({ message, path }) => `  ${path.length === 0 ? "it" : path.join(".")}: ${message}`)
