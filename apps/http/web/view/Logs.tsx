// What the relay said last: the first and last lines of its last runs, the newest run first.
import type { RelayRun } from "@headend/core/Relays"
import { useEffect, useState } from "preact/hooks"
import { logs } from "../live/actions.ts"
import { useAction } from "./hooks.ts"
import { Problem } from "./Problem.tsx"
import { Since } from "./Since.tsx"

const Run = ({ run }: { readonly run: RelayRun }) => (
  <li>
    <p class="quiet">
      {run.endedAt === null ? "Running for" : "Began"} <Since at={run.startedAt} />
      {run.endedAt !== null && <>{" "}ago, ended: {run.exit ?? "no reason given"}</>}
    </p>
    <pre
      tabIndex={0}
      aria-label="Lines of the relay"
    >{run.lines.length === 0 ? "It has said nothing." : run.lines.join("\n")}</pre>
  </li>
)

export const Logs = ({ id }: { readonly id: string }) => {
  const [runs, setRuns] = useState<ReadonlyArray<RelayRun>>()
  const action = useAction()
  const read = () => action.run(logs(id), (answer) => setRuns(answer.runs.toReversed()))
  useEffect(read, [id])
  return (
    <section class="logs" aria-label="Log of the relay">
      <header>
        <h4>Relay's log</h4>
        <button type="button" disabled={action.busy} onClick={read}>Read again</button>
      </header>
      <Problem failed={action.failed} />
      {runs?.length === 0 && <p class="quiet">No relay has run.</p>}
      {runs !== undefined && runs.length > 0 && <ol>{runs.map((run) => <Run key={run.startedAt} run={run} />)}</ol>}
    </section>
  )
}
