/**
 * Follows a broadcast until it has ended: what happens as lines, how it is as one line that is written over. Where the
 * facts come from, the app or this process, it does not know.
 */
import type { BroadcastEvent } from "@headend/core/BroadcastEvent"
import { isEnded } from "@headend/core/Health"
import type { Snapshot } from "@headend/core/Snapshot"
import { Clock, Effect, Stream } from "effect"
import { codes, CommandFailed } from "./ExitCode.ts"
import { live, liveEnd, print, printJson, say } from "./Output.ts"
import * as Report from "./Report.ts"

export interface Facts<E, R> {
  readonly id: string
  readonly run: number
  readonly snapshot: Effect.Effect<Snapshot, E, R>
  /** The events of all or of this broadcast, from before the run began or from now on. */
  readonly events: Stream.Stream<BroadcastEvent, E, R>
  readonly json: boolean
}

/** The one line. An end that no event told of (it came before they were listened to) is seen here, a little later. */
const watch = Effect.fnUntraced(function*<E, R>({ run, snapshot }: Facts<E, R>) {
  for (let ended = 0; ended < 3;) {
    const now = yield* snapshot
    if (now.run !== run || isEnded(now.state)) ended++
    else yield* live(Report.line(now, yield* Clock.currentTimeMillis))
    yield* Effect.sleep("1 second")
  }
})

const isEnd = (event: BroadcastEvent) => event._tag === "BroadcastStateChanged" && isEnded(event.to)

/** Ends with the run: as it was asked to, or with exit code 1. */
export const follow = Effect.fnUntraced(function*<E, R>(facts: Facts<E, R>) {
  const { id, json, run } = facts
  const told = facts.events.pipe(
    Stream.filter((event) => event.broadcast === id && event.run === run),
    Stream.tap((event) => (json ? printJson(event) : say(Report.event(event)))),
    Stream.takeUntil(isEnd),
    Stream.runDrain
  )
  const first = yield* facts.snapshot
  if (first.run === run && !isEnded(first.state)) yield* Effect.raceFirst(told, watch(facts))
  yield* liveEnd
  const ended = yield* facts.snapshot
  if (json) yield* printJson(ended)
  else yield* print(Report.end(ended))
  if (ended.state === "failed") {
    return yield* new CommandFailed({ code: codes.failed, message: "", problem: ended.endReason })
  }
})
