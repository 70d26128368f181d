// What waits in the job queue, and which jobs were given up, why, and another try for them.
import type { DeadLetters } from "@headend/api/Jobs"
import { useRef } from "preact/hooks"
import { redrive } from "../live/actions.ts"
import { counted, lasting, whole } from "../model/format.ts"
import { useAction, useHeir, usePage, useReadOnly } from "./hooks.ts"
import { Press } from "./Press.tsx"
import { Problem } from "./Problem.tsx"
import { Since } from "./Since.tsx"

type Letter = DeadLetters["items"][number]

const kinds: Readonly<Record<Letter["type"], string>> = {
  start_broadcast: "start",
  stop_broadcast: "stop",
  unreadable: "unreadable"
}

const One = ({ letter: { attempts, broadcast, failedAt, id, reason, type } }: { readonly letter: Letter }) => {
  const action = useAction()
  const readOnly = useReadOnly()
  const row = useRef<HTMLLIElement>(null)
  useHeir(row, "jobs-title")
  return (
    <li ref={row} data-dead={id}>
      <span class="badge bad">{kinds[type]}</span>
      <code>{broadcast ?? id}</code>
      <span class="reason">{reason}</span>
      <span class="quiet when">
        {counted(attempts, "try", "tries")}, <Since at={failedAt} /> ago
      </span>
      {!readOnly && <Press class="redrive" off={action.busy} onPress={() => action.run(redrive(id))}>Try again</Press>}
      <Problem failed={action.failed} />
    </li>
  )
}

export const Jobs = () => {
  const queue = usePage((page) => page.queue)
  const letters = usePage((page) => page.letters)
  if (queue === undefined) return null
  const { backend, dead, delayed, inFlight, oldestAgeMs, undelivered } = queue
  const waiting = undelivered + delayed + inFlight
  return (
    <section class="panel" id="jobs" aria-labelledby="jobs-title">
      <h2 id="jobs-title" class="section" tabIndex={-1}>Jobs</h2>
      <p>
        {waiting === 0
          ? "None waits"
          : `${whole(undelivered)} waiting, ${whole(delayed)} delayed, ${whole(inFlight)} being taken`}
        {oldestAgeMs !== null && `, the oldest for ${lasting(oldestAgeMs)}`}
        <span class="quiet">{" "}· {backend} queue</span>
      </p>
      {dead > 0 && (
        <>
          <h3 class="bad">{counted(dead, "job was", "jobs were")} given up</h3>
          <ul class="letters">{letters.map((letter) => <One key={letter.id} letter={letter} />)}</ul>
          {dead > letters.length && <p class="quiet">The newest {letters.length} are shown.</p>}
        </>
      )}
    </section>
  )
}
