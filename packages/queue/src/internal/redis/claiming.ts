/**
 * What a worker asks the registry in each of its ticks: to have its leases renewed, and to be given more. What cannot run any
 * more, for want of a key or of room, is given out to be taken down.
 */
import type { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import * as EndReason from "@headend/core/EndReason"
import type { Claim, ClaimToTakeDown, Lease, Timings, Verdict, WorkerState } from "@headend/core/Lease"
import type { RegistryUnavailable } from "@headend/core/RegistryFailure"
import { Array as Arr, Duration, Effect, Option } from "effect"
import type { Sealing } from "../sealing.ts"
import { chunk, type Run } from "./registryScripts.ts"
import { type Reply, Stored } from "./stored.ts"

export interface Options {
  readonly run: Run
  readonly sealing: Sealing
  readonly timings: Timings
  readonly report: BroadcastRegistry["Service"]["report"]
}

const isNamed = (worker: string) => worker !== ""

export const make = ({ report, run, sealing, timings }: Options) => {
  const leaseTtl = Duration.toMillis(timings.leaseTtl)

  /** To take down only: nobody can run it. */
  const condemn = (claim: ClaimToTakeDown): Effect.Effect<Option.Option<Claim>, RegistryUnavailable> =>
    report(claim, { ending: claim.ending }).pipe(
      Effect.as(Option.some(claim)),
      Effect.catchTag("Fenced", () => Effect.succeedNone)
    )

  const claimed = Effect.fnUntraced(function*(reply: Reply, largest: number) {
    const stored = new Stored(reply)
    const { ending, mountpoint, startedAt } = stored.record
    const common = {
      id: stored.id,
      epoch: stored.epoch,
      worker: stored.owner?.worker ?? "",
      run: stored.run,
      cost: stored.number("cost") ?? 0,
      keyId: stored.text("keyId") ?? "",
      held: stored.held,
      state: stored.state,
      mountpoint,
      startedAt,
      declaredAt: stored.number("declaredAt") ?? 0,
      trace: stored.text("trace"),
      leftBehind: stored.record.leftBehind,
      previousOwner: Option.liftPredicate(stored.previous, isNamed),
      maySend: Option.liftPredicate(stored.maySend, isNamed)
    }
    const down = (ending: EndReason.EndReason): ClaimToTakeDown => ({ ...common, wanted: "stopped", ending })
    if (ending !== null) return Option.some<Claim>(down(ending))
    if (common.cost > largest) {
      return yield* condemn({ ...down(EndReason.noCapacity(common.cost, largest)), state: "stopping" })
    }
    return yield* sealing.open(stored.text("spec") ?? "").pipe(
      Effect.map((spec) => Option.some<Claim>({ ...common, wanted: "running", ending: null, spec })),
      Effect.catchTag(
        "SpecUnreadable",
        (error) => condemn({ ...down(EndReason.fromFailure(error)), state: "stopping" })
      )
    )
  })

  const claim = Effect.fnUntraced(function*(worker: WorkerState, max: number, largest = Infinity) {
    const replies = yield* run<ReadonlyArray<Reply>>(
      "claim",
      worker.id,
      JSON.stringify(worker),
      leaseTtl,
      Duration.toMillis(timings.stealMargin),
      Duration.toMillis(timings.scanEvery) * 3,
      max,
      worker.capacity - worker.used,
      largest === Infinity ? "1e300" : largest,
      worker.draining ? 1 : 0
    )
    return Arr.getSomes(yield* Effect.forEach(replies, (reply) => claimed(reply, largest)))
  })

  const renew = Effect.fnUntraced(function*(worker: string, leases: ReadonlyArray<Lease>) {
    const some = leases.length === 0 ? [[]] : Arr.chunksOf(leases, chunk)
    const answers = yield* Effect.forEach(
      some,
      (leases) =>
        run<ReadonlyArray<string>>("renew", worker, leaseTtl, ...leases.flatMap(({ epoch, id }) => [id, epoch]))
    )
    return answers.flatMap((answer) =>
      Arr.chunksOf(answer, 2).map(([id, verdict]): Verdict => ({ id: id!, verdict: verdict as Verdict["verdict"] }))
    )
  })

  return { claim, renew }
}
