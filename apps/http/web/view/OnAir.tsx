// Those that are wanted on air, and a filter once there are many.
import type { Snapshot } from "@headend/core/Snapshot"
import { useState } from "preact/hooks"
import { matches } from "../model/broadcasts.ts"
import { counted } from "../model/format.ts"
import { BroadcastCard } from "./BroadcastCard.tsx"

/** So many are open without a click. */
const few = 3
/** More than these want a filter. */
const many = 6

export const OnAir = ({ known, live }: { readonly live: ReadonlyArray<Snapshot>; readonly known: boolean }) => {
  const [filter, setFilter] = useState("")
  const shown = live.length > many ? live.filter((snapshot) => matches(snapshot, filter)) : live
  return (
    <section aria-labelledby="on-air">
      <div class="section-head">
        <h2 id="on-air" class="section">On air</h2>
        {live.length > many && (
          <label class="filter">
            <span class="off-screen">Filter</span>
            <input
              id="filter"
              type="search"
              value={filter}
              placeholder="Name, id, state, source, worker, label"
              onInput={(event) => setFilter(event.currentTarget.value)}
            />
            <span class="quiet" role="status">
              {shown.length === live.length ? counted(live.length, "broadcast") : `${shown.length} of ${live.length}`}
            </span>
          </label>
        )}
      </div>
      {live.length === 0 && (
        <p class="empty" id="empty">{known ? "Nothing is on air." : "Asking headend what is on air…"}</p>
      )}
      <div class="cards">
        {shown.map((snapshot) => (
          <BroadcastCard
            key={`${snapshot.id} ${snapshot.run}`}
            snapshot={snapshot}
            alone={live.length === 1}
            few={live.length <= few}
          />
        ))}
      </div>
    </section>
  )
}
