/**
 * Relays in memory: each feeds its tracks as soon as it is acquired, until a test ends or freezes it.
 */
import type { BroadcastId } from "@headend/core/BroadcastSpec"
import type { RelayFailure } from "@headend/core/RelayFailure"
import { type RelayRequest, type RelayRun, Relays, type RelayStatus, type RunningRelay } from "@headend/core/Relays"
import { Clock, Deferred, Effect, type Scope } from "effect"
import type { Fakes } from "./internal/call.ts"

/** A relay that runs, and what a test may do to it. */
export interface FakeRelay {
  readonly request: RelayRequest
  readonly pid: number
  readonly now: () => RelayStatus
  /** It ends by itself with this failure. */
  readonly end: (failure: RelayFailure) => Effect.Effect<void>
  /** It lives on and sends nothing more on these tracks; all of them unless given. */
  readonly freeze: (mids?: ReadonlyArray<string>) => Effect.Effect<void>
  /** Its source has no picture any more, or has it again; its sound goes on. */
  readonly darken: (isDark: boolean) => Effect.Effect<void>
  /** It tells these figures. */
  readonly progress: (figures: Readonly<Record<string, number>>) => Effect.Effect<void>
}

export const make = (fakes: Fakes) => {
  const { faults, journal, media } = fakes
  const running = new Set<FakeRelay>()
  const runs = new Map<BroadcastId, ReadonlyArray<RelayRun>>()
  const refusals = new Map<string, string>()
  let nextPid = 4_000
  let bringsKept = false

  const write = (call: string, id: string, outcome = "ok") => Effect.sync(() => journal.write({ call, id, outcome }))

  const start = Effect.fnUntraced(function*(
    request: RelayRequest
  ): Effect.fn.Return<RunningRelay, RelayFailure, Scope.Scope> {
    const ended = yield* Deferred.make<never, RelayFailure>()
    const pid = nextPid++
    const mids = request.tracks.filter(({ type }) => type !== "data").map(({ mid }) => mid)
    let status: RelayStatus = { pid, fed: mids, progress: null, warnings: [], codecs: ["h264", "aac"] }
    if (bringsKept) status = { ...status, isLive: false }
    const sent = new Set<string>()
    const feed = (isFed: boolean, which: ReadonlyArray<string> = mids) =>
      Effect.map(Clock.currentTimeMillis, (now) => {
        const tracks = request.tracks.filter(({ mid }) => which.includes(mid) && sent.has(mid) !== isFed)
        for (const { mid } of tracks) {
          if (isFed) sent.add(mid)
          else sent.delete(mid)
        }
        media.relay(request.broadcast, tracks, isFed, now)
      })
    const relay: FakeRelay = {
      request,
      pid,
      now: () => status,
      end: (failure) => Effect.andThen(feed(false), Deferred.fail(ended, failure)),
      freeze: (which) => feed(false, which),
      darken: (isDark) =>
        Effect.andThen(
          feed(!isDark, request.tracks.filter(({ type }) => type === "video").map(({ mid }) => mid)),
          Effect.sync(() => void (status = { ...status, isDark }))
        ),
      progress: (figures) =>
        Effect.sync(() => {
          status = { ...status, progress: figures }
        })
    }
    yield* Effect.acquireRelease(
      Effect.andThen(feed(true), Effect.sync(() => void running.add(relay))),
      () =>
        feed(false).pipe(
          Effect.andThen(Effect.sync(() => void running.delete(relay))),
          Effect.andThen(write("relays.release", request.broadcast))
        )
    )
    const before = runs.get(request.broadcast) ?? []
    const startedAt = new Date(yield* Clock.currentTimeMillis).toISOString()
    runs.set(request.broadcast, [...before, { startedAt, endedAt: null, exit: null, lines: [`pid ${pid}`] }].slice(-3))
    yield* write("relays.acquire", request.broadcast)
    return { now: () => status, lost: Deferred.await(ended) }
  })

  const relays = Relays.of({
    acquire: (request) =>
      Effect.tapError(
        faults.apply("relays.acquire", start(request)),
        (error) => write("relays.acquire", request.broadcast, error._tag)
      ),
    check: (input) =>
      Effect.sync(() => {
        const reason = refusals.get(input.type)
        return reason === undefined ? [] : [{ about: "address" as const, reason }]
      }),
    plan: ({ broadcast, input }) =>
      Effect.succeed({
        steps: [{
          hop: "relay" as const,
          does: `relay ${input.type} for ${broadcast}`,
          command: ["relay", input.type]
        }],
        warnings: []
      }),
    running: Effect.sync(() =>
      [...running].map(({ now, request: { broadcast, options: { kind } } }) => ({
        broadcast,
        kind,
        restarts: (runs.get(broadcast) ?? []).length - 1,
        status: now()
      }))
    ),
    logs: (broadcast) => Effect.sync(() => runs.get(broadcast) ?? [])
  })
  return {
    relays,
    running: (): ReadonlyArray<FakeRelay> => [...running],
    /** Those that begin from now on bring what a server has kept of somebody, or what is live. */
    bring: (what: "kept" | "live"): Effect.Effect<void> => Effect.sync(() => void (bringsKept = what === "kept")),
    /** The operator denies inputs of this type, for this reason. */
    refuse: (type: RelayRequest["input"]["type"], reason: string): Effect.Effect<void> =>
      Effect.sync(() => void refusals.set(type, reason))
  }
}
