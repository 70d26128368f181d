// Asks once for the API token; the server keeps it in a cookie that scripts cannot read.
import { useEffect, useRef, useState } from "preact/hooks"
import { signIn } from "../live/actions.ts"
import { useAction, usePage } from "./hooks.ts"
import { Problem } from "./Problem.tsx"

export const TokenDialog = () => {
  const needed = usePage((page) => page.access === "needed")
  const [token, setToken] = useState("")
  const action = useAction()
  const dialog = useRef<HTMLDialogElement>(null)

  useEffect(() => {
    if (needed) dialog.current?.showModal()
    else if (dialog.current?.open) {
      dialog.current.close()
      // what had the focus before may be gone
      const { activeElement } = document
      if (activeElement === document.body || dialog.current.contains(activeElement)) {
        document.getElementById("on-air")?.focus({ preventScroll: true })
      }
    }
  }, [needed])

  // browsers let a second Escape through, whatever `cancel` says
  const stay = () => needed && dialog.current?.showModal()

  const submit = (event: Event) => {
    event.preventDefault()
    action.run(signIn(token.trim()), () => setToken(""))
  }

  return (
    <dialog ref={dialog} aria-labelledby="token-title" onCancel={(event) => event.preventDefault()} onClose={stay}>
      <form onSubmit={submit}>
        <h2 id="token-title">This headend asks for a token</h2>
        <p>One of its API tokens. It stays in this browser, in a cookie that no script can read.</p>
        <label>
          <span>Token</span>
          <input
            id="token"
            type="password"
            required
            autoComplete="current-password"
            value={token}
            onInput={(event) => setToken(event.currentTarget.value)}
          />
        </label>
        <Problem failed={action.failed} />
        <button type="submit" class="primary" id="sign-in" aria-disabled={action.busy}>Continue</button>
      </form>
    </dialog>
  )
}
