// Which workers there are, and how much room each has left.
import type { Worker } from "@headend/api/Workers"
import { silence, units } from "../model/fleet.ts"
import { counted, lasting } from "../model/format.ts"
import { usePage } from "./hooks.ts"

const One = ({ worker }: { readonly worker: Worker }) => {
  const { broadcasts, capacity, draining, id, reachesJanus, used } = worker
  const silent = usePage(({ fleetAt, heard }) => silence(heard, id, fleetAt))
  return (
    <li data-worker={id}>
      <span class="name">{id}</span>
      <meter
        min={0}
        max={capacity}
        low={capacity * 0.75}
        high={capacity * 0.9}
        optimum={0}
        value={used}
        aria-label={`Load of ${id}`}
      >
        {units(used)} of {units(capacity)}
      </meter>
      <span>
        {units(Math.max(0, capacity - used))} of {units(capacity)} left · {counted(broadcasts, "broadcast")}
        {draining && <strong class="warn">{" · "}draining</strong>}
        {!reachesJanus && <strong class="bad">{" · "}does not reach Janus</strong>}
        {silent !== undefined && <strong class="warn">{" · "}not heard of for {lasting(silent)}</strong>}
      </span>
    </li>
  )
}

export const Workers = () => {
  const fleet = usePage((page) => page.fleet)
  if (fleet === undefined) return null
  const { unplaced, workers } = fleet
  return (
    <section class="panel" aria-labelledby="workers-title" id="workers">
      <h2 id="workers-title" class="section" tabIndex={-1}>Workers</h2>
      {workers.length === 0 && <p class="bad">No worker: nothing goes on air.</p>}
      <ul class="workers">{workers.map((worker) => <One key={worker.id} worker={worker} />)}</ul>
      {unplaced.broadcasts > 0 && (
        <p class="unplaced" id="unplaced">
          {counted(unplaced.broadcasts, "broadcast waits", "broadcasts wait")} for a worker, and{" "}
          {unplaced.broadcasts === 1 ? "costs" : "cost"} {units(unplaced.cost)}
          {unplaced.oldestMs !== null && `; the oldest for ${lasting(unplaced.oldestMs)}`}
        </p>
      )}
    </section>
  )
}
