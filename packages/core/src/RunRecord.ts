/**
 * One run of a broadcast as registries keep it, and the snapshot that is made of it. Every registry composes here, so
 * that what the world sees does not depend on where it is stored.
 */
import type { EndReason } from "./EndReason.ts"
import type { Health, State } from "./Health.ts"
import type { StartRequest } from "./Lease.ts"
import type { Mountpoint } from "./Mountpoint.ts"
import type { Left, Snapshot, SourceFacts } from "./Snapshot.ts"

/** Times are milliseconds since 1970. */
export interface RunRecord {
  readonly id: string
  readonly run: number
  /** The specification as everybody may see it. */
  readonly masked: unknown
  readonly request: StartRequest
  readonly state: State
  readonly since: number
  readonly startedAt: number | null
  readonly endedAt: number | null
  /** Why it is to end, or has ended. */
  readonly ending: EndReason | null
  readonly mountpoint: Mountpoint | null
  readonly facts: SourceFacts
  readonly health: Health
  readonly leftBehind: ReadonlyArray<Left>
  readonly owner: Snapshot["owner"]
}

let lastMillis = Number.NaN
let lastText = ""

/** ISO 8601, UTC. The last one is remembered: most are asked for several times in the same millisecond. */
export const iso = (millis: number): string => {
  if (millis !== lastMillis) {
    lastMillis = millis
    lastText = new Date(millis).toISOString()
  }
  return lastText
}

const time = (millis: number | null): string | null => (millis === null ? null : iso(millis))

/** What of a masked specification is in the snapshot by itself; it was encoded from one that is valid. */
type Masked = Pick<Snapshot, "source"> & Partial<Pick<Snapshot, "description" | "labels">>

/** What the world may see of a run. */
export const snapshot = (record: RunRecord): Snapshot => {
  const { mountpoint, request } = record
  const masked = record.masked as Masked
  return {
    id: record.id,
    run: record.run,
    description: masked.description ?? null,
    labels: masked.labels ?? {},
    spec: record.masked,
    request: { key: request.key, jobId: request.jobId, offeredAt: iso(request.offeredAt) },
    state: record.state,
    since: iso(record.since),
    startedAt: time(record.startedAt),
    endedAt: time(record.endedAt),
    endReason: record.ending,
    source: masked.source,
    mountpoint,
    ...record.facts,
    health: record.health,
    play: {
      whep: mountpoint === null ? null : `/whep/${record.id}`,
      mountpointId: mountpoint?.id ?? null
    },
    owner: record.owner,
    leftBehind: record.leftBehind
  }
}
