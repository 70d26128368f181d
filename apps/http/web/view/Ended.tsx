// Those that have ended, and why. Drawn while it is open: a day may have hundreds.
import type { Snapshot } from "@headend/core/Snapshot"
import { useState } from "preact/hooks"
import { hasLog } from "../model/broadcasts.ts"
import { counted, sourceKind } from "../model/format.ts"
import { anchor } from "./Attention.tsx"
import { ReadButtons, Reading, type Reads } from "./Reading.tsx"
import { Since } from "./Since.tsx"

const why = ({ endReason, leftBehind }: Snapshot): string => {
  const reason = endReason === null
    ? ""
    : endReason.hop === null
    ? endReason.message
    : `${endReason.hop}: ${endReason.message}`
  const left = leftBehind.map(({ id, kind }) => `${kind} ${id}`).join(", ")
  return [reason, ...(left === "" ? [] : [`left behind: ${left}`])].filter((part) => part !== "").join("; ")
}

const Row = ({ snapshot }: { readonly snapshot: Snapshot }) => {
  const { description, endedAt, id, since, source, state } = snapshot
  const [reads, setReads] = useState<Reads>()
  return (
    <li data-ended={id} id={anchor(id)} class={state} tabIndex={-1}>
      <span class={`badge ${state === "failed" ? "bad" : "over"}`}>{state}</span>
      <span class="name">
        {description !== null && (
          <strong>
            <bdi>{description}</bdi>
          </strong>
        )}
        <code>{id}</code>
      </span>
      <span class="quiet">{sourceKind(source.kind)}</span>
      <span class="why">{why(snapshot)}</span>
      <span class="quiet when">
        <Since at={endedAt ?? since} /> ago
      </span>
      <div class="reads">
        <ReadButtons hasLog={hasLog(snapshot)} reads={reads} onRead={setReads} />
      </div>
      {reads !== undefined && (
        <div class="read">
          <Reading id={id} reads={reads} />
        </div>
      )}
    </li>
  )
}

export const Ended = ({ snapshots }: { readonly snapshots: ReadonlyArray<Snapshot> }) => {
  const [isOpen, setOpen] = useState(false)
  return (
    <details class="panel ended" id="ended" onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>
        <h2>{counted(snapshots.length, "ended broadcast")}, kept for a day</h2>
      </summary>
      {isOpen && (
        <ul>{snapshots.map((snapshot) => <Row key={`${snapshot.id} ${snapshot.run}`} snapshot={snapshot} />)}</ul>
      )}
    </details>
  )
}
