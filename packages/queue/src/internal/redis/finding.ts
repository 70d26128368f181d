/**
 * What anybody may ask the registry: broadcasts one by one and page by page, their logs, the fleet.
 */
import type { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import { type Entry, type Page, type Query, runKey, type WorkerState } from "@headend/core/Lease"
import { BroadcastNotFound, type RegistryUnavailable } from "@headend/core/RegistryFailure"
import type { RelayRun } from "@headend/core/Relays"
import type { Snapshot } from "@headend/core/Snapshot"
import { Array as Arr, Effect } from "effect"
import type { Sealing } from "../sealing.ts"
import { chunk, type Run } from "./registryScripts.ts"
import { type Reply, Stored } from "./stored.ts"

/** A worker that has said nothing for so long is none of the fleet, in milliseconds. */
const seenFor = 30_000

export interface Options {
  readonly run: Run
  readonly sealing: Sealing
}

export const make = ({ run, sealing }: Options) => {
  const entry = (id: string, number?: number): Effect.Effect<Entry, BroadcastNotFound | RegistryUnavailable> =>
    Effect.flatMap(run<Reply | null>("entry", id, number ?? ""), (reply) => {
      if (reply === null) return Effect.fail(new BroadcastNotFound({ id }))
      const stored = new Stored(reply)
      const { snapshot } = stored
      return Effect.succeed({
        snapshot,
        keyId: stored.text("keyId") ?? "",
        spec: sealing.open(stored.text("spec") ?? "")
      })
    })

  const list = Effect.fnUntraced(function*(query: Query) {
    const limit = Math.min(Math.max(query.limit ?? 100, 1), chunk)
    const [label, value] = query.label ?? ["", ""]
    const items: Array<Snapshot> = []
    let from: string = query.cursor ?? ""
    do {
      const left = limit - items.length
      const [last, ...found] = yield* run<readonly [string, ...Array<Reply>]>(
        "page",
        from,
        left,
        query.state ?? "",
        query.source ?? "",
        label,
        value
      )
      items.push(...found.map((reply) => new Stored(reply).snapshot))
      from = last
    } while (from !== "" && items.length <= limit)
    return { items: items.slice(0, limit), next: items.length > limit ? items[limit - 1]!.id : null } satisfies Page
  })

  const alive: BroadcastRegistry["Service"]["alive"] = Effect.fnUntraced(function*(runs) {
    const names = new Set<string>()
    for (const some of Arr.chunksOf(runs, chunk)) {
      const answers = yield* run<ReadonlyArray<number>>("alive", ...some.flatMap((one) => [one.broadcast, one.run]))
      some.forEach(({ broadcast, run }, i) => answers[i] === 1 && names.add(runKey(broadcast, run)))
    }
    return names
  })

  const fleet: BroadcastRegistry["Service"]["fleet"] = Effect.map(
    run<readonly [number, string, number | null, ...Array<readonly [string, string, number]>]>("fleet", seenFor),
    ([unplaced, cost, oldest, ...workers]) => ({
      workers: workers.map(([said, seenAt, broadcasts]) => ({
        ...JSON.parse(said) as WorkerState,
        seenAt: Number(seenAt),
        broadcasts
      })),
      unplaced,
      unplacedCost: Number(cost),
      oldestUnplacedMs: oldest
    })
  )

  const logs = (id: string) =>
    Effect.map(
      run<string | null>("logs", id),
      (text) => text === null ? [] : JSON.parse(text) as ReadonlyArray<RelayRun>
    )

  return { get: (id: string) => entry(id), getRun: entry, list, logs, alive, fleet }
}
