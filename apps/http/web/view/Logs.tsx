// What the relay said last: the first and last lines of its last runs, the newest run first.
import type { RelayRun } from "@headend/core/Relays"
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"
import { logs } from "../live/actions.ts"
import { useAction } from "./hooks.ts"
import { Press } from "./Press.tsx"
import { Problem } from "./Problem.tsx"
import { Since } from "./Since.tsx"

/** The last lines are what is looked for. */
const Lines = ({ lines }: { readonly lines: ReadonlyArray<string> }) => {
  const frame = useRef<HTMLPreElement>(null)
  useLayoutEffect(() => {
    if (frame.current !== null) frame.current.scrollTop = frame.current.scrollHeight
  }, [lines])
  return (
    <pre ref={frame} tabIndex={0} aria-label="Lines of the relay">
      {lines.length === 0 ? "It has said nothing." : lines.join("\n")}
    </pre>
  )
}

const Run = ({ run }: { readonly run: RelayRun }) => (
  <li>
    <p class="quiet">
      {run.endedAt === null ? "Running for" : "Began"} <Since at={run.startedAt} />
      {run.endedAt !== null && <>{" "}ago, ended: {run.exit ?? "no reason given"}</>}
    </p>
    <Lines lines={run.lines} />
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
        <Press off={action.busy} onPress={read}>Read again</Press>
      </header>
      <Problem failed={action.failed} />
      {runs?.length === 0 && <p class="quiet">No relay has run.</p>}
      {runs !== undefined && runs.length > 0 && <ol>{runs.map((run) => <Run key={run.startedAt} run={run} />)}</ol>}
    </section>
  )
}
