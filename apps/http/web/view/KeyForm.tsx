// Asks for the pin of a mountpoint, or the token of a broadcast, after the server has refused without it.
import { useState } from "preact/hooks"

export const KeyForm = ({ label, onKey }: { readonly label: string; readonly onKey: (key: string) => void }) => {
  const [key, setKey] = useState("")
  return (
    <form
      class="key"
      onSubmit={(event) => {
        event.preventDefault()
        onKey(key)
      }}
    >
      <label>
        <span>{label}</span>
        <input
          type="password"
          required
          autoComplete="off"
          value={key}
          onInput={(event) => setKey(event.currentTarget.value)}
        />
      </label>
      <button type="submit">Try again</button>
    </form>
  )
}
