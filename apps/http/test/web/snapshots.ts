// Snapshots and events as the server tells them, for the tests of the page's parts.
import type { BroadcastEvent, EventBody } from "@headend/core/BroadcastEvent"
import type { HopHealth } from "@headend/core/Health"
import { noFacts, type Snapshot } from "@headend/core/Snapshot"

export const T0 = "2026-01-01T10:00:00.000Z"
export const T1 = "2026-01-01T10:00:05.000Z"

export const hop = (name: HopHealth["hop"], status: HopHealth["status"], rest: Partial<HopHealth> = {}): HopHealth => ({
  hop: name,
  status,
  since: T0,
  evidence: null,
  next: null,
  ...rest
})

export const snapshot = (id: string, rest: Partial<Snapshot> = {}): Snapshot => ({
  id,
  run: 1,
  description: null,
  labels: {},
  spec: {},
  request: { key: id, jobId: null, offeredAt: T0 },
  state: "running",
  since: T0,
  startedAt: T0,
  endedAt: null,
  endReason: null,
  source: { kind: "browser_webrtc" },
  mountpoint: null,
  ...noFacts,
  health: { status: "ok", hops: [] },
  play: { whep: null, mountpointId: null },
  owner: null,
  leftBehind: [],
  ...rest
})

export const event = (broadcast: string, body: EventBody, rest: Partial<BroadcastEvent> = {}): BroadcastEvent =>
  ({ position: "1", time: T1, broadcast, run: 1, epoch: 1, cause: null, ...body, ...rest }) as BroadcastEvent
