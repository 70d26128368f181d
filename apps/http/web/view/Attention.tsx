// What is not well, above everything else: at which hop, since when, and what happens next.
import type { Snapshot } from "@headend/core/Snapshot"
import { trouble } from "../model/hops.ts"
import { Since } from "./Since.tsx"

export const anchor = (id: string) => `broadcast-${id}`

const Line = ({ snapshot }: { readonly snapshot: Snapshot }) => {
  const what = trouble(snapshot)
  if (what === undefined) return null
  return (
    <li>
      <a href={`#${anchor(snapshot.id)}`}>{snapshot.description ?? snapshot.id}</a>{" "}
      <span>
        {snapshot.state === "failed" && "failed; "}
        {what.hop !== undefined && <strong>{what.hop}:{" "}</strong>}
        {what.what}, {snapshot.state === "failed"
          ? (
            <>
              <Since at={what.since} /> ago
            </>
          )
          : (
            <>
              for <Since at={what.since} />
            </>
          )}
        {what.next !== undefined && <>; next: {what.next}</>}
      </span>
    </li>
  )
}

export const Attention = ({ snapshots }: { readonly snapshots: ReadonlyArray<Snapshot> }) => (
  <div aria-live="polite">
    {snapshots.length > 0 && (
      <section class="attention" aria-label="Needs attention" id="attention">
        <h2>Needs attention</h2>
        <ul>{snapshots.map((snapshot) => <Line key={snapshot.id} snapshot={snapshot} />)}</ul>
      </section>
    )}
  </div>
)
