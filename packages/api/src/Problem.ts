/**
 * Errors as HTTP tells them: problem documents (RFC 9457), one class per status, each with its stable codes (`ProblemCode`). A handler
 * fails with one of these; a client gets the same value back.
 */
import { EndReason } from "@headend/core/EndReason"
import { FieldError } from "@headend/core/SpecInvalid"
import { Schema } from "effect"
import { HttpApiError } from "effect/http-api"
import * as ProblemCode from "./ProblemCode.ts"

const type = "about:blank"

/** Every failing field of the request, with where it is. */
const errors = Schema.optionalKey(Schema.Array(FieldError))

/** The request cannot be read: its JSON, a query parameter, a header. */
export class BadRequest extends HttpApiError.Problem<BadRequest>()("BadRequest", {
  type,
  status: 400,
  title: "Bad Request"
}, {
  code: ProblemCode.of("BadRequest"),
  errors
}, { identifier: "BadRequest" }) {}

/** No token, or one that is not known here. */
export class Unauthenticated extends HttpApiError.Problem<Unauthenticated>()(
  "Unauthenticated",
  {
    type,
    status: 401,
    title: "Unauthorized"
  },
  { code: ProblemCode.of("Unauthenticated") },
  { identifier: "Unauthenticated" }
) {}

/** The token may not do this, or the request does not come from where it must. */
export class Forbidden extends HttpApiError.Problem<Forbidden>()("Forbidden", {
  type,
  status: 403,
  title: "Forbidden"
}, {
  code: ProblemCode.of("Forbidden")
}, { identifier: "Forbidden" }) {}

/** There is no such thing. */
export class NotFound extends HttpApiError.Problem<NotFound>()("NotFound", {
  type,
  status: 404,
  title: "Not Found"
}, {
  code: ProblemCode.of("NotFound")
}, { identifier: "NotFound" }) {}

/** The media server offers instead of answering: ask with an empty body. */
export class NotAcceptable extends HttpApiError.Problem<NotAcceptable>()(
  "NotAcceptable",
  {
    type,
    status: 406,
    title: "Not Acceptable"
  },
  { code: ProblemCode.of("NotAcceptable") },
  { identifier: "NotAcceptable" }
) {}

/** The path is there, the method is not: `Allow` says which are. */
export class MethodNotAllowed extends HttpApiError.Problem<MethodNotAllowed>()(
  "MethodNotAllowed",
  {
    type,
    status: 405,
    title: "Method Not Allowed"
  },
  { code: ProblemCode.of("MethodNotAllowed") },
  { identifier: "MethodNotAllowed" }
) {}

const ended = {
  /** Which run it was. */
  broadcast: Schema.optionalKey(Schema.String),
  run: Schema.optionalKey(Schema.Int),
  endReason: Schema.optionalKey(EndReason)
}

/** It does not go with what is there. */
export class Conflict extends HttpApiError.Problem<Conflict>()("Conflict", {
  type,
  status: 409,
  title: "Conflict"
}, {
  code: ProblemCode.of("Conflict"),
  ...ended
}, { identifier: "Conflict" }) {}

/** The ICE session that the request means is another one by now. */
export class PreconditionFailed extends HttpApiError.Problem<PreconditionFailed>()(
  "PreconditionFailed",
  {
    type,
    status: 412,
    title: "Precondition Failed"
  },
  { code: ProblemCode.of("PreconditionFailed") },
  { identifier: "PreconditionFailed" }
) {}

/** Bodies are bounded. */
export class PayloadTooLarge extends HttpApiError.Problem<PayloadTooLarge>()(
  "PayloadTooLarge",
  {
    type,
    status: 413,
    title: "Content Too Large"
  },
  { code: ProblemCode.of("PayloadTooLarge") },
  { identifier: "PayloadTooLarge" }
) {}

/** The body is of another media type than this call takes. */
export class UnsupportedMediaType extends HttpApiError.Problem<UnsupportedMediaType>()(
  "UnsupportedMediaType",
  {
    type,
    status: 415,
    title: "Unsupported Media Type"
  },
  { code: ProblemCode.of("UnsupportedMediaType") },
  { identifier: "UnsupportedMediaType" }
) {}

/**
 * The caller can mend it: `spec_invalid` with every failing field, the code of the reason for which it ended, or
 * `ice_restart_unsupported`.
 */
export class Unprocessable extends HttpApiError.Problem<Unprocessable>()(
  "Unprocessable",
  {
    type,
    status: 422,
    title: "Unprocessable Content"
  },
  { code: ProblemCode.orEndReason("Unprocessable"), errors, ...ended },
  { identifier: "Unprocessable" }
) {}

/** A defect of ours. */
export class InternalError extends HttpApiError.Problem<InternalError>()(
  "InternalError",
  {
    type,
    status: 500,
    title: "Internal Server Error"
  },
  { code: ProblemCode.of("InternalError") },
  { identifier: "InternalError" }
) {}

/** The world failed: the code is that of the reason for which the broadcast ended, or of the media server's refusal. */
export class BadGateway extends HttpApiError.Problem<BadGateway>()(
  "BadGateway",
  {
    type,
    status: 502,
    title: "Bad Gateway"
  },
  { code: ProblemCode.orEndReason("BadGateway"), ...ended },
  { identifier: "BadGateway" }
) {}

/** Something that we need is out of reach; try again. */
export class Unavailable extends HttpApiError.Problem<Unavailable>()("Unavailable", {
  type,
  status: 503,
  title: "Service Unavailable"
}, {
  code: ProblemCode.of("Unavailable")
}, { identifier: "Unavailable" }) {}
