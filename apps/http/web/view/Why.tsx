// Why a broadcast is not simply on air: at which hop, since when, and what happens next.
import type { Snapshot } from "@headend/core/Snapshot"
import { tone, trouble } from "../model/hops.ts"
import { Since } from "./Since.tsx"

export const Why = ({ snapshot }: { readonly snapshot: Snapshot }) => {
  const what = trouble(snapshot)
  return (
    <p class={`why ${tone(snapshot.state)}`} aria-live="polite">
      {what !== undefined && (
        <>
          {what.hop !== undefined && <strong>{what.hop}:{" "}</strong>}
          {what.what}
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
