/**
 * The part of a plan that `videoroom` and `browser_webrtc` share: a room, and forwarders from a publisher in it.
 */
import { Effect, Redacted } from "effect"
import { Forwarders } from "../Forwarders.ts"
import { masked } from "../internal/mask.ts"
import { generatedId } from "../Place.ts"
import type { Plan, PlanStep } from "../Plan.ts"
import type { Forward, ForwardOptions } from "../Room.ts"
import { Rooms } from "../Rooms.ts"
import type { Planning } from "../Source.ts"
import type { PublisherChoice } from "./choosing.ts"
import { accessOf, complete as completeRoom, ownSpec, specOf } from "./room.ts"
import type { RoomChoice } from "./schemas.ts"

/** What is to be planned. */
export interface ForwardingPlan {
  readonly planning: Planning
  /** None: a room of our own under a generated id. */
  readonly room: RoomChoice | undefined
  readonly wanted: PublisherChoice
  readonly options: ForwardOptions
}

/** What forwarding would ask of Janus. */
export const planForwarding = Effect.fnUntraced(function*(plan: ForwardingPlan) {
  const { planning } = plan
  const rooms = yield* Rooms
  const forwarders = yield* Forwarders
  const isMade = plan.room === undefined || plan.room.ifMissing === "create"
  const id = plan.room?.id ?? generatedId(planning.mark)
  const roomSpec = plan.room === undefined
    ? ownSpec(planning.broadcast, Redacted.make(masked))
    : specOf(plan.room)
  const made = isMade
    ? yield* rooms.plan(id, completeRoom(roomSpec, planning.tracks ?? []), planning.mark)
    : []
  const media = planning.mountpoint?.media ?? []
  const forwards = media.map((track): Forward => ({
    sourceMid: `<${track.type}>`,
    mid: track.mid,
    type: track.type,
    host: track.host,
    port: track.port,
    rtcpPort: track.rtcpPort,
    pt: track.pt
  }))
  const when = "when a publisher sends; ids, and ports of 0, are read then"
  const asked = yield* forwarders.plan(
    plan.room === undefined ? { id } : accessOf(plan.room),
    wantedName(plan.wanted),
    forwards,
    plan.options
  )
  const steps: ReadonlyArray<PlanStep> = [
    ...made.map((step): PlanStep => (plan.room === undefined ? step : { ...step, when: "if the room is missing" })),
    { hop: "publisher", does: `join room ${id} as a watcher, and wait for ${wantedName(plan.wanted)} to send` },
    ...asked.map((step) => ({ ...step, when }))
  ]
  const warnings = planning.mountpoint === null
    ? ["the mountpoint is made when a publisher sends, with the codecs that it sends"]
    : []
  return { steps, warnings } satisfies Plan
})

const wantedName = (wanted: PublisherChoice): string =>
  wanted === "any" ? "any publisher" : "id" in wanted ? String(wanted.id) : wanted.display
