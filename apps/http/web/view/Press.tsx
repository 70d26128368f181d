// A button that cannot be pressed for a while and keeps the focus meanwhile: one that is disabled loses it to the page's start.
import type { ComponentChildren } from "preact"

export const Press = ({ children, class: name, id, off, onPress, title }: {
  readonly children: ComponentChildren
  readonly class?: string
  readonly id?: string
  readonly off: boolean
  readonly onPress: () => void
  readonly title?: string
}) => (
  <button type="button" id={id} class={name} title={title} aria-disabled={off} onClick={() => off || onPress()}>
    {children}
  </button>
)
