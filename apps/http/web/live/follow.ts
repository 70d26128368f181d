// Keeps what the page shows true: the stream of events, resumed where it broke; a snapshot read again after its events;
// and, more often while there is no stream, everything read again. A stream of a server that does not answer other calls is
// dead, whatever it looks like: it is left, and opened anew once there is an answer.
import type { Sent } from "@headend/api/Events"
import type { Snapshot } from "@headend/core/Snapshot"
import { Effect, Latch, Stream } from "effect"
import { all, isEnded, without, withSnapshot } from "../model/broadcasts.ts"
import { withFleet } from "../model/fleet.ts"
import { type Following, interrupted, received } from "../model/following.ts"
import { progressOf, withProgress } from "../model/progress.ts"
import { withSamples } from "../model/trends.ts"
import { answered, Api, guarded } from "./api.ts"
import { change, current } from "./Page.ts"
import { ask, serverNow } from "./time.ts"
import { until } from "./until.ts"

/** Ids whose snapshots are to be read again. */
const stale = new Set<string>()
const someStale = Latch.makeUnsafe(false)

const markStale = (id: string): void => {
  stale.add(id)
  someStale.openUnsafe()
}

const allowed = until(() => current().access === "open")
const reachable = until(() => current().access === "open" && current().silentSince === undefined)
const unreachable = until(() => current().access !== "open" || current().silentSince !== undefined)

/** Given up when the access is lost meanwhile: an answer that comes after a sign-out is for nobody. */
const whileAllowed = <A, E, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.raceFirst(effect, until(() => current().access !== "open"))

const seen = Effect.callback<void>((resume) => {
  if (document.visibilityState === "visible") return resume(Effect.void)
  const look = () => {
    if (document.visibilityState === "visible") resume(Effect.void)
  }
  document.addEventListener("visibilitychange", look)
  return Effect.sync(() => document.removeEventListener("visibilitychange", look))
})

const readAll = answered(guarded(Effect.gen(function*() {
  const api = yield* Api
  const items: Array<Snapshot> = []
  let cursor: string | undefined
  do {
    const page = yield* api.broadcasts.list({ query: { limit: 500, ...(cursor === undefined ? {} : { cursor }) } })
    items.push(...page.items)
    cursor = page.next ?? undefined
  } while (cursor !== undefined)
  change((page) => ({ broadcasts: all(items, page.broadcasts), progress: progressOf(items) }))
})))

const readOne = (id: string) =>
  Effect.flatMap(Api, (api) => answered(guarded(api.broadcasts.get({ params: { id } })))).pipe(
    Effect.tap((snapshot) =>
      Effect.sync(() =>
        change(({ broadcasts, progress }) => ({
          broadcasts: withSnapshot(broadcasts, snapshot),
          progress: withProgress(progress, snapshot)
        }))
      )
    ),
    Effect.catchTag(
      "NotFound",
      () => Effect.sync(() => change((page) => ({ broadcasts: without(page.broadcasts, id) })))
    )
  )

/** A few are read one by one, many together. */
const FEW = 16

const rereading = Effect.gen(function*() {
  yield* someStale.await
  yield* Effect.sleep("200 millis")
  const ids = [...stale]
  stale.clear()
  someStale.closeUnsafe()
  yield* ids.length > FEW ? readAll : Effect.forEach(ids, readOne, { concurrency: 4, discard: true })
}).pipe(whileAllowed, Effect.ignore, Effect.andThen(allowed), Effect.forever)

/** What came at nearly the same time is shown at once: with hundreds of broadcasts something changes all the time. */
const take = (some: ReadonlyArray<Sent>): void =>
  change((page) =>
    some.reduce<Following>((before, sent) => {
      const { after, stale } = received(before, sent)
      if (stale !== undefined) markStale(stale)
      return after
    }, page)
  )

