// What is not well, above everything else: at which hop, since when, and what happens next.
import type { Snapshot } from "@headend/core/Snapshot"
import { isEnded } from "../model/broadcasts.ts"
import { trouble } from "../model/hops.ts"
import { GoTo } from "./GoTo.tsx"
import { Since } from "./Since.tsx"

export const anchor = (id: string) => `broadcast-${id}`

/** So many are shown without a click: when Janus is away, all of them are here. */
const first = 5

const Line = ({ snapshot }: { readonly snapshot: Snapshot }) => {
  const what = trouble(snapshot)
  if (what === undefined) return null
  const { description, id, state } = snapshot
  return (
    <li data-attention={id}>
      <GoTo to={anchor(id)} within={isEnded(snapshot) ? "ended" : undefined}>
        <bdi>{description ?? id}</bdi>
      </GoTo>{" "}
      <span>
        {state}, {state === "failed"
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
        {": "}
        {what.hop !== undefined && <strong>{what.hop}:{" "}</strong>}
        {what.what}
        {what.next !== undefined && <span class="quiet">. Next: {what.next}</span>}
      </span>
    </li>
  )
}

const Lines = ({ snapshots }: { readonly snapshots: ReadonlyArray<Snapshot> }) => (
  <ul>{snapshots.map((snapshot) => <Line key={snapshot.id} snapshot={snapshot} />)}</ul>
)

export const Attention = ({ snapshots }: { readonly snapshots: ReadonlyArray<Snapshot> }) =>
  snapshots.length === 0 ? null : (
    <section class="attention" aria-labelledby="attention">
      <h2 id="attention" tabIndex={-1}>Needs attention</h2>
      <Lines snapshots={snapshots.slice(0, first)} />
      {snapshots.length > first && (
        <details>
          <summary>{snapshots.length - first} more</summary>
          <Lines snapshots={snapshots.slice(first)} />
        </details>
      )}
    </section>
  )
