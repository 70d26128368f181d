/**
 * The sweep: finds what carries our installation's mark but whose run is over or unknown, and undoes it. It never touches
 * what is unmarked, and nothing before the registry has answered.
 */
import { type Duration, Effect, Layer, Schedule } from "effect"
import { BroadcastRegistry } from "./BroadcastRegistry.ts"
import { Forwarders } from "./Forwarders.ts"
import { Installation } from "./Installation.ts"
import { runKey } from "./Lease.ts"
import type { Mark } from "./Mark.ts"
import { ownerOf } from "./Mark.ts"
import { Mountpoints } from "./Mountpoints.ts"
import { Rooms } from "./Rooms.ts"

/** What one sweep undid, and what it had to leave. */
export interface Swept {
  readonly undone: ReadonlyArray<string>
  readonly left: ReadonlyArray<string>
}

/**
 * A registry that lost its data knows of nobody, until the owners have declared what they have again. Therefore an orphan
 * is looked at twice, with more than a renewal in between.
 */
const secondLook = "10 seconds"

/** Sweeps once. With a wait, it undoes only what is an orphan still after it. */
export const sweep = Effect.fn("Sweep.sweep")(function*(wait?: Duration.Input) {
  const { instance } = yield* Installation
  const registry = yield* BroadcastRegistry
  const mountpoints = yield* Mountpoints
  const rooms = yield* Rooms
  const forwarders = yield* Forwarders
  const marked = {
    mountpoints: yield* mountpoints.marked(instance),
    rooms: yield* rooms.marked(instance)
  }
  const isAmong = (alive: ReadonlySet<string>) => ({ mark }: { readonly mark: Mark }) =>
    alive.has(runKey(mark.broadcast, mark.run))
  const all = [...marked.mountpoints, ...marked.rooms]
  const first = yield* registry.alive(all.map(({ mark }) => mark))
  const seemLost = all.filter((one) => !isAmong(first)(one))
  if (wait !== undefined && seemLost.length > 0) yield* Effect.sleep(wait)
  const second = wait === undefined ? first : yield* registry.alive(seemLost.map(({ mark }) => mark))
  const isOrphan = (one: { readonly mark: Mark }) => !isAmong(first)(one) && !isAmong(second)(one)
  const outcome = (name: string) => (undo: Effect.Effect<void, { readonly message: string }>) =>
    Effect.match(undo, {
      onSuccess: () => ({ name, reason: null }),
      onFailure: (error) => ({ name, reason: error.message })
    })
  const some = yield* Effect.forEach(marked.mountpoints.filter(isOrphan), ({ id, mark }) =>
    Effect.gen(function*() {
      const targets = yield* mountpoints.targets(id, ownerOf(mark))
      if (targets.length > 0) yield* forwarders.stopEverywhere(targets)
      yield* mountpoints.destroy(id, ownerOf(mark))
    }).pipe(outcome(`mountpoint ${id}`)))
  const others = yield* Effect.forEach(
    marked.rooms.filter(isOrphan),
    ({ id, mark }) => outcome(`room ${id}`)(rooms.destroy(id, ownerOf(mark)))
  )
  const outcomes = [...some, ...others]
  const swept: Swept = {
    undone: outcomes.filter((one) => one.reason === null).map((one) => one.name),
    left: outcomes.filter((one) => one.reason !== null).map((one) => `${one.name}: ${one.reason}`)
  }
  if (swept.undone.length > 0) yield* Effect.logInfo(`swept ${swept.undone.join(", ")}`)
  if (swept.left.length > 0) yield* Effect.logInfo(`not swept: ${swept.left.join("; ")}`)
  return swept
})

/** Sweeps at the start and every minute; once a second until the first has worked. */
export const layer: Layer.Layer<never, never, BroadcastRegistry | Mountpoints | Rooms | Forwarders> = Layer
  .effectDiscard(
    Effect.gen(function*() {
      const mountpoints = yield* Mountpoints
      let isTold = false
      // said once, and tried again all the same
      const tell = (error: { readonly message: string }) => {
        if (isTold) return Effect.void
        isTold = true
        return Effect.logWarning(`the sweep cannot work: ${error.message}`)
      }
      const first = sweep(secondLook).pipe(Effect.tapError(tell), Effect.retry(Schedule.spaced("1 second")))
      yield* Effect.andThen(mountpoints.available, first).pipe(
        Effect.andThen(Effect.repeat(Effect.ignore(Effect.delay(sweep(secondLook), "1 minute")), Schedule.forever)),
        Effect.forkScoped
      )
    })
  )
