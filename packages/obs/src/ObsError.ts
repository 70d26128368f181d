/**
 * How obs-websocket fails: no connection, a connection that ended, a request that was refused or not answered. None of
 * them holds a password or what was sent.
 */
import { Schema } from "effect"
import { closeCode, statusCode } from "./ObsProtocol.ts"

/** There is no connection: refused, no such host, no answer in time, or no obs-websocket behind the address. */
export class ObsUnreachable extends Schema.TaggedError<ObsUnreachable>()("ObsUnreachable", {
  url: Schema.String,
  reason: Schema.String,
  /** Nobody listens there: whatever ran there runs no more. */
  isRefused: Schema.Boolean
}) {
  override get message() {
    return `${this.url}: ${this.reason}`
  }
}

/** Names of close codes, in the words of the protocol. */
const closeNames = new Map<number, string>(Object.entries(closeCode).map(([name, code]) => [code, name]))

/** The connection ended. 1006 with no reason: OBS was killed or has crashed; nothing announces that. */
export class ObsClosed extends Schema.TaggedError<ObsClosed>()("ObsClosed", {
  code: Schema.Int,
  reason: Schema.String
}) {
  override get message() {
    const { code, reason } = this
    const name = this.codeName
    if (code === closeCode.sessionInvalidated) return `somebody at OBS has ended this session (${code} ${reason})`
    return `the connection was closed: ${code}${name === undefined ? "" : ` ${name}`}${
      reason === "" ? "" : `, ${reason}`
    }`
  }
  /** `authenticationFailed`, `sessionInvalidated`, …; none for the codes of WebSocket itself. */
  get codeName() {
    return closeNames.get(this.code)
  }
}

/** Names of status codes, in the words of the protocol. */
const statusNames = new Map<number, string>(Object.entries(statusCode).map(([name, code]) => [code, name]))

/** OBS understood a request and refuses it. */
export class ObsRefused extends Schema.TaggedError<ObsRefused>()("ObsRefused", {
  request: Schema.String,
  code: Schema.Int,
  comment: Schema.String
}) {
  override get message() {
    const { code, comment, request } = this
    const name = statusNames.get(code)
    return `${request}: ${code}${name === undefined ? "" : ` ${name}`}${comment === "" ? "" : `, ${comment}`}`
  }
}

/** No answer in time. The request may be carried out even so. */
export class ObsTimeout extends Schema.TaggedError<ObsTimeout>()("ObsTimeout", {
  request: Schema.String,
  millis: Schema.Int
}) {
  override get message() {
    return `no answer to ${this.request} within ${this.millis} ms`
  }
}

/** The answer is not what the protocol says. */
export class ObsUnreadable extends Schema.TaggedError<ObsUnreadable>()("ObsUnreadable", {
  request: Schema.String,
  reason: Schema.String
}) {
  override get message() {
    return `the answer to ${this.request} cannot be read: ${this.reason}`
  }
}

/** How a request fails. */
export type RequestFailure = ObsClosed | ObsRefused | ObsTimeout | ObsUnreadable

/** Connecting again cannot help: a wrong password, a protocol too new, or somebody who does not want us there. */
export const isPermanent = (error: ObsUnreachable | ObsClosed): boolean =>
  error._tag === "ObsClosed" && (
    error.code === closeCode.authenticationFailed || error.code === closeCode.unsupportedRpcVersion
    || error.code === closeCode.sessionInvalidated || error.code === closeCode.unsupportedFeature
  )
