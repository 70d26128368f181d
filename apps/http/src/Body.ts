/**
 * Request bodies: bounded, of the right media type, read once. JSON that is no JSON is the caller's mistake, and told
 * apart from JSON that means nothing here.
 */
import { BadRequest, PayloadTooLarge, UnsupportedMediaType } from "@headend/api/Problem"
import { Effect, Stream } from "effect"
import type { HttpServerRequest } from "effect/http"

/** Bytes that a body may have. */
export const limit = 1024 * 1024

/** The media type of the body, without parameters; empty when none is given. */
export const mediaType = (request: HttpServerRequest.HttpServerRequest): string =>
  (request.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase()

const tooLarge = () => new PayloadTooLarge({ code: "body_too_large", detail: `a body may have ${limit} bytes` })

/** The body as text. */
export const text = Effect.fnUntraced(function*(request: HttpServerRequest.HttpServerRequest) {
  if (Number(request.headers["content-length"] ?? 0) > limit) return yield* tooLarge()
  const decoder = new TextDecoder()
  const read = yield* request.stream.pipe(
    Stream.mapError(() => new BadRequest({ code: "invalid_request", detail: "the body could not be read" })),
    Stream.runFoldEffect(() => ({ size: 0, text: "" }), (so, chunk: Uint8Array) => {
      const size = so.size + chunk.length
      return size > limit
        ? Effect.fail(tooLarge())
        : Effect.succeed({ size, text: so.text + decoder.decode(chunk, { stream: true }) })
    })
  )
  return read.text + decoder.decode()
})

/** Fails unless the body is of one of these media types. */
export const expect = (request: HttpServerRequest.HttpServerRequest, ...types: ReadonlyArray<string>) =>
  types.includes(mediaType(request))
    ? Effect.void
    : Effect.fail(
      new UnsupportedMediaType({
        code: "unsupported_media_type",
        detail: `expected a body of type ${types.join(" or ")}`
      })
    )

/** The body as JSON. */
export const json = Effect.fnUntraced(function*(request: HttpServerRequest.HttpServerRequest) {
  yield* expect(request, "application/json")
  const body = yield* text(request)
  return yield* Effect.try({
    try: (): unknown => JSON.parse(body),
    catch: () => new BadRequest({ code: "malformed_json", detail: "the body is no JSON" })
  })
})
