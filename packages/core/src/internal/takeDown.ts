/**
 * Takes a broadcast down: works off its ledger until it is empty, and releases it. It may be interrupted at any time; the
 * next owner goes on where the ledger ends.
 */
import { Effect } from "effect"
import type { EventBody } from "../BroadcastEvent.ts"
import type { BroadcastRegistry } from "../BroadcastRegistry.ts"
import type { EndReason } from "../EndReason.ts"
import * as Holding from "../Holding.ts"
import type { Mountpoints } from "../Mountpoints.ts"
import { type Left, noFacts } from "../Snapshot.ts"
import type { Owned } from "./owned.ts"

export const takeDown = Effect.fnUntraced(function*(
  o: Owned,
  reason: EndReason,
  services: {
    readonly registry: BroadcastRegistry["Service"]
    readonly mountpoints: Mountpoints["Service"]
    /** How each kind on the ledger is undone for this one. */
    readonly holds: (o: Owned) => ReadonlyArray<Holding.Holding.Any<never>>
  }
) {
  o.doing = "takeDown"
  o.feed = undefined
  if (o.claim.ending === null && o.ending === null) {
    if (!(yield* o.say({ state: "stopping", ending: reason, cause: reason.code }))) return
  }
  o.ending ??= reason
  const facts = o.facts ?? noFacts
  const holds = services.holds(o)
  let waits = ""
  while (o.held.length > 0) {
    if (!(yield* o.confirmed())) return
    const undone = yield* Holding.undoInOrder(holds, o.held)
    const events = undone.map(told).filter((event) => event !== undefined)
    const left = undone.flatMap(({ line, outcome }): ReadonlyArray<Left> =>
      outcome !== "released" && outcome._tag === "LeftBehind" ? [{ kind: line.kind, id: line.key }] : []
    )
    const over = undone.filter(({ outcome }) => outcome === "released" || outcome._tag === "LeftBehind")
    o.held = o.held.filter((line) => !over.some((one) => one.line === line))
    o.leftBehind = [...o.leftBehind, ...left]
    const before = waits
    waits = undone.flatMap(waitsFor).join("; ")
    const note = waits === before ? {} : { facts: { ...facts, note: waits === "" ? facts.note : waits } }
    if (!(yield* o.say({ held: o.held, leftBehind: o.leftBehind, events, ...note }))) return
    if (o.held.length === 0) break
    yield* services.mountpoints.available
    yield* Effect.sleep("1 second")
  }
  yield* release(o, services.registry)
})

/** Why it goes on: a server that is away keeps what is to be undone. */
const waitsFor = ({ line, outcome }: Holding.Undone): ReadonlyArray<string> =>
  outcome === "released" || outcome._tag === "LeftBehind"
    ? []
    : [`${line.kind} ${line.key} is undone when its server answers: ${outcome.message}`]

/** Until the registry hears it, and what was not said before; or says that it is not ours. */
const release = (o: Owned, registry: BroadcastRegistry["Service"]): Effect.Effect<void> =>
  Effect.suspend(() => {
    const again = Effect.andThen(Effect.sleep("1 second"), Effect.suspend(() => release(o, registry)))
    if (o.unsaid !== undefined) {
      return Effect.flatMap(o.sayAgain(), (ours) => {
        if (!ours) return Effect.void
        return o.unsaid === undefined ? release(o, registry) : again
      })
    }
    return registry.release(o.claim, { ended: o.ending!, leftBehind: o.leftBehind }).pipe(
      Effect.catchTags({ Fenced: () => Effect.void, RegistryUnavailable: () => again })
    )
  })

const told = ({ line, outcome }: Holding.Undone): EventBody | undefined => {
  const resource = { kind: line.kind, id: line.key }
  if (outcome === "released") return { _tag: "ResourceReleased", ...resource }
  return outcome._tag === "LeftBehind"
    ? { _tag: "ResourceLeftBehind", ...resource, reason: outcome.reason }
    : undefined
}
