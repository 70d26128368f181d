// Copies an address, and says so.
import { useEffect, useState } from "preact/hooks"
import { absolute } from "../model/format.ts"

const write = async (text: string): Promise<boolean> => {
  try {
    await navigator.clipboard.writeText(text)
    return true
  } catch {
    // Not a secure context, or not allowed: the old way needs something selected.
    const field = document.createElement("textarea")
    field.value = text
    field.className = "off-screen"
    document.body.append(field)
    field.select()
    const done = document.execCommand("copy")
    field.remove()
    return done
  }
}

export const Copy = ({ address, label, name }: {
  readonly address: string
  readonly label: string
  readonly name: string
}) => {
  const [said, say] = useState("")
  useEffect(() => {
    if (said === "") return
    const timer = setTimeout(() => say(""), 2_000)
    return () => clearTimeout(timer)
  }, [said])
  const whole = absolute(address, location.href)
  return (
    <button
      type="button"
      class={`copy ${name}`}
      title={whole}
      data-address={whole}
      onClick={() => void write(whole).then((done) => say(done ? "Copied" : "Not copied"))}
    >
      <span aria-live="polite">{said === "" ? label : said}</span>
    </button>
  )
}
