// What the whole installation suffers from, and whether what is shown is old.
import { isJanusFake, unwell } from "../model/health.ts"
import { usePage } from "./hooks.ts"
import { Since } from "./Since.tsx"

export const Notices = () => {
  const health = usePage((page) => page.health)
  const silentSince = usePage((page) => page.silentSince)
  return (
    <div class="notices" aria-live="polite">
      {silentSince !== undefined && (
        <p class="notice down" id="silent">
          <strong>headend does not answer.</strong> What is shown here is{" "}
          <span aria-live="off">
            <Since at={silentSince} />
          </span>{" "}
          old; it goes on by itself.
        </p>
      )}
      {isJanusFake(health) && (
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
