// One broadcast: how it is, why, and what can be done.
import type { Snapshot } from "@headend/core/Snapshot"
import { useEffect, useMemo, useState } from "preact/hooks"
import { restart, stop } from "../live/actions.ts"
import { sourceKind, tracks } from "../model/format.ts"
import { tone, trouble } from "../model/hops.ts"
import { anchor } from "./Attention.tsx"
import { Confirmed } from "./Confirmed.tsx"
import { Copy } from "./Copy.tsx"
import { useAction, useLast } from "./hooks.ts"
import { Hops } from "./Hops.tsx"
import { Player } from "./Player.tsx"
import { Problem } from "./Problem.tsx"
import { Publisher, type What } from "./Publisher.tsx"
import { Since } from "./Since.tsx"

const Why = ({ snapshot }: { readonly snapshot: Snapshot }) => {
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

const Facts = ({ snapshot }: { readonly snapshot: Snapshot }) => {
  const { mountpoint, owner, run, source } = snapshot
  const facts: ReadonlyArray<readonly [string, string]> = [
    ["Source", sourceKind(source.kind)],
    ...(mountpoint === null ? [] : [
      ["Mountpoint", String(mountpoint.id)] as const,
      ["Tracks", tracks(mountpoint.media)] as const
    ]),
    ...(owner === null ? [] : [["Worker", owner.worker] as const]),
    ...(run > 1 ? [["Run", String(run)] as const] : [])
  ]
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

interface Props {
  readonly snapshot: Snapshot
  /** There is no other on the page. */
  readonly alone: boolean
}

const Card = ({ alone, snapshot }: Props) => {
  const { description, health, id, play, publish, since, state } = snapshot
  const [what, setWhat] = useState<What>("picture")
  const [isPublishing, setPublishing] = useState(false)
  const [wantsToWatch, setWatching] = useState<boolean>()
  const isWatching = wantsToWatch === true
  const action = useAction()
  // Both are absent while Janus is away: what is sent and watched goes on afterwards.
  const whip = useLast(publish.whip)
  const whep = useLast(play.whep)
  const leaving = state === "stopping"
  // The only picture that there is, and that does not come from this page, is shown without a click.
  const shows = wantsToWatch === undefined && alone && whip === null && whep !== null && state === "running"

  useEffect(() => {
    if (shows) setWatching(true)
  }, [shows])

  const send = (what: What) => {
    setWhat(what)
    setPublishing(true)
  }

  return (
    <article
      class={`card ${tone(state)}`}
      id={anchor(id)}
      data-broadcast={id}
      data-state={state}
      tabIndex={-1}
      aria-label={description ?? id}
    >
      <header>
        <h3>{description ?? id}</h3>
        {description !== null && <code class="id">{id}</code>}
        <p class="state" role="status">
          <span class={`badge ${tone(state)}`}>{state}</span> <Since at={since} />
        </p>
      </header>
      <Why snapshot={snapshot} />
      <Hops hops={health.hops} />
      <Facts snapshot={snapshot} />
      {isPublishing && whip !== null && <Publisher id={id} whip={whip} what={what} />}
      {isWatching && whep !== null && <Player id={id} whep={whep} state={state} />}
      <div class="actions">
        {whip !== null && !isPublishing && (
          <>
            <button type="button" class="publish" disabled={leaving} onClick={() => send("picture")}>
              Publish picture
            </button>
            <button type="button" class="publish-camera" disabled={leaving} onClick={() => send("camera")}>
              Publish camera
            </button>
          </>
        )}
        {isPublishing && (
          <button type="button" class="unpublish" onClick={() => setPublishing(false)}>Stop publishing</button>
        )}
        {(whep !== null || whip !== null) && (
          <button
            type="button"
            class="watch"
            aria-pressed={isWatching}
            disabled={whep === null}
            title={whep === null ? "There is something to watch once somebody publishes" : ""}
            onClick={() => setWatching(!isWatching)}
          >
            {isWatching ? "Stop watching" : "Watch"}
          </button>
        )}
        {whep !== null && <Copy name="copy-whep" label="Copy address" address={whep} />}
        {whip !== null && <Copy name="copy-whip" label="Copy WHIP" address={whip} />}
        <span class="gap" />
        <button type="button" class="restart" disabled={leaving || action.busy} onClick={() => action.run(restart(id))}>
          Restart
        </button>
        <Confirmed name="stop" label="Stop" disabled={leaving || action.busy} onConfirm={() => action.run(stop(id))} />
      </div>
      <Problem failed={action.failed} />
    </article>
  )
}

/** Drawn again only when its own snapshot is another one: there may be hundreds. */
export const BroadcastCard = ({ alone, snapshot }: Props) =>
  useMemo(() => <Card snapshot={snapshot} alone={alone} />, [snapshot, alone])
