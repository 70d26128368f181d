/**
 * Runs as they are stored in Redis: fields of a hash, JSON where there is structure. What is read was written here, by
 * this version or one before it, and is not checked again.
 */
import type { EndReason } from "@headend/core/EndReason"
import * as Health from "@headend/core/Health"
import type { Held } from "@headend/core/Holding"
import type { Declaration, StatusChange } from "@headend/core/Lease"
import { type RunRecord, snapshot } from "@headend/core/RunRecord"
import { noFacts, type Snapshot, type SourceFacts } from "@headend/core/Snapshot"
import { whole } from "./prelude.ts"

/** As the scripts answer: id, run, owner or '', epoch, values; a claim has the previous owner, and who may send still, too. */
export type Reply = readonly [string, string, string, string, ReadonlyArray<string | null>, string?, string?]

type Field = typeof whole[number]

/** A run that was read. */
export class Stored {
  readonly id: string
  readonly run: number
  readonly owner: Snapshot["owner"]
  readonly epoch: number
  readonly previous: string
  readonly maySend: string
  private readonly values: ReadonlyArray<string | null>

  constructor([id, run, owner, epoch, values, previous = "", maySend = ""]: Reply) {
    this.id = id
    this.run = Number(run)
    this.epoch = Number(epoch)
    this.owner = owner === "" ? null : { worker: owner, epoch: this.epoch }
    this.previous = previous
    this.maySend = maySend
    this.values = values
  }

  text(field: Field): string | null {
    const value = this.values[whole.indexOf(field)]
    return value === undefined || value === "" ? null : value
  }

  number(field: Field): number | null {
    const text = this.text(field)
    return text === null ? null : Number(text)
  }

  json<A>(field: Field): A | null {
    const text = this.text(field)
    return text === null ? null : JSON.parse(text) as A
  }

  get state(): Health.State {
    return this.text("state") as Health.State
  }

  get held(): ReadonlyArray<Held> {
    return this.json("held") ?? []
  }

  get record(): RunRecord {
    const endedAt = this.number("endedAt")
    const facts = this.json<SourceFacts>("facts") ?? noFacts
    return {
      id: this.id,
      run: this.run,
      masked: this.json("masked"),
      request: { key: this.text("key") ?? "", jobId: this.text("jobId"), offeredAt: this.number("offeredAt") ?? 0 },
      state: this.state,
      since: this.number("since") ?? 0,
      startedAt: this.number("startedAt"),
      endedAt,
      ending: this.json<EndReason>("ending"),
      mountpoint: this.json("mountpoint"),
      facts: endedAt === null ? facts : { ...facts, room: null, forwarders: [], relay: null },
      health: this.json<Health.Health>("health") ?? healthOf(this.state),
      leftBehind: this.json<Snapshot["leftBehind"]>("left") ?? [],
      owner: this.owner
    }
  }

  get snapshot(): Snapshot {
    return snapshot(this.record)
  }
}

/** Nobody reads its hops (any more). */
const healthOf = (state: Health.State) =>
  state === "stopping" || Health.isEnded(state) ? Health.bare(state) : Health.unknown

/** What was declared, as fields and values; `sealed` is its specification. */
export const declared = (declaration: Declaration, sealed: string): ReadonlyArray<string> => {
  const { cost, fingerprint, keyId, masked, request, spec } = declaration
  const labels = Object.entries(spec.labels ?? {}).map(([name, value]) => [`label:${name}`, value] as const)
  return Object.entries({
    ...Object.fromEntries(labels),
    spec: sealed,
    fp: fingerprint,
    keyId,
    masked: JSON.stringify(masked),
    cost: String(cost),
    key: request.key,
    ...(request.jobId === null ? {} : { jobId: request.jobId }),
    offeredAt: String(request.offeredAt),
    ...(request.trace === undefined ? {} : { trace: request.trace }),
    kind: spec.source.kind
  }).flat()
}

/** What a report changes, as fields and values. */
export const reported = (change: StatusChange): ReadonlyArray<string> => {
  const { facts, health, held, leftBehind, logs, mountpoint } = change
  const fields = { facts, health, held, left: leftBehind, logs }
  return [
    ...Object.entries(fields).flatMap(([name, value]) => value === undefined ? [] : [name, JSON.stringify(value)]),
    ...(mountpoint === undefined ? [] : ["mountpoint", mountpoint === null ? "" : JSON.stringify(mountpoint)])
  ]
}
