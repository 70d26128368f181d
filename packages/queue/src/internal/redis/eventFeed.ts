/**
 * The event log as streams: one reader for all followers of this process. A follower listens first, then reads the past,
 * then drops what both have. When the log is another one than before, as after a loss of data, followers are told so.
 */
import { type BroadcastEvent, type EventId, logStart } from "@headend/core/BroadcastEvent"
import { PositionTooOld, type RegistryUnavailable } from "@headend/core/RegistryFailure"
import { iso } from "@headend/core/RunRecord"
import { type Array as Arr, Effect, Option, PubSub, Stream } from "effect"
import type { Redis } from "ioredis"

/** Events of one read, or word that the log does not go on from where it was. */
type Told = Arr.NonEmptyReadonlyArray<BroadcastEvent> | PositionTooOld

type Entry = readonly [id: string, fields: ReadonlyArray<string>]

const atOnce = 500

const parts = (position: EventId): readonly [number, number] | undefined => {
  const [, millis, count] = /^(\d{1,15})-(\d{1,15})$/.exec(position) ?? []
  return millis === undefined ? undefined : [Number(millis), Number(count)]
}

/** Whether a position comes after another; what is none comes before everything. */
const isAfter = (a: EventId, b: EventId): boolean => {
  const [x, y] = [parts(a) ?? [-1, 0], parts(b) ?? [-1, 0]]
  return x[0] > y[0] || (x[0] === y[0] && x[1] > y[1])
}

/** What is of no run has nothing there. */
const count = (text: string | undefined) => text === undefined || text === "" ? null : Number(text)

const read = ([id, fields]: Entry): BroadcastEvent => {
  const values = new Map<string, string>()
  for (let i = 0; i < fields.length; i += 2) values.set(fields[i]!, fields[i + 1]!)
  return {
    ...JSON.parse(values.get("d") ?? "{}"),
    position: id,
    time: iso(parts(id)?.[0] ?? 0),
    broadcast: values.get("b") || null,
    run: count(values.get("r")),
    epoch: count(values.get("p"))
  } as BroadcastEvent // the scripts and `report` write nothing else
}

export const make = Effect.fnUntraced(function*(options: {
  readonly key: string
  /** The connection that blocks. */
  readonly reader: Redis
  /** Where the log begins and ends. */
  readonly bounds: Effect.Effect<readonly [first: EventId, last: EventId], RegistryUnavailable>
  readonly call: <A>(use: () => Promise<A>) => Effect.Effect<A, RegistryUnavailable>
  readonly commands: Redis
}) {
  const { bounds, call, commands, key, reader } = options
  const hub = yield* PubSub.unbounded<Told>()
  let cursor = (yield* bounds)[1]

  const more = Effect.gen(function*() {
    // takes a while at most, and then says that there is nothing
    const found = yield* call(() => reader.xread("COUNT", atOnce, "BLOCK", 1_000, "STREAMS", key, cursor))
    const [first, last] = yield* bounds
    if (isAfter(first, cursor) || isAfter(cursor, last)) {
      yield* PubSub.publish(hub, new PositionTooOld({ position: cursor }))
      cursor = last
      return
    }
    const events = (found?.[0]?.[1] ?? []).map(read)
    if (events.length === 0) return
    cursor = events.at(-1)!.position
    yield* PubSub.publish(hub, events as Arr.NonEmptyArray<BroadcastEvent>)
  })
  yield* Effect.forkScoped(Effect.forever(Effect.catch(more, () => Effect.sleep("250 millis"))))

  const past = (after: EventId, until: EventId) =>
    Stream.paginate(
      after,
      (from) =>
        Effect.map(call(() => commands.xrange(key, `(${from}`, until, "COUNT", atOnce)), (entries) => {
          const events = entries.map(read)
          return [events, events.length < atOnce ? Option.none() : Option.some(events.at(-1)!.position)] as const
        })
    )

  const follow = (after: EventId | undefined): Stream.Stream<BroadcastEvent, PositionTooOld | RegistryUnavailable> =>
    Stream.unwrap(Effect.gen(function*() {
      const subscription = yield* PubSub.subscribe(hub)
      const [first, last] = yield* bounds
      const asked = after === logStart ? "0-0" : after ?? last
      const isKept = parts(asked) !== undefined && !isAfter(first, asked) && !isAfter(asked, last)
      if (!isKept && after !== logStart) return Stream.fail(new PositionTooOld({ position: asked }))
      const live = Stream.fromSubscription(subscription).pipe(
        Stream.mapEffect((told) => told instanceof PositionTooOld ? Effect.fail(told) : Effect.succeed(told)),
        Stream.flattenArray,
        Stream.filter((event) => isAfter(event.position, last))
      )
      return asked === last ? live : Stream.concat(past(asked, last), live)
    }))

  return { follow, position: Effect.map(bounds, ([, last]) => last) }
})
