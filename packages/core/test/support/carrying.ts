// Payloads of streaming_utils decoded: what they become, or what is wrong with them.
import { Sources } from "@headend/core/Sources"
import * as StreamingUtils from "@headend/core/StreamingUtils"
import { Effect } from "effect"

/** The specification as it would be stored, and what was left out. */
export const carried = (payload: unknown) =>
  Effect.gen(function*() {
    const sources = yield* Sources
    const { left, spec } = yield* StreamingUtils.decode(payload)
    return { spec: sources.encode(spec), left: left.map(({ path }) => path.join(".")) }
  })

export const wrong = (payload: unknown) =>
  Effect.map(
    Effect.flip(StreamingUtils.decode(payload)),
    ({ errors }) => errors.map(({ message, path }) => `${path.join(".")}: ${message}`)
  )

export const wrongPaths = (payload: unknown) =>
  Effect.map(wrong(payload), (lines) => lines.map((line) => line.slice(0, line.indexOf(":"))))
