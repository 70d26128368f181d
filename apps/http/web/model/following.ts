// Following the stream of events: what one message changes. A reset tells everything anew, in one part or several; only
// the last part makes it what is shown, so that nothing flickers.
import type { Sent } from "@headend/api/Events"
import type { Snapshot } from "@headend/core/Snapshot"
import { all, type Broadcasts, none, staleAfter, withEvent } from "./broadcasts.ts"
import { type Progresses, progressOf, withFigures } from "./progress.ts"

export interface Following {
  readonly broadcasts: Broadcasts
  /** What their relays move. */
  readonly progress: Progresses
  /** Of the last message, for going on after it; undefined before the first. */
  readonly position: string | undefined
  /** The parts of a reset that has more to come. */
  readonly parts: ReadonlyArray<Snapshot>
}

export const start: Following = { broadcasts: none, progress: new Map(), position: undefined, parts: [] }

/** What is known after the message, and the broadcast whose snapshot should be read again. */
export const received = (
  before: Following,
  sent: Sent
): { readonly after: Following; readonly stale: string | undefined } => {
  if (sent.event === "figures") {
    const progress = withFigures(before.progress, before.broadcasts, sent.data.items)
    return { after: { ...before, progress }, stale: undefined }
  }
  const { data, id } = sent
  if ("items" in data) {
    const parts = [...before.parts, ...data.items]
    // Going on from the middle of a reset would leave out its first parts: the position is taken with its last one.
    const after = data.more
      ? { ...before, parts }
      : { broadcasts: all(parts, before.broadcasts), progress: progressOf(parts), position: id, parts: [] }
    return { after, stale: undefined }
  }
  return {
    after: { ...before, broadcasts: withEvent(before.broadcasts, data), position: id },
    stale: staleAfter(before.broadcasts, data)
  }
}

/** The connection was lost: a reset that was cut off is told again from its beginning. */
export const interrupted = (before: Following): Following => ({ ...before, parts: [] })
