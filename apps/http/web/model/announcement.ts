// What has changed between two looks, in a sentence for those who do not see the page.
import type { Snapshot } from "@headend/core/Snapshot"
import type { Broadcasts } from "./broadcasts.ts"
import { counted } from "./format.ts"
import { isPassing, tone, trouble } from "./hops.ts"

/** More than these are counted, not named. */
const named = 3

const sentence = (snapshot: Snapshot): string => {
  const { description, id, state } = snapshot
  const what = tone(state) === "bad" ? trouble(snapshot)?.what : undefined
  return `${description ?? id}: ${state}${what === undefined ? "" : `, ${what}`}.`
}

/** As they were told last where trouble may pass in a moment. */
export const settled = (before: Broadcasts, after: Broadcasts, now: number): Broadcasts =>
  new Map([...after].flatMap(([id, snapshot]) => {
    const known = isPassing(snapshot, now) ? before.get(id) : snapshot
    return known === undefined ? [] : [[id, known] as const]
  }))

/** Empty where nothing has changed that is worth a word: on its way to a state is none. */
export const announcement = (before: Broadcasts, after: Broadcasts): string => {
  const changed = [...after.values()].filter(({ id, run, state }) => {
    const known = before.get(id)
    return tone(state) !== "calm" && (known?.state !== state || known.run !== run)
  })
  return changed.length > named
    ? `${counted(changed.length, "broadcast")} changed, ${
      changed.filter(({ state }) => tone(state) === "bad").length
    } of them failing.`
    : changed.map(sentence).join(" ")
}
