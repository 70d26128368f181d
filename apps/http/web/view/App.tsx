// The whole page.
import { useEffect, useRef } from "preact/hooks"
import { serverNow } from "../live/time.ts"
import { type Broadcasts, sorted } from "../model/broadcasts.ts"
import { needsAttention } from "../model/hops.ts"
import { Announcer } from "./Announcer.tsx"
import { Attention } from "./Attention.tsx"
import { eachSecond } from "./clock.ts"
import { Ended } from "./Ended.tsx"
import { Header } from "./Header.tsx"
import { usePage, useReadOnly, useTicking } from "./hooks.ts"
import { Jobs } from "./Jobs.tsx"
import { Notices } from "./Notices.tsx"
import { OnAir } from "./OnAir.tsx"
import { StartForm } from "./StartForm.tsx"
import { TokenDialog } from "./TokenDialog.tsx"
import { Workers } from "./Workers.tsx"

let last: { readonly of: Broadcasts; readonly result: ReturnType<typeof sorted> } | undefined

const sortedOnce = (broadcasts: Broadcasts) => {
  if (last?.of !== broadcasts) last = { of: broadcasts, result: sorted(broadcasts) }
  return last.result
}

export const App = () => {
  const { ended, live } = usePage((page) => sortedOnce(page.broadcasts))
  const known = usePage((page) => page.position !== undefined || page.broadcasts.size > 0)
  const readOnly = useReadOnly()
  const running = live.filter(({ state }) => state === "running").length
  const troubledAt = (now: number) => [...live, ...ended].filter((one) => needsAttention(one, now))
  // it begins and ends with time alone, too
  useTicking((now) => troubledAt(now).map(({ id }) => id).join())
  const troubled = troubledAt(serverNow())
  const alarm = troubled.length === 0 ? "" : `${troubled.length} not well · `

  const title = useRef("")
  title.current = `${alarm}${running === 0 ? "" : `${running} on air · `}headend`
  useEffect(() =>
    eachSecond(() => {
      if (document.title !== title.current) document.title = title.current
    }), [])

  return (
    <>
      <Header live={live.length} running={running} troubled={troubled.length} />
      <main>
        <Notices />
        <Attention snapshots={troubled} />
        <OnAir live={live} known={known} />
        <details class="panel" id="new">
          <summary id="new-title">
            <h2>{readOnly ? "Plan a broadcast" : "Start a broadcast"}</h2>
          </summary>
          <StartForm />
        </details>
        <Workers />
        <Jobs />
        {ended.length > 0 && <Ended snapshots={ended} />}
      </main>
      <Announcer />
      <TokenDialog />
    </>
  )
}
