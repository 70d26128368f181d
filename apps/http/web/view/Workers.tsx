// Which workers there are, and how much room each has left.
import type { Worker } from "@headend/api/Workers"
import { counted } from "../model/format.ts"
import { usePage } from "./hooks.ts"

const units = (cost: number) => (Math.round(cost * 10) / 10).toString()

const One = ({ worker: { broadcasts, capacity, draining, id, reachesJanus, used } }: { readonly worker: Worker }) => (
  <li data-worker={id}>
    <span class="name">{id}</span>
    <meter min={0} max={capacity} low={capacity * 0.75} high={capacity * 0.9} optimum={0} value={used}>
      {units(used)} of {units(capacity)}
    </meter>
    <span>
      {units(Math.max(0, capacity - used))} of {units(capacity)} left · {counted(broadcasts, "broadcast")}
      {draining && <strong class="warn">{" "}draining</strong>}
      {!reachesJanus && <strong class="bad">{" "}does not reach Janus</strong>}
    </span>
  </li>
)

export const Workers = () => {
  const fleet = usePage((page) => page.fleet)
  if (fleet === undefined) return null
  const { unplaced, workers } = fleet
  return (
    <section class="panel" id="workers" aria-labelledby="workers-title">
      <h2 id="workers-title" class="section">Workers</h2>
      {workers.length === 0 && <p class="bad">No worker: nothing goes on air.</p>}
      <ul class="workers">{workers.map((worker) => <One key={worker.id} worker={worker} />)}</ul>
      {unplaced.broadcasts > 0 && (
        <p class="warn" id="unplaced">
          {counted(unplaced.broadcasts, "broadcast waits", "broadcasts wait")} for a worker (cost{" "}
          {units(unplaced.cost)})
        </p>
      )}
    </section>
  )
}
