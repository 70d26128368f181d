// A button for what cannot be taken back: the first press asks, a second one within four seconds does it. A double click or
// a key that is held down is one press, and whoever goes elsewhere has changed their mind.
import { useEffect, useState } from "preact/hooks"

export const Confirmed = ({ label, name, off, onConfirm }: {
  readonly off: boolean
  readonly label: string
  readonly name: string
  readonly onConfirm: () => void
}) => {
  const [asked, ask] = useState(false)
  useEffect(() => {
    if (!asked) return
    const timer = setTimeout(() => ask(false), 4_000)
    return () => clearTimeout(timer)
  }, [asked])
  const press = (event: MouseEvent) => {
    if (off || event.detail > 1) return
    ask(!asked)
    if (asked) onConfirm()
  }
  const key = (event: KeyboardEvent) => {
    if (event.repeat) event.preventDefault()
    if (event.key === "Escape") ask(false)
  }
  return (
    <button
      type="button"
      class={`${name} danger${asked ? " asked" : ""}`}
      aria-disabled={off}
      onClick={press}
      onKeyDown={key}
      onBlur={() => ask(false)}
    >
      <span aria-live="polite">{asked ? `${label} for good?` : label}</span>
    </button>
  )
}
