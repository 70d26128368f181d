// The whole page.
import { useEffect } from "preact/hooks"
import { type Broadcasts, sorted } from "../model/broadcasts.ts"
import { counted } from "../model/format.ts"
import { needsAttention } from "../model/hops.ts"
import { Attention } from "./Attention.tsx"
import { Ended } from "./Ended.tsx"
import { Header, Notices } from "./Header.tsx"
import { usePage, useReadOnly } from "./hooks.ts"
import { Jobs } from "./Jobs.tsx"
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
  const now = Date.now()
  const running = live.filter(({ state }) => state === "running").length

  useEffect(() => {
    document.title = running === 0 ? "headend" : `${running} on air · headend`
  }, [running])

  return (
    <>
      <Header live={live.length} />
      <main>
        <Notices />
        <Attention snapshots={[...live, ...ended].filter((one) => needsAttention(one, now))} />
        <OnAir live={live} known={known} />
        <details class="panel" id="new">
          <summary>{readOnly ? "Plan a broadcast" : "Start a broadcast"}</summary>
          <StartForm />
        </details>
        <Workers />
        <Jobs />
        {ended.length > 0 && (
          <details class="panel ended" id="ended">
            <summary>{counted(ended.length, "ended broadcast")}, kept for a day</summary>
            <Ended snapshots={ended} />
          </details>
        )}
      </main>
      <TokenDialog />
    </>
  )
}
