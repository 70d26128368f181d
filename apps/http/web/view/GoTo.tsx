// A link to another part of this page, which opens what hides it and gives it the focus.
import type { ComponentChildren } from "preact"
import { change } from "../live/Page.ts"

/** So many pictures may pass until it is drawn. */
const patience = 10

const reach = (id: string, tries = 0): void => {
  const element = document.getElementById(id)
  if (element === null) {
    if (tries < patience) requestAnimationFrame(() => reach(id, tries + 1))
    return
  }
  for (
    let hides = element.closest("details");
    hides !== null;
    hides = hides.parentElement?.closest("details") ?? null
  ) {
    hides.open = true
  }
  element.scrollIntoView()
  element.focus({ preventScroll: true })
}

/** Goes there; a filter that hides it is taken away, and the `details` of that id is opened first. */
export const goTo = (id: string, within?: string): void => {
  if (within !== undefined) reach(within)
  if (document.getElementById(id) === null) change(() => ({ filter: "" }))
  reach(id)
}

export const GoTo = ({ children, class: name, to, within }: {
  readonly children: ComponentChildren
  readonly class?: string
  readonly to: string
  readonly within?: string | undefined
}) => (
  <a
    href={`#${to}`}
    class={name}
    onClick={(event) => {
      event.preventDefault()
      goTo(to, within)
    }}
  >
    {children}
  </a>
)
