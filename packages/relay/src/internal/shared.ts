/**
 * What all relays of a process share, and what each begins with.
 */
import type { Relay } from "@headend/core/Relay"
import type { RelayRequest, RelayStatus } from "@headend/core/Relays"
import { Predicate, Redacted } from "effect"
import type { InputPolicy } from "../InputPolicy.ts"
import type { Programs } from "../Programs.ts"
import * as Redaction from "../Redaction.ts"
import type { Limits } from "../Supervisor.ts"
import type { Streams } from "../Wiring.ts"
import type { RunLogs } from "./runLog.ts"

/** A relay that was acquired and not yet released. */
export interface Current {
  readonly request: RelayRequest
  readonly now: () => RelayStatus
}

export interface Shared {
  readonly programs: Programs
  readonly policy: InputPolicy
  readonly logs: RunLogs
  readonly current: Set<Current>
  /** What was found at an address last. */
  readonly known: Known
  readonly silence: number
  readonly firstMediaWithin: number
  readonly limits: Limits
}

const remembered = 1_000

/** Streams by address, those of the last thousand. */
export class Known {
  private readonly streams = new Map<string, Streams>()
  private readonly pictures = new Set<string>()

  /** A picture was found there once. */
  hadPicture(address: string): boolean {
    return this.pictures.has(address)
  }

  get(address: string): Streams | undefined {
    return this.streams.get(address)
  }

  set(address: string, streams: Streams | undefined): void {
    this.streams.delete(address)
    if (streams === undefined) return
    this.streams.set(address, streams)
    if (streams.some(({ type }) => type === "video")) this.pictures.add(address)
    for (const oldest of this.streams.keys()) {
      if (this.streams.size <= remembered) break
      this.streams.delete(oldest)
      this.pictures.delete(oldest)
    }
  }
}

export const idle: RelayStatus = { pid: null, fed: [], progress: null, warnings: [], codecs: [] }

/** Takes the secrets of a request out of whatever is said. */
export const redactionFor = (request: RelayRequest): Redaction.Redact => {
  const { input, srtp } = request
  const key = srtp === undefined
    ? []
    : [srtp.crypto, Buffer.from(Redacted.value(srtp.crypto), "base64").toString("hex")]
  if (input.type === "test_pattern") return Redaction.make(key)
  const credentials = input.type === "rtsp" ? [input.username, input.password].filter(Predicate.isNotUndefined) : []
  return Redaction.make([
    ...key,
    ...credentials,
    ...Redaction.secretsOf(Redacted.value(input.url), input.type === "rtmp")
  ])
}

/** The narrower of what the operator and the specification allow. */
export const limitsOf = (operator: Limits, { limits }: Relay): Limits => {
  const cpuPercent = lower(operator.cpuPercent, limits?.cpuPercent)
  const memoryMb = lower(operator.memoryMb, limits?.memoryMb)
  return {
    ...(cpuPercent === undefined ? {} : { cpuPercent }),
    ...(memoryMb === undefined ? {} : { memoryMb })
  }
}

const lower = (a: number | undefined, b: number | undefined) =>
  a === undefined || b === undefined ? a ?? b : Math.min(a, b)
