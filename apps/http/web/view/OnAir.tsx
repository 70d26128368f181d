// Those that are wanted on air, and a filter once there are many.
import type { Snapshot } from "@headend/core/Snapshot"
import { change } from "../live/Page.ts"
import { matches } from "../model/broadcasts.ts"
import { counted } from "../model/format.ts"
import { BroadcastCard } from "./BroadcastCard.tsx"
import { usePage } from "./hooks.ts"

/** So many are open without a click. */
const few = 3
/** More than these want a filter. */
const many = 6

const Filter = (
  { filter, live, shown }: { readonly filter: string; readonly live: number; readonly shown: number }
) => (
  <div class="filter">
    <input
      id="filter"
      type="search"
      aria-label="Filter by name, id, state, source, worker or label"
      value={filter}
      placeholder="Filter by name, state, label…"
      onInput={(event) => {
        const { value } = event.currentTarget
        change(() => ({ filter: value }))
      }}
    />
    <span class="quiet" role="status">{shown === live ? counted(live, "broadcast") : `${shown} of ${live}`}</span>
  </div>
)

export const OnAir = ({ known, live }: { readonly live: ReadonlyArray<Snapshot>; readonly known: boolean }) => {
  const filter = usePage((page) => page.filter)
  const isMany = live.length > many
  const shown = isMany && filter.trim() !== "" ? live.filter((snapshot) => matches(snapshot, filter)) : live
  return (
    <section aria-labelledby="on-air">
      <div class="section-head">
        <h2 id="on-air" class="section" tabIndex={-1}>Broadcasts</h2>
        {isMany && <Filter filter={filter} live={live.length} shown={shown.length} />}
      </div>
      {live.length === 0 && (
        <p class="empty" id="empty">{known ? "Nothing is on air." : "Asking headend what is on air…"}</p>
      )}
      {live.length > 0 && shown.length === 0 && <p class="empty" id="no-match">No broadcast matches “{filter}”.</p>}
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
