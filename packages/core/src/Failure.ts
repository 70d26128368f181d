/**
 * What every expected error of headend can say about itself: its stable code, the hop where it happened, whose fault it
 * is, and whether trying again can help. Recovery, end reasons and HTTP statuses are read from here and nowhere else.
 */
import { Schema } from "effect"
import { type Code, codes } from "./Code.ts"

/** The hops of a broadcast, in the order of the media. */
export const HopName = Schema.Literals(["encoder", "ingest", "publisher", "relay", "forwarder", "mountpoint", "janus"])
export type HopName = typeof HopName.Type

/** The order of the media, for naming the first hop that fails. */
export const hopNames: ReadonlyArray<HopName> = HopName.literals

/**
 * Whose fault a failure is, and so what becomes of the broadcast.
 * `caller`: what was asked for cannot work; never tried again.
 * `world`: a server, a process, the network; tried again, and counted before the first picture.
 * `outage`: a server out of reach, or nobody sending yet; waited for, and never counted.
 * `absent`: a thing of somebody else's is not there: the caller's mistake before the first picture, waited for after.
 * `done`: no failure at all: it has come to the end that it was to come to.
 * `owner`: another worker owns this by now; ours ends what is in this process and touches nothing else.
 */
export type Fault = "caller" | "world" | "outage" | "absent" | "done" | "owner"

export interface Failure {
  /** A stable string such as `publisher_absent`: the end reason, the metric label, the problem's `code`. */
  readonly code: string
  readonly hop?: HopName
  readonly fault: Fault
}

/** What an error with one of our codes says of itself; with its own hop or fault where the code leaves it open. */
export const failureOf = (code: Code, own: { readonly hop?: HopName; readonly fault?: Fault } = {}): Failure => {
  const { fault, hops: [first, ...more] } = codes[code]
  return { code, ...(first === undefined || more.length > 0 ? {} : { hop: first }), fault, ...own }
}

/** An error that describes itself. What a source kind fails with must be one. */
export interface Failing {
  readonly _tag: string
  readonly message: string
  readonly failure: Failure
}

const hops: Readonly<Partial<Record<string, HopName>>> = { janus: "janus", obs: "encoder", srs: "ingest" }

/** The hop of a server, where it is one. */
const hopOf = (server: string): { readonly hop?: HopName } => {
  const hop = hops[server]
  return hop === undefined ? {} : { hop }
}

/** A server gives no sensible answer: out of reach, frozen, or talking nonsense. Worth a wait. */
export class ServerUnavailable extends Schema.TaggedError<ServerUnavailable>()("ServerUnavailable", {
  /** Which one: `janus`, `obs`, `srs`. */
  server: Schema.String,
  reason: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message() {
    return `${this.server} is unavailable: ${this.reason}`
  }
  get failure(): Failure {
    return failureOf("server_unavailable", hopOf(this.server))
  }
}

/** A server understood and refuses us: a wrong key, secret, pin or token. No retry mends that. */
export class Unauthorized extends Schema.TaggedError<Unauthorized>()("Unauthorized", {
  server: Schema.String,
  /** What was refused, in words: `mountpoint 12: wrong admin_key`. */
  reason: Schema.String
}) {
  override get message() {
    return `${this.server} refuses us: ${this.reason}`
  }
  get failure(): Failure {
    return failureOf("unauthorized", hopOf(this.server))
  }
}

/** A higher epoch owns the resource. */
export class Superseded extends Schema.TaggedError<Superseded>()("Superseded", {
  resource: Schema.String,
  epoch: Schema.NullOr(Schema.Int)
}) {
  override get message() {
    return `${this.resource} belongs to ${this.epoch === null ? "another owner" : `epoch ${this.epoch}`} by now`
  }
  get failure(): Failure {
    return failureOf("superseded")
  }
}