const listening = Effect.gen(function*() {
  const api = yield* Api
  const { position } = current()
  const stream = yield* guarded(api.events.all({
    headers: position === undefined ? {} : { "last-event-id": position },
    query: { reset: "true", figures: "true" }
  }))
  change(() => ({ link: "live" }))
  yield* Stream.runForEach(Stream.groupedWithin(stream, 500, "50 millis"), (some) => Effect.sync(() => take(some)))
}).pipe(
  Effect.ignore,
  Effect.raceFirst(unreachable),
  Effect.andThen(Effect.sync(() => change((page) => ({ ...interrupted(page), link: "lost" })))),
  Effect.andThen(Effect.sleep("1 second")),
  Effect.andThen(reachable),
  Effect.forever
)

/** More than these are not all read every ten seconds, but every minute. */
const MANY = 100

/** What changes without an event is what shows how a hop is, and what happens next: of interest where it is not simply on air. */
const refresh = (round: number) =>
  Effect.suspend(() => {
    const { broadcasts, link } = current()
    if (link !== "live" || broadcasts.size <= MANY || round % 6 === 0) return readAll
    const unsettled = [...broadcasts.values()].filter((one) => !isEnded(one) && one.state !== "running")
    return Effect.forEach(unsettled.slice(0, FEW), ({ id }) => readOne(id), { concurrency: 4, discard: true })
  })

const refreshing = Effect.gen(function*() {
  for (let round = 1;; round++) {
    yield* Effect.sleep(current().link === "live" ? "10 seconds" : "3 seconds")
    yield* seen
    yield* allowed
    yield* Effect.ignore(whileAllowed(refresh(round)))
  }
})

/** The same value as before where nothing has changed, so that nothing is drawn again. */
const same = <A>(before: A | undefined, now: A): A =>
  before !== undefined && JSON.stringify(before) === JSON.stringify(now) ? before : now

/** So many of the dead letters are shown. */
const shown = 20

/** How many jobs wait; the dead letters only where there are some. */
export const lookAtJobs = Effect.gen(function*() {
  const api = yield* Api
  const queue = yield* guarded(api.jobs.queue())
  const { items } = queue.dead === 0
    ? { items: [] }
    : yield* guarded(api.jobs.dead({ query: { limit: shown } }))
  change((page) => ({ queue: same(page.queue, queue), letters: same(page.letters, items) }))
})

/** What is shown is at least as old as this, in milliseconds since 1970. */
let lastHeard = serverNow()

const alive = Effect.sync(() => {
  lastHeard = serverNow()
  change(() => ({ silentSince: undefined }))
})
const silent = Effect.sync(() =>
  change(({ silentSince }) => ({ silentSince: silentSince ?? new Date(lastHeard).toISOString() }))
)

/** A sign of life, or silence: one that takes longer than this is none. */
const hearing = ask.pipe(Effect.timeout("5 seconds"), Effect.tapError(() => silent), Effect.andThen(alive))

const checking = Effect.gen(function*() {
  const api = yield* Api
  yield* hearing
  if (current().caller === undefined) {
    const caller = yield* answered(guarded(api.session.show()))
    change(() => ({ caller }))
  }
  const health = yield* answered(guarded(api.health.health()))
  change((page) => ({ health: same(page.health, health) }))
  const fleet = yield* answered(guarded(api.workers.fleet()))
  const fleetAt = Date.now()
  change((page) => ({ fleet: same(page.fleet, fleet), fleetAt, heard: withFleet(page.heard, fleet, fleetAt) }))
  yield* answered(lookAtJobs)
}).pipe(
  whileAllowed,
  Effect.ignore,
  Effect.andThen(
    Effect.suspend(() => {
      const { health, silentSince } = current()
      return Effect.sleep(silentSince !== undefined || health === undefined ? "1 second" : "5 seconds")
    })
  ),
  Effect.andThen(seen),
  Effect.andThen(allowed),
  Effect.forever
)

/** One sample a second of what is known by then. */
const sampling = Effect.sync(() => {
  change(({ broadcasts, progress, trends }) => {
    const after = withSamples(trends, broadcasts, progress, Date.now())
    return after.size === 0 && trends.size === 0 ? {} : { trends: after }
  })
}).pipe(Effect.andThen(Effect.sleep("1 second")), Effect.andThen(seen), Effect.forever)

/** Runs as long as the page is open. */
export const follow = Effect.all([listening, rereading, refreshing, checking, sampling], {
  concurrency: "unbounded",
  discard: true
})
