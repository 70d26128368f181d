// Name, how many are on air, whether the page is live, and how the parts of the installation are.
import { signOut } from "../live/actions.ts"
import { isJanusFake, unwell } from "../model/health.ts"
import { useAction, usePage } from "./hooks.ts"

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
      <span class="quiet" id="caller">{caller.name}{caller.scope === "read" && ", may only read"}</span>{" "}
      <button type="button" id="sign-out" disabled={action.busy} onClick={() => action.run(signOut)}>
        {caller.scope === "read" ? "Use another token" : "Sign out"}
      </button>
    </>
  )
}

export const Header = ({ live }: { readonly live: number }) => {
  const link = usePage((page) => page.link)
  const running = usePage(({ broadcasts }) =>
    [...broadcasts.values()].filter(({ state }) => state === "running").length
  )
  return (
    <header class="top">
      <h1>headend</h1>
      <p class="count" id="count">
        <strong>{running}</strong> on air {live > 0 && <span class="quiet">of {live}</span>}
      </p>
      <p class={`link ${link}`} role="status" id="link">{links[link]}</p>
      <nav aria-label="More">
        <Caller />
        <a href="/docs">API</a>
      </nav>
    </header>
  )
}

/** What the whole installation suffers from. */
export const Notices = () => {
  const health = usePage((page) => page.health)
  const fake = isJanusFake(health)
  return (
    <div class="notices" aria-live="polite">
      {fake && (
        <p class="notice" id="fake">
          <strong>Janus is the built-in fake.</strong>{" "}
          Broadcasts start, restart and stop as on a real one, but it carries no media: there is no picture to watch.
        </p>
      )}
      {unwell(health).filter(({ name }) => name !== "broadcasts").map(({ evidence, name, status }) => (
        <p class={`notice ${status}`} key={name} data-component={name}>
          <strong>{name} is {status === "down" ? "down" : "not well"}.</strong> {evidence}
        </p>
      ))}
    </div>
  )
}
