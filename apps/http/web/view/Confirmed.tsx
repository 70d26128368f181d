// A button for what cannot be taken back: the first press asks, the second one within four seconds does it.
import { useEffect, useState } from "preact/hooks"

export const Confirmed = ({ disabled, label, name, onConfirm }: {
  readonly disabled: boolean
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
  const press = () => {
    ask(!asked)
    if (asked) onConfirm()
  }
  return (
    <button type="button" class={`${name} danger${asked ? " asked" : ""}`} disabled={disabled} onClick={press}>
      <span aria-live="polite">{asked ? `${label} for good?` : label}</span>
    </button>
  )
}
