// What happened to a broadcast, the newest first, as it happens.
import type { BroadcastEvent } from "@headend/core/BroadcastEvent"
import { useEffect, useState } from "preact/hooks"
import { follow } from "../live/history.ts"
import { clock } from "../model/format.ts"
import { inWords, withEvent } from "../model/history.ts"
import { useTask } from "./hooks.ts"

export const History = ({ id }: { readonly id: string }) => {
  const [events, setEvents] = useState<ReadonlyArray<BroadcastEvent>>([])
  const task = useTask()
  useEffect(() => {
    task.start(follow(id, () => setEvents([]), (event) => setEvents((before) => withEvent(before, event))))
    return task.stop
  }, [id])
  return (
    <section class="history" aria-label="Event history">
      <h4>Events</h4>
      {events.length === 0 ? <p class="quiet">Nothing yet.</p> : (
        <ol tabIndex={0} aria-label="Events, the newest first">
          {events.map((event) => (
            <li key={event.position} data-event={event._tag}>
              <time dateTime={event.time} title={new Date(event.time).toLocaleString()}>{clock(event.time)}</time>{" "}
              <span>
                {(event.run ?? 1) > 1 && <span class="quiet">run {event.run}{" "}</span>}
                {inWords(event)}
              </span>
            </li>
          ))}
        </ol>
      )}
    </section>
  )
}
