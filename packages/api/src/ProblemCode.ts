/**
 * The codes of problem documents, by the class of `Problem` that has them, each with what it means. The OpenAPI document and
 * the table in `docs/operations.md` are made of these words.
 */
import { codes as ours } from "@headend/core/Code"
import { Schema, Struct } from "effect"

const meaning = (code: keyof typeof ours) => {
  const { means, remedy } = ours[code]
  return remedy === "" || remedy.endsWith("?") ? `${means} ${remedy}`.trim() : `${means} ${remedy}.`
}

/** In Markdown. Besides them, `Unprocessable` and `BadGateway` have the codes of end reasons. */
export const codes = {
  BadRequest: {
    malformed_json: "The body is no JSON.",
    invalid_request:
      "A query parameter, a header or the body is not as the call takes it; one that it does not know is a "
      + "mistake, too.",
    all_required: "To stop many, say `all=true`.",
    invalid_sdp: "The body is no SDP offer that could be answered.",
    invalid_fragment: "The body is no fragment of ICE candidates."
  },
  Unauthenticated: {
    token_missing: "No token was given.",
    token_invalid: "The token is not known here."
  },
  Forbidden: {
    scope_missing: "The token may only read.",
    host_refused: "Without tokens, requests must name a loopback `Host`.",
    origin_refused: "Without tokens, and of sessions: requests must come from a page of this server.",
    media_server_refused: "Janus does not let this client in: another pin or token is wanted.",
    publish_refused: "A hook: nobody waits for this stream."
  },
  NotFound: {
    route_not_found: "There is no such path.",
    broadcast_not_found: meaning("broadcast_not_found"),
    resource_not_found: "There is no such WHIP or WHEP session, or it has ended.",
    room_not_found: "The broadcast's room is not there.",
    mountpoint_not_found: "The broadcast's mountpoint is not there.",
    dead_letter_not_found: meaning("dead_letter_not_found")
  },
  MethodNotAllowed: { method_not_allowed: "`Allow` names the methods of the path." },
  NotAcceptable: {
    viewer_offer_unsupported: "This Janus makes the offer of a viewer itself: ask with an empty body."
  },
  Conflict: {
    broadcast_exists: meaning("broadcast_exists"),
    idempotency_key_reused: meaning("idempotency_key_reused"),
    broadcast_ended:
      "It has ended, or with `?wait=running` ended as asked for before it was on air: `endReason` says why.",
    cancelled: "A stop that was asked for later came before this start.",
    source_not_whip: "Its source takes no WHIP publisher.",
    nothing_to_play: "It has no mountpoint.",
    nothing_to_kick: "Nobody publishes to its ingest, or the server cannot be asked to kick anybody."
  },
  PreconditionFailed: { etag_mismatch: "The ICE session that the request means is another one by now." },
  PayloadTooLarge: { body_too_large: "A body has at most 1 MiB." },
  UnsupportedMediaType: { unsupported_media_type: "The body is of another media type than this call takes." },
  Unprocessable: {
    spec_invalid: meaning("spec_invalid"),
    ice_restart_unsupported: "This Janus cannot restart the ICE of this session: begin a new one."
  },
  InternalError: { internal: "A defect of ours: the log says more." },
  BadGateway: { room_refused: meaning("room_refused") },
  Unavailable: {
    registry_unavailable: meaning("registry_unavailable"),
    queue_unavailable: meaning("queue_unavailable"),
    queue_full: meaning("queue_full"),
    server_unavailable: meaning("server_unavailable"),
    not_ready: "Janus or the registry does not answer, or the app is not there yet: the detail says which.",
    secret_unavailable: `Of a WHIP or WHEP session. ${meaning("secret_unavailable")}`,
    room_full: "The room has as many publishers as it takes."
  }
} as const

const listed = (name: keyof typeof codes) =>
  Object.entries(codes[name]).map(([code, means]) => `- \`${code}\`: ${means}`).join("\n")

/** One of the codes of this class. */
export const of = <Name extends keyof typeof codes>(name: Name) =>
  Schema.Literals(Struct.keys(codes[name])).annotate({ description: listed(name) })

/** One of the codes of this class, or that of an end reason. */
export const orEndReason = (name: keyof typeof codes) =>
  Schema.String.annotate({ description: `The code of an end reason, or one of these:\n${listed(name)}` })
