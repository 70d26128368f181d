// Starts a broadcast from any kind of source: a form for each kind, the same as JSON, and the plan before it is done.
import type { Plan } from "@headend/core/Plan"
import { useState } from "preact/hooks"
import { plan, start } from "../live/actions.ts"
import { sourceKind } from "../model/format.ts"
import { type Answers, common, forms, more, parse, toSpec } from "../model/forms.ts"
import { anchor } from "./Attention.tsx"
import { Fields } from "./Fields.tsx"
import { goTo } from "./GoTo.tsx"
import { useAction, useReadOnly } from "./hooks.ts"
import { PlanView } from "./PlanView.tsx"
import { Problem } from "./Problem.tsx"

const AsJson = ({ onText, text, written, wrong }: {
  readonly text: string
  /** Why it is no specification; said as it is typed, and so without a hurry. */
  readonly wrong: string | undefined
  readonly written: string
  readonly onText: (text: string | undefined) => void
}) => (
  <details class="json" id="as-json">
    <summary>As JSON</summary>
    <textarea
      id="start-json"
      aria-label="The specification as JSON"
      rows={12}
      spellcheck={false}
      value={text}
      aria-invalid={wrong !== undefined}
      aria-describedby="start-json-wrong"
      onInput={(event) => onText(event.currentTarget.value)}
    />
    <div role="status" id="start-json-wrong">{wrong !== undefined && <p class="problem">{wrong}</p>}</div>
    {text !== written && (
      <button type="button" id="back-to-form" onClick={() => onText(undefined)}>Back to the form's answers</button>
    )}
  </details>
)

export const StartForm = () => {
  const [kind, setKind] = useState("browser_webrtc")
  const [answers, setAnswers] = useState<Answers>({})
  /** What was typed as JSON, instead of the answers. */
  const [typed, setTyped] = useState<string>()
  const [planned, setPlanned] = useState<Plan>()
  const action = useAction()
  const readOnly = useReadOnly()
  const form = forms.find((one) => one.kind === kind)
  const written = JSON.stringify(toSpec(kind, answers), null, 2)
  const read = parse(typed ?? written)

  const changed = () => {
    setPlanned(undefined)
    action.clear()
  }
  const answer = (path: string, value: string) => {
    changed()
    setTyped(undefined)
    setAnswers({ ...answers, [path]: value })
  }
  const retype = (text: string | undefined) => {
    changed()
    setTyped(text)
  }
  const choose = (next: string) => {
    changed()
    setTyped(undefined)
    setKind(next)
  }

  const submit = (event: SubmitEvent) => {
    event.preventDefault()
    if (!("spec" in read)) return
    if (readOnly || event.submitter?.id === "show-plan") return action.run(plan(read.spec), setPlanned)
    action.run(start(read.spec), (snapshot) => {
      changed()
      setTyped(undefined)
      setAnswers({})
      goTo(anchor(snapshot.id))
    })
  }

  return (
    <form class="start" onSubmit={submit} aria-label="Start a broadcast">
      <div class="fields source">
        <label>
          <span>Source</span>
          <select
            id="start-kind"
            value={kind}
            aria-describedby="start-hint"
            onChange={(event) => choose(event.currentTarget.value)}
          >
            {forms.map((one) => <option key={one.kind} value={one.kind}>{sourceKind(one.kind)}</option>)}
          </select>
        </label>
      </div>
      <p class="hint" id="start-hint">{form?.hint}</p>
      {typed === undefined && (
        <>
          <Fields
            fields={[...form?.fields ?? [], ...common]}
            answers={answers}
            failed={action.failed}
            onAnswer={answer}
          />
          <details class="more" id="more">
            <summary>More</summary>
            <Fields fields={more} answers={answers} failed={action.failed} onAnswer={answer} />
          </details>
        </>
      )}
      <AsJson
        text={typed ?? written}
        written={written}
        wrong={"wrong" in read ? read.wrong : undefined}
        onText={retype}
      />
      <div class="actions">
        <button type="submit" id="show-plan" aria-disabled={action.busy || "wrong" in read}>Show the plan</button>
        {!readOnly && (
          <button type="submit" class="primary" id="start" aria-disabled={action.busy || "wrong" in read}>
            Start broadcast
          </button>
        )}
      </div>
      <Problem failed={action.failed} />
      {planned !== undefined && <PlanView plan={planned} />}
    </form>
  )
}
