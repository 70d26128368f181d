// What can be done with a broadcast: publish into it, watch it, copy its addresses, kick who publishes, restart and stop it, read
// more.
import type { Snapshot } from "@headend/core/Snapshot"
import { useEffect, useRef, useState } from "preact/hooks"
import { kick, restart, stop } from "../live/actions.ts"
import { canKick, hasLog } from "../model/broadcasts.ts"
import { Confirmed } from "./Confirmed.tsx"
import { Copy } from "./Copy.tsx"
import { useAction, useLast, useReadOnly } from "./hooks.ts"
import { Player } from "./Player.tsx"
import { Press } from "./Press.tsx"
import { Problem } from "./Problem.tsx"
import { Publisher, type What } from "./Publisher.tsx"
import { ReadButtons, Reading, type Reads } from "./Reading.tsx"

export const Controls = ({ alone, snapshot }: { readonly snapshot: Snapshot; readonly alone: boolean }) => {
  const { id, play, publish, state } = snapshot
  const [what, setWhat] = useState<What>("picture")
  const [isPublishing, setPublishing] = useState(false)
  const [wantsToWatch, setWatching] = useState<boolean>()
  const [reads, setReads] = useState<Reads>()
  const isWatching = wantsToWatch === true
  const action = useAction()
  const readOnly = useReadOnly()
  // Both are absent while Janus is away: what is sent and watched goes on afterwards.
  const whip = useLast(publish.whip)
  const whep = useLast(play.whep)
  const leaving = state === "stopping"
  // The only picture that there is, and that does not come from this page, is shown without a click.
  const shows = wantsToWatch === undefined && alone && whip === null && whep !== null && state === "running"

  useEffect(() => {
    if (shows) setWatching(true)
  }, [shows])

  const buttons = useRef<HTMLDivElement>(null)
  /** The button that was pressed goes: the one in its place has the focus then. */
  const publishes = (isOn: boolean) => {
    setPublishing(isOn)
    requestAnimationFrame(() =>
      buttons.current?.querySelector<HTMLButtonElement>(isOn ? ".unpublish" : ".publish")?.focus()
    )
  }
  const send = (next: What) => {
    setWhat(next)
    publishes(true)
  }

  return (
    <>
      {isPublishing && whip !== null && <Publisher id={id} whip={whip} what={what} />}
      {isWatching && whep !== null && <Player id={id} whep={whep} state={state} />}
      <div class="actions" ref={buttons}>
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
          <button
            type="button"
            class="unpublish"
            id={`unpublish-${id}`}
            onClick={() => publishes(false)}
          >
            Stop publishing
          </button>
        )}
        {(whep !== null || whip !== null) && (
          <button
            type="button"
            class="watch"
            id={`watch-${id}`}
            disabled={whep === null}
            title={whep === null ? "There is something to watch once somebody publishes" : ""}
            onClick={() => setWatching(!isWatching)}
          >
            {isWatching ? "Stop watching" : "Watch"}
          </button>
        )}
        {whep !== null && <Copy name="copy-whep" label="Copy address" address={whep} />}
        {whip !== null && <Copy name="copy-whip" label="Copy WHIP" address={whip} />}
        <ReadButtons hasLog={hasLog(snapshot)} reads={reads} onRead={setReads} />
        {!readOnly && (
          <>
            <span class="gap" />
            {canKick(snapshot) && (
              <Press
                class="kick"
                title="Ends the connection of whoever publishes; it is no ban"
                off={leaving || action.busy}
                onPress={() => action.run(kick(id))}
              >
                Kick publisher
              </Press>
            )}
            <Press class="restart" off={leaving || action.busy} onPress={() => action.run(restart(id))}>Restart</Press>
            <Confirmed
              name="stop"
              label="Stop"
              off={leaving || action.busy}
              onConfirm={() => action.run(stop(id))}
            />
          </>
        )}
      </div>
      <Problem failed={action.failed} />
      <Reading id={id} reads={reads} />
    </>
  )
}
