/**
 * `headend watch`: the events of the app as they happen, over its restarts. Where the app is gone it is asked again, from
 * the position of the last event, so that nothing is told twice or missed as far as its log reaches.
 */
import type { BroadcastEvent } from "@headend/core/BroadcastEvent"
import { isEnded, type State, State as StateSchema } from "@headend/core/Health"
import type { Snapshot } from "@headend/core/Snapshot"
import { Clock, Effect, Option, Schedule, Stream } from "effect"
import { Argument, Command } from "effect/cli"
import { codes, CommandFailed } from "./ExitCode.ts"
import { follow } from "./Follow.ts"
import { counted, live, liveEnd, print, printJson, say } from "./Output.ts"
import * as Remote from "./Remote.ts"
import * as Report from "./Report.ts"
import { asking, id, root } from "./Root.ts"

/** What the app tells: an event, or a part of all that is, instead of what it has no events of. */
type Told = BroadcastEvent | { readonly items: ReadonlyArray<Snapshot> }

const patience = Schedule.spaced("1 second").pipe(
  Schedule.setInputType<CommandFailed>(),
  Schedule.while(({ input }) => input.code === codes.unreachable)
)

/** From now on; `reset` begins with all that is. That the app cannot be reached at all is a failure, once it was not. */
const events = (options: { readonly id?: string; readonly reset?: boolean }) =>
  Stream.unwrap(Effect.map(Remote.Remote, ({ url }) => {
    let position: string | undefined
    let isLost = false
    let wasThere = false
    // the words of the HTTP client say nothing that helps
    const ended = new CommandFailed({ code: codes.unreachable, message: `${url} was lost` })

    const opened = Effect.suspend(() => {
      const request = {
        headers: position === undefined ? {} : { "last-event-id": position },
        query: options.reset === true && position === undefined ? { reset: "true" as const } : {}
      }
      return Remote.call(({ events }) =>
        options.id === undefined ? events.all(request) : events.of({ ...request, params: { id: options.id } })
      )
    }).pipe(Effect.tap(() =>
      Effect.suspend(() => {
        wasThere = true
        if (!isLost) return Effect.void
        isLost = false
        return say(`${url} answers again`)
      })
    ))

    return Stream.unwrap(opened).pipe(
      Stream.mapError((error) => (error instanceof CommandFailed ? error : ended)),
      Stream.concat(Stream.fail(ended)),
      Stream.tap((sent) =>
        Effect.sync(() => {
          if ("id" in sent) position = sent.id
        })
      ),
      Stream.flatMap(({ data }): Stream.Stream<Told> =>
        "_tag" in data || "more" in data ? Stream.succeed(data) : Stream.empty
      ),
      Stream.tapError((error) => {
        if (!wasThere || isLost || error.code !== codes.unreachable) return Effect.void
        isLost = true
        return say(`${error.message}; asks again until it answers`)
      }),
      Stream.retry(Schedule.while(patience, () => wasThere))
    )
  }))

const get = (id: string) => Remote.call(({ broadcasts }) => broadcasts.get({ params: { id } }))

const one = Effect.fnUntraced(function*(id: string, json: boolean) {
  const first = yield* get(id)
  const { run } = first
  // how it is, before anything happens
  if (!json) yield* say(Report.line(first, yield* Clock.currentTimeMillis))
  return yield* follow({
    id,
    run,
    snapshot: Effect.retry(get(id), patience),
    events: Stream.flatMap(events({ id }), (told) => ("_tag" in told ? Stream.succeed(told) : Stream.empty)),
    json
  })
})

/** How many are in which state, as the events have it. */
class Census {
  private readonly states = new Map<string, State>()
  private isKnown = false

  see(told: Told): void {
    this.isKnown = true
    if (!("_tag" in told)) { for (const { id, state } of told.items) this.put(id, state) }
    else if (told._tag === "BroadcastStateChanged") this.put(told.broadcast, told.to)
  }

  private put(id: string, state: State): void {
    if (isEnded(state)) this.states.delete(id)
    else this.states.set(id, state)
  }

  /** Empty before anything was told. */
  get line(): string {
    if (!this.isKnown) return ""
    const counts = new Map<State, number>()
    for (const state of this.states.values()) counts.set(state, (counts.get(state) ?? 0) + 1)
    const parts = StateSchema.literals.flatMap((state) => {
      const count = counts.get(state)
      return count === undefined ? [] : [`${count} ${state}`]
    })
    return `${counted(this.states.size, "broadcast")}${parts.length === 0 ? "" : `: ${parts.join(", ")}`}`
  }
}

const all = Effect.fnUntraced(function*(json: boolean) {
  const census = new Census()
  const told = events({ reset: true }).pipe(
    Stream.tap((told) => Effect.sync(() => census.see(told))),
    Stream.runForEach((told) => {
      if (!("_tag" in told)) return Effect.void
      return json ? printJson(told) : print(Report.event(told))
    })
  )
  const line = Effect.repeat(Effect.suspend(() => live(census.line)), Schedule.spaced("1 second"))
  yield* Effect.ensuring(Effect.raceFirst(told, line), liveEnd)
})

export const watch = Command.make("watch", { id: Argument.optional(id) }, ({ id }) =>
  asking(Effect.gen(function*() {
    const { json } = yield* root
    return yield* Option.isNone(id) ? all(json) : one(id.value, json)
  }))).pipe(
    Command.withDescription("Follow one broadcast until it ends, or all of them until Ctrl-C")
  )
