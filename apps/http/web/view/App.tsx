// The whole page.
import { useEffect } from "preact/hooks"
import { type Broadcasts, sorted } from "../model/broadcasts.ts"
import { counted } from "../model/format.ts"
import { needsAttention } from "../model/hops.ts"
import { Attention } from "./Attention.tsx"
import { BroadcastCard } from "./BroadcastCard.tsx"
import { Ended } from "./Ended.tsx"
import { Header, Notices } from "./Header.tsx"
import { usePage } from "./hooks.ts"
import { StartForm } from "./StartForm.tsx"
import { TokenDialog } from "./TokenDialog.tsx"

let last: { readonly of: Broadcasts; readonly result: ReturnType<typeof sorted> } | undefined

const sortedOnce = (broadcasts: Broadcasts) => {
  if (last?.of !== broadcasts) last = { of: broadcasts, result: sorted(broadcasts) }
  return last.result
}

export const App = () => {
  const { ended, live } = usePage((page) => sortedOnce(page.broadcasts))
  const known = usePage((page) => page.position !== undefined || page.broadcasts.size > 0)
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
        <StartForm />
        <section aria-labelledby="on-air">
          <h2 id="on-air" class="section">On air</h2>
          {live.length === 0 && (
            <p class="empty" id="empty">{known ? "Nothing is on air." : "Asking headend what is on air…"}</p>
          )}
          <div class="cards">
            {live.map((snapshot) => (
              <BroadcastCard
                key={`${snapshot.id} ${snapshot.run}`}
                snapshot={snapshot}
                alone={live.length === 1}
              />
            ))}
          </div>
        </section>
        {ended.length > 0 && (
          <details class="ended" id="ended">
            <summary>{counted(ended.length, "ended broadcast")}, kept for a day</summary>
            <Ended snapshots={ended} />
          </details>
        )}
      </main>
      <TokenDialog />
    </>
  )
}
