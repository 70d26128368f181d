// Why a broadcast is not simply on air: at which hop, since when, and what happens next.
import type { Snapshot } from "@headend/core/Snapshot"
import { waitsFor } from "../model/fleet.ts"
import { tone, trouble } from "../model/hops.ts"
import { usePage } from "./hooks.ts"
import { Since } from "./Since.tsx"

/** One that nobody has taken waits for a worker, and the fleet knows why. */
const Pending = () => <>{usePage((page) => waitsFor(page.fleet))}</>

export const Why = ({ snapshot }: { readonly snapshot: Snapshot }) => {
  const what = trouble(snapshot)
  return (
    <p class={`why ${tone(snapshot.state)}`}>
      {what !== undefined && (
        <>
          {what.hop !== undefined && <strong>{what.hop}:{" "}</strong>}
          {snapshot.state === "pending" && snapshot.owner === null ? <Pending /> : what.what}
          {what.hop !== undefined && (
            <span class="quiet">
              {" "}for <Since at={what.since} />
            </span>
          )}
          {what.next !== undefined && <span class="next">Next: {what.next}</span>}
        </>
      )}
      {snapshot.note !== null && <span class="next">{snapshot.note}</span>}
    </p>
  )
}
