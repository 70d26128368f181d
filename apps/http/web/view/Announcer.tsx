// Tells those who do not see the page which broadcasts have changed; at most once a second, and never what only counts.
import { useEffect, useRef, useState } from "preact/hooks"
import { current } from "../live/Page.ts"
import { serverNow } from "../live/time.ts"
import { announcement, settled } from "../model/announcement.ts"
import type { Broadcasts } from "../model/broadcasts.ts"
import { eachSecond } from "./clock.ts"

export const Announcer = () => {
  const [said, say] = useState("")
  const told = useRef<Broadcasts | undefined>(undefined)
  useEffect(() =>
    eachSecond(() => {
      const { broadcasts, position } = current()
      const before = told.current
      const now = position === undefined ? undefined : settled(before ?? broadcasts, broadcasts, serverNow())
      told.current = now
      if (before === undefined || now === undefined) return
      const words = announcement(before, now)
      if (words !== "") say(words)
    }), [])
  return <p class="off-screen" role="status" id="announcer">{said}</p>
}
