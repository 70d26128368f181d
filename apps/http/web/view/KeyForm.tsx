// Asks for the pin of a mountpoint, or the token of a broadcast, after the server has refused without it.
import { useEffect, useRef, useState } from "preact/hooks"
import { useHeir } from "./hooks.ts"

export const KeyForm = ({ again, heir, label, onKey }: {
  readonly label: string
  /** One was given, and was wrong: the next one can be typed at once. */
  readonly again: boolean
  /** What has the focus once this goes: the id of a button that stays. */
  readonly heir: string
  readonly onKey: (key: string) => void
}) => {
  const [key, setKey] = useState("")
  const form = useRef<HTMLFormElement>(null)
  const field = useRef<HTMLInputElement>(null)
  useHeir(form, heir)
  useEffect(() => {
    if (again) field.current?.focus()
  }, [])
  return (
    <form
      ref={form}
      class="key"
      onSubmit={(event) => {
        event.preventDefault()
        onKey(key)
      }}
    >
      <label>
        <span>{label}</span>
        <input
          ref={field}
          type="password"
          required
          autoComplete="off"
          value={key}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
      </label>
      <button type="submit">{again ? "Try again" : "Go on"}</button>
    </form>
  )
}
