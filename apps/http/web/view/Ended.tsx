// Those that have ended, and why.
import type { Snapshot } from "@headend/core/Snapshot"
import { sourceKind } from "../model/format.ts"
import { anchor } from "./Attention.tsx"
import { Since } from "./Since.tsx"

const Row = ({ snapshot }: { readonly snapshot: Snapshot }) => {
  const { description, endReason, endedAt, id, leftBehind, since, source, state } = snapshot
  return (
    <li data-ended={id} id={anchor(id)} class={state}>
      <span class={`badge ${state === "failed" ? "bad" : "over"}`}>{state}</span>
      <span class="name">
        {description !== null && <strong>{description}</strong>}
        <code>{id}</code>
      </span>
      <span class="quiet">{sourceKind(source.kind)}</span>
      <span class="why">
        {endReason === null
          ? ""
          : endReason.hop === null
          ? endReason.message
          : `${endReason.hop}: ${endReason.message}`}
        {leftBehind.length > 0 && ` Left behind: ${leftBehind.map((one) => `${one.kind} ${one.id}`).join(", ")}.`}
      </span>
      <span class="quiet when">
        <Since at={endedAt ?? since} /> ago
      </span>
    </li>
  )
}

export const Ended = ({ snapshots }: { readonly snapshots: ReadonlyArray<Snapshot> }) => (
  <ul>{snapshots.map((snapshot) => <Row key={`${snapshot.id} ${snapshot.run}`} snapshot={snapshot} />)}</ul>
)
