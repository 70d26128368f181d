// Name, how many are on air and need attention, whether the page is live, and the ways to its parts.
import { signOut } from "../live/actions.ts"
import { GoTo } from "./GoTo.tsx"
import { useAction, usePage, useReadOnly } from "./hooks.ts"
import { Press } from "./Press.tsx"
import { Problem } from "./Problem.tsx"

const links = {
  connecting: "connecting",
  live: "live",
  lost: "reconnecting"
} as const

/** Whose token it is, where there are tokens, and the way to another one. */
const Caller = () => {
  const caller = usePage((page) => page.caller)
  const action = useAction()
  if (caller === undefined || caller.name === null) return null
  return (
    <>
      <span class="quiet" id="caller">{caller.name}{caller.scope === "read" && ", may only read"}</span>
      <Press id="sign-out" off={action.busy} onPress={() => action.run(signOut)}>
        {caller.scope === "read" ? "Use another token" : "Sign out"}
      </Press>
      <Problem failed={action.failed} />
    </>
  )
}

const Parts = () => {
  const dead = usePage((page) => page.queue?.dead ?? 0)
  const readOnly = useReadOnly()
  return (
    <nav aria-label="Parts of the page">
      <GoTo to="new-title">{readOnly ? "Plan" : "Start"}</GoTo>
      <GoTo to="workers-title">Workers</GoTo>
      <GoTo to="jobs-title">
        Jobs{dead > 0 && <strong class="bad">, {dead} given up</strong>}
      </GoTo>
      <a href="/docs">API</a>
    </nav>
  )
}

export const Header = ({ live, running, troubled }: {
  readonly live: number
  readonly running: number
  readonly troubled: number
}) => {
  const link = usePage((page) => page.access === "needed" ? undefined : page.link)
  return (
    <header class="top">
      <h1>headend</h1>
      <p class="count" id="count">
        <strong>{running}</strong> on air {live > running && <span class="quiet">of {live}</span>}
      </p>
      {troubled > 0 && <GoTo to="attention" class="alarm">{troubled} need{troubled === 1 ? "s" : ""} attention</GoTo>}
      <p class={`link ${link ?? ""}`} role="status" id="link">{link === undefined ? "signed out" : links[link]}</p>
      <Parts />
      <div class="caller">
        <Caller />
      </div>
    </header>
  )
}
