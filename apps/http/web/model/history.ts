// Events of one broadcast in words.
import type { BroadcastEvent } from "@headend/core/BroadcastEvent"

/** So many are shown. */
const kept = 200

/** With one more, the newest first. */
export const withEvent = (
  before: ReadonlyArray<BroadcastEvent>,
  event: BroadcastEvent
): ReadonlyArray<BroadcastEvent> => [event, ...before].slice(0, kept)

const because = (cause: string | null) => cause === null ? "" : `: ${cause}`

export const inWords = (event: BroadcastEvent): string => {
  switch (event._tag) {
    case "BroadcastStateChanged":
      return event.endReason === null
        ? `${event.to}${because(event.cause)}`
        : `${event.to}: ${event.endReason.message}`
    case "HopChanged":
      return `${event.hop} ${event.status}${event.evidence === null ? "" : `: ${event.evidence}`}`
    case "ResourceAcquired":
      return `${event.kind} ${event.id} made`
    case "ResourceReleased":
      return `${event.kind} ${event.id} undone`
    case "ResourceLeftBehind":
      return `${event.kind} ${event.id} left behind: ${event.reason}`
    case "RelayRestarted":
      return `relay restarted (${event.restarts} in all)`
    case "OwnerChanged":
      return event.to === null ? `given up by ${event.from ?? "its worker"}` : `taken by ${event.to}`
    case "JobFailed":
    case "WorkerRecommendationChanged":
      return event._tag
  }
}
