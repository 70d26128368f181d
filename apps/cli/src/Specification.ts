/**
 * A specification from a file, or from the standard input (`-`). Whether it makes sense, the app says; on which line of the
 * file that is, is found here.
 */
import * as StreamingUtils from "@headend/core/StreamingUtils"
import { Effect, FileSystem, Schema, Stdio, Stream } from "effect"
import { findNodeAtLocation, type ParseError, type ParseErrorCode, parseTree, printParseErrorCode } from "jsonc-parser"
import { codes, CommandFailed } from "./ExitCode.ts"
import { say } from "./Output.ts"

type Json = Readonly<Record<string, unknown>>
type Path = ReadonlyArray<string | number>

export interface Specification {
  readonly json: Json
  /** The line of a field, or of the innermost that is there of those around it; nothing where lines say nothing. */
  readonly lineOf: (path: Path) => number | undefined
}

const usage = (message: string, problem?: unknown) =>
  new CommandFailed({ code: codes.usage, message, ...(problem === undefined ? {} : { problem }) })

const object = Schema.decodeUnknownEffect(Schema.Record(Schema.String, Schema.Unknown))

const text = Effect.fnUntraced(function*(path: string) {
  if (path === "-") {
    const { stdin } = yield* Stdio.Stdio
    return yield* Stream.mkString(Stream.decodeText(stdin))
  }
  const files = yield* FileSystem.FileSystem
  return yield* files.readFileString(path)
})

const lineAt = (content: string, offset: number) => content.slice(0, offset).split("\n").length

/** `CloseBraceExpected` in words. */
const words = (code: ParseErrorCode) =>
  printParseErrorCode(code).replace(/[A-Z]/g, (one) => ` ${one.toLowerCase()}`).trim()

/** What keeps it from being JSON, and where: the engine tells that of some mistakes only. */
const malformed = (file: string, content: string, reason: string) => {
  const errors: Array<ParseError> = []
  parseTree(content, errors, { disallowComments: true, allowTrailingComma: false })
  const [first] = errors
  if (first === undefined) return usage(`${file} is no JSON: ${reason}`, { code: "malformed_json" })
  const line = lineAt(content, first.offset)
  const column = first.offset - content.lastIndexOf("\n", first.offset - 1)
  return usage(
    `${file} is no JSON: line ${line}, column ${column}: ${words(first.error)}`,
    { code: "malformed_json", line, column }
  )
}

const parse = Effect.fnUntraced(function*(file: string, content: string) {
  const value = yield* Effect.try({
    try: (): unknown => JSON.parse(content),
    catch: (error) => malformed(file, content, error instanceof Error ? error.message : String(error))
  })
  return yield* Effect.mapError(
    object(value),
    () => usage(`${file} is no JSON object: it begins with ${content.trim()[0]}`)
  )
})

/** A file of one line has nothing to tell. */
const liner = (content: string): Specification["lineOf"] => {
  const tree = content.trim().includes("\n") ? parseTree(content) : undefined
  if (tree === undefined) return () => undefined
  return (path) => {
    for (let length = path.length; length > 0; length--) {
      const node = findNodeAtLocation(tree, path.slice(0, length))
      if (node !== undefined) return lineAt(content, (node.parent?.type === "property" ? node.parent : node).offset)
    }
    return undefined
  }
}

export interface From {
  readonly file: string
  /** The file holds a payload of streaming_utils. */
  readonly streamingUtils: boolean
}

/** Reads it. What a payload of streaming_utils loses on the way is said, what it cannot lose is an error. */
export const read = Effect.fnUntraced(function*(
  { file, streamingUtils }: From
): Effect.fn.Return<Specification, CommandFailed, FileSystem.FileSystem | Stdio.Stdio> {
  const name = file === "-" ? "the standard input" : file
  const content = yield* Effect.mapError(text(file), ({ message, reason }) => {
    const why = reason._tag === "NotFound" ? "there is no such file" : message
    return usage(`${name} cannot be read: ${why}`)
  })
  const given = yield* parse(name, content)
  const lineOf = liner(content)
  if (!streamingUtils) return { json: given, lineOf }
  const { left, spec } = yield* Effect.mapError(
    StreamingUtils.toJson(given),
    ({ errors }) => usage([`${name} cannot be carried over:`, ...fields(errors, lineOf)].join("\n"))
  )
  for (const { message, path } of left) yield* say(`${path.join(".")} is left out: ${message}`)
  return { json: spec, lineOf: () => undefined }
})

/** Each failing field on a line of its own, with where it is in the file. */
export const fields = (
  errors: ReadonlyArray<{ readonly path: Path; readonly message: string }>,
  lineOf: Specification["lineOf"]
): ReadonlyArray<string> =>
  errors.map(({ message, path }) => {
    const line = lineOf(path)
    return `  ${path.length === 0 ? "it" : path.join(".")}: ${message}${line === undefined ? "" : ` (line ${line})`}`
  })
