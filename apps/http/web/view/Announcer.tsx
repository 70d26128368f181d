// Tells those who do not see the page which broadcasts have changed; at most once a second, and never what only counts.
import { useEffect, useRef, useState } from "preact/hooks"
import { current, listen } from "../live/Page.ts"
import { serverNow } from "../live/time.ts"
import { announcement, settled } from "../model/announcement.ts"
import type { Broadcasts } from "../model/broadcasts.ts"
import { eachSecond } from "./clock.ts"

const known = (): Broadcasts | undefined => {
  const { broadcasts, position } = current()
  return position === undefined ? undefined : broadcasts
}

export const Announcer = () => {
  const [said, say] = useState("")
  const told = useRef<Broadcasts | undefined>(undefined)
  useEffect(() => {
    // what the page finds is no change; what comes after it is, also within the first second
    const begin = () => {
      const now = known()
      if (now === undefined || told.current === undefined) told.current = now
    }
    begin()
    const unlisten = listen(begin)
    const untick = eachSecond(() => {
      const before = told.current
      const after = known()
      if (before === undefined || after === undefined) return
      const now = settled(before, after, serverNow())
      told.current = now
      const words = announcement(before, now)
      if (words !== "") say(words)
    })
    return () => {
      unlisten()
      untick()
    }
  }, [])
  return <p class="off-screen" role="status" id="announcer">{said}</p>
}
