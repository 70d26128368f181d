// Starts a broadcast that waits for a browser, or any WHIP client, to publish.
import { useState } from "preact/hooks"
import { start } from "../live/actions.ts"
import { anchor } from "./Attention.tsx"
import { useAction } from "./hooks.ts"
import { Problem } from "./Problem.tsx"

export const StartForm = () => {
  const [description, setDescription] = useState("")
  const [id, setId] = useState("")
  const action = useAction()

  const submit = (event: Event) => {
    event.preventDefault()
    action.run(start({ id: id.trim(), description: description.trim() }), (snapshot) => {
      setDescription("")
      setId("")
      requestAnimationFrame(() => document.getElementById(anchor(snapshot.id))?.focus())
    })
  }

  return (
    <form class="start" onSubmit={submit} aria-label="Start a broadcast">
      <label>
        <span>Description</span>
        <input
          id="start-description"
          value={description}
          maxLength={1024}
          placeholder="Lobby"
          autoComplete="off"
          onInput={(event) => setDescription(event.currentTarget.value)}
        />
      </label>
      <label>
        <span>Id</span>
        <input
          id="start-id"
          value={id}
          maxLength={64}
          pattern="[A-Za-z0-9][A-Za-z0-9._\-]*"
          title="Letters, digits, dots, dashes and underscores; chosen for you when empty"
          placeholder="chosen for you"
          autoComplete="off"
          autoCapitalize="off"
          spellcheck={false}
          onInput={(event) => setId(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="primary" id="start" disabled={action.busy}>
        {action.busy ? "Starting…" : "Start broadcast"}
      </button>
      <p class="hint">A browser or any WHIP client publishes into it.</p>
      <Problem failed={action.failed} />
    </form>
  )
}
