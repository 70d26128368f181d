/**
 * WHIP (RFC 9725): a browser, OBS or any encoder publishes into a broadcast's room. WHEP: a player watches its
 * mountpoint, with an offer of its own where the media server takes one, else with the server's (an empty POST).
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import * as Problem from "./Problem.ts"

/** A session description. */
export const Sdp = Schema.String.pipe(HttpApiSchema.asText({ contentType: "application/sdp" }))

/** Candidates that were found later (RFC 8840). */
export const Fragment = Schema.String.pipe(HttpApiSchema.asText({ contentType: "application/trickle-ice-sdpfrag" }))

const resourceHeaders = { location: Schema.String, etag: Schema.String, link: Schema.optionalKey(Schema.String) }
const Created = HttpApiSchema.WithHeaders(Sdp.pipe(HttpApiSchema.status(201)), resourceHeaders)

/** As OpenAPI says it: one of these. */
const byToken = OpenApi.annotations({ override: { security: [{ bearer: [] }, { session: [] }] } })
const byPinOrOpen = OpenApi.annotations({ override: { security: [{ bearer: [] }, { session: [] }, {}] } })

const byId = { id: Schema.String }
const byResource = { id: Schema.String, resource: Schema.String }

const publishErrors = [
  Problem.BadRequest,
  Problem.Unauthenticated,
  Problem.Forbidden,
  Problem.NotFound,
  Problem.Conflict,
  Problem.PayloadTooLarge,
  Problem.UnsupportedMediaType,
  Problem.BadGateway,
  Problem.Unavailable
] as const
const patchErrors = [
  Problem.BadRequest,
  Problem.Forbidden,
  Problem.NotFound,
  Problem.PreconditionFailed,
  Problem.PayloadTooLarge,
  Problem.UnsupportedMediaType,
  Problem.Unprocessable,
  Problem.Unavailable
] as const
const deleteErrors = [Problem.Forbidden, Problem.NotFound] as const

/** Publishing by WHIP (RFC 9725). */
export class Whip extends HttpApiGroup.make("whip").add(
  HttpApiEndpoint.post("publish", "/whip/:id", { params: byId, payload: Sdp, success: Created, error: publishErrors })
    .annotate(OpenApi.Summary, "Publish into a browser_webrtc broadcast: offer in, answer out")
    .annotateMerge(byToken),
  HttpApiEndpoint.options("preflight", "/whip/:id", { params: byId, success: HttpApiSchema.NoContent })
    .annotate(OpenApi.Summary, "What is allowed from other origins; ICE servers"),
  HttpApiEndpoint.patch("trickle", "/whip/:id/:resource", {
    params: byResource,
    payload: Fragment,
    success: HttpApiSchema.NoContent,
    error: patchErrors
  }).annotate(OpenApi.Summary, "Candidates that were found later"),
  HttpApiEndpoint.delete("end", "/whip/:id/:resource", {
    params: byResource,
    success: HttpApiSchema.Empty(200),
    error: deleteErrors
  }).annotate(OpenApi.Summary, "Stop publishing"),
  HttpApiEndpoint.options("preflightResource", "/whip/:id/:resource", {
    params: byResource,
    success: HttpApiSchema.NoContent
  }).annotate(OpenApi.Summary, "What is allowed from other origins")
).annotate(OpenApi.Title, "WHIP").annotate(
  OpenApi.Description,
  "Authorization: the broadcast's own token, or an API token with the scope write, as Bearer. The address of a " +
    "session cannot be guessed: who has it may change and end that session."
) {}

/** Watching by WHEP (draft-ietf-wish-whep). */
export class Whep extends HttpApiGroup.make("whep").add(
  HttpApiEndpoint.post("play", "/whep/:id", {
    params: byId,
    payload: Sdp,
    success: Created,
    error: [...publishErrors, Problem.NotAcceptable]
  }).annotate(OpenApi.Summary, "Watch a broadcast: offer in, answer out; or no body in, the server's offer out")
    .annotateMerge(byPinOrOpen),
  HttpApiEndpoint.options("preflight", "/whep/:id", { params: byId, success: HttpApiSchema.NoContent })
    .annotate(OpenApi.Summary, "What is allowed from other origins; ICE servers"),
  HttpApiEndpoint.patch("answer", "/whep/:id/:resource", {
    params: byResource,
    payload: [Sdp, Fragment],
    success: HttpApiSchema.NoContent,
    error: patchErrors
  }).annotate(OpenApi.Summary, "The answer to the server's offer, or candidates that were found later"),
  HttpApiEndpoint.delete("end", "/whep/:id/:resource", {
    params: byResource,
    success: HttpApiSchema.Empty(200),
    error: deleteErrors
  }).annotate(OpenApi.Summary, "Stop watching"),
  HttpApiEndpoint.options("preflightResource", "/whep/:id/:resource", {
    params: byResource,
    success: HttpApiSchema.NoContent
  }).annotate(OpenApi.Summary, "What is allowed from other origins")
).annotate(OpenApi.Title, "WHEP").annotate(
  OpenApi.Description,
  "Authorization: the mountpoint's pin, or an API token, as Bearer; open when the mountpoint has no pin."
) {}
