// One broadcast: how it is and why on a line; its hops, its facts and what can be done with it when it is opened.
import type { Snapshot } from "@headend/core/Snapshot"
import { useMemo, useRef, useState } from "preact/hooks"
import { sourceKind } from "../model/format.ts"
import { tone } from "../model/hops.ts"
import { anchor } from "./Attention.tsx"
import { Controls } from "./Controls.tsx"
import { Facts } from "./Facts.tsx"
import { Figures } from "./Figures.tsx"
import { useHeir } from "./hooks.ts"
import { Hops } from "./Hops.tsx"
import { Since } from "./Since.tsx"
import { Why } from "./Why.tsx"

interface Props {
  readonly snapshot: Snapshot
  /** There is no other on the page. */
  readonly alone: boolean
  /** There are few: they are open, and stay so until somebody closes them. */
  readonly few: boolean
}

const Card = ({ alone, few, snapshot }: Props) => {
  const { description, health, id, since, source, state } = snapshot
  const [wanted, want] = useState<boolean>()
  // what somebody may be watching does not close because another broadcast starts
  const wasOpen = useRef(few)
  wasOpen.current ||= few
  const isOpen = wanted ?? wasOpen.current
  const frame = useRef<HTMLElement>(null)
  useHeir(frame, "on-air")
  return (
    <article
      ref={frame}
      class={`card ${tone(state)}${isOpen ? " open" : ""}`}
      id={anchor(id)}
      data-broadcast={id}
      data-state={state}
      tabIndex={-1}
      aria-label={description ?? id}
    >
      <header>
        <div class="title">
          <h3>
            <button type="button" class="disclose" aria-expanded={isOpen} onClick={() => want(!isOpen)}>
              <bdi>{description ?? id}</bdi>
            </button>
          </h3>
          {description !== null && <code class="id">{id}</code>}
          <span class="quiet kind">{sourceKind(source.kind)}</span>
        </div>
        <Figures snapshot={snapshot} />
        <p class="state">
          <span class={`badge ${tone(state)}`}>{state}</span> <Since at={since} />
        </p>
      </header>
      <Why snapshot={snapshot} />
      {isOpen && (
        <>
          <Hops hops={health.hops} />
          <Facts snapshot={snapshot} />
          <Controls snapshot={snapshot} alone={alone} />
        </>
      )}
    </article>
  )
}

/** Drawn again only when its own snapshot is another one: there may be hundreds. */
export const BroadcastCard = ({ alone, few, snapshot }: Props) =>
  useMemo(() => <Card snapshot={snapshot} alone={alone} few={few} />, [snapshot, alone, few])
