/**
 * One consumer of the queue: reads as many as there are handlers free, and some more while handlers are quick; takes over
 * what died with others; gives back what it has when it ends.
 */
import { afterDefect, type Delivery, type Outcome, QueueUnavailable } from "@headend/core/Delivery"
import type * as Job from "@headend/core/Job"
import { Cause, Duration, Effect, Latch, type Scope } from "effect"
import type { Redis } from "ioredis"
import { setTimeout as delay } from "node:timers/promises"
import { Inbox } from "./inbox.ts"
import { type Entry, type Fields, type Item, itemOf } from "./item.ts"
import * as Settling from "./settling.ts"

export interface Options extends Settling.Options {
  readonly visibility: number
}

export interface Consuming<R> {
  readonly prefix: string
  readonly name: string
  /** The connection that blocks. */
  readonly reader: Redis
  readonly commands: Redis
  readonly run: Settling.Run
  readonly call: <A>(use: () => Promise<A>) => Effect.Effect<A, QueueUnavailable>
  readonly ensureGroup: Effect.Effect<void, QueueUnavailable>
  readonly open: Job.Enveloping["openBytes"]
  readonly options: Options
  readonly concurrency: number
  readonly handle: (delivery: Delivery) => Effect.Effect<Outcome, never, R>
}

/** So many are read ahead of the handlers at most, and only while all of them are done within this time. */
const aheadAtMost = 128
const aheadFor = 20
/** What was read ahead and waits so long is given back, for somebody who has time. */
const patience = 250
/** A server that is away for so long ends the consumer. */
const awayFor = 2_000
/** The last read of a consumer that ends is answered at once, unless its server is away. */
const lastRead = 500
/** Before it is looked again whether there are hands for what died with others. */
const moment = 100
const nothing = () => undefined
const forgottenAfter = 60 * 60_000

export const consume = <R>(consuming: Consuming<R>): Effect.Effect<never, QueueUnavailable, R | Scope.Scope> =>
  Effect.gen(function*() {
    const { call, commands, concurrency, handle, name, open, options, prefix, reader, run } = consuming
    const key = `${prefix}:jobs`
    const inbox = new Inbox<Item>(() => {
      if (wanted() > 0) room.openUnsafe()
    })
    const room = yield* Latch.make(false)
    const settling = yield* Settling.make(name, run, options)
    /** Milliseconds that a handler takes, of late. */
    let pace = Number.POSITIVE_INFINITY
    let reading: Promise<unknown> = Promise.resolve()

    /** Handlers are busy with it no more, and nothing is left with a consumer that is gone. */
    const leave = Effect.gen(function*() {
      // what it is blocked for is answered now, so that nothing is handed to it that it does not know
      yield* Effect.ignore(call(() => commands.client("UNBLOCK", clientId)))
      yield* Effect.promise(() => Promise.race([reading.then(nothing, nothing), delay(lastRead)]))
      yield* Effect.ignore(settling.finish)
      yield* run("leave", name).pipe(
        Effect.catch((error) => Effect.logWarning(`jobs come back after their visibility timeout: ${error.reason}`))
      )
    })
    // this connection has no timeout of its own, and one that is lost may take an answer with it
    const clientId = yield* call(() => reader.client("ID")).pipe(
      Effect.timeoutOrElse({
        duration: Duration.millis(awayFor),
        orElse: () => Effect.fail(new QueueUnavailable({ reason: "no answer" }))
      })
    )
    yield* Effect.addFinalizer(() => leave)

    /** What its handler ended with that was no outcome. */
    const ended = (cause: Cause.Cause<never>) =>
      Cause.hasInterrupts(cause)
        ? Effect.interrupt
        : Effect.as(Effect.logError("a handler of jobs has a defect", cause), afterDefect(cause))
    const deliver = (item: Item, { job, key: asked, trace }: Job.Enveloped, began: number) => {
      if (settling.isSpent(item)) return settling.giveUp(item, job)
      const handled = handle({
        id: item.id,
        job,
        key: asked ?? item.id,
        attempt: item.attempt,
        trace,
        offeredAt: item.offeredAt,
        extend: Effect.suspend(() => settling.extend(item))
      })
      return Effect.flatMap(Effect.catchCause(handled, ended), (outcome) => {
        const took = performance.now() - began
        pace = Number.isFinite(pace) ? pace * 0.9 + took * 0.1 : took
        return settling.settle(item, job, outcome)
      })
    }
    const attend = (item: Item) => {
      const began = performance.now()
      return Effect.matchEffect(open(item.envelope), {
        onFailure: ({ message }) => settling.refuse(item, message),
        onSuccess: (opened) => deliver(item, opened, began)
      })
    }
    const hand = Effect.forever(Effect.flatMap(inbox.take, attend), { disableYield: true })

    /** As many as there are hands, and what these have done in a moment; the latter many at a time. */
    const wanted = () => {
      const ahead = Number.isFinite(pace)
        ? Math.min(aheadAtMost, Math.floor(concurrency * aheadFor / Math.max(pace, 0.01)))
        : 0
      const waiting = inbox.size
      return waiting > ahead / 2 ? 0 : inbox.idle + ahead - waiting
    }

    let found: ReadonlyArray<Item> = []
    const handOut = () => {
      const items = found
      found = []
      inbox.put(items)
    }
    /** The next are asked for before those that were read are handed out: Redis is at it while handlers are. */
    const readOnce = Effect.gen(function*() {
      room.closeUnsafe()
      const count = wanted() - found.length
      if (count <= 0) {
        handOut()
        return yield* room.await
      }
      const read = reader.xreadgroupBuffer(
        "GROUP",
        "workers",
        name,
        "COUNT",
        count,
        "BLOCK",
        1_000,
        "STREAMS",
        key,
        ">"
      )
      reading = read
      handOut()
      const streams = yield* call(() => read as Promise<ReadonlyArray<readonly [Buffer, ReadonlyArray<Entry>]> | null>)
      const now = performance.now()
      found = (streams?.[0]?.[1] ?? []).map((entry) => itemOf(entry, 1, now))
    })

    /** A lost group is made again; a server that is away is waited for, but not for long. */
    let awaySince: number | undefined
    const patiently = <A>(once: Effect.Effect<A, QueueUnavailable>) =>
      once.pipe(
        Effect.tap(() => Effect.sync(() => void (awaySince = undefined))),
        Effect.catch((error) => {
          if (error.reason.startsWith("NOGROUP")) return Effect.ignore(consuming.ensureGroup)
          awaySince ??= performance.now()
          return performance.now() - awaySince > awayFor ? Effect.fail(error) : Effect.sleep("100 millis")
        })
      )

    /** Takes what died with others, as many as are read at once; comes back soon for what there were no hands for. */
    const reclaim = Effect.gen(function*() {
      let cursor = "0-0"
      do {
        const hands = wanted()
        if (hands <= 0) return yield* Effect.sleep(Duration.millis(Math.min(moment, options.visibility / 2)))
        const [next, ...found] = yield* run<readonly [Buffer, ...Array<readonly [Buffer, Fields, number]>]>(
          "reclaimBuffer",
          name,
          options.visibility,
          cursor,
          hands
        )
        const now = performance.now()
        inbox.put(found.map(([entry, fields, deliveries]) => itemOf([entry, fields], deliveries, now)))
        cursor = next.toString("latin1")
      } while (cursor !== "0-0")
      yield* run("tidy", forgottenAfter)
      yield* Effect.sleep(Duration.millis(options.visibility / 2))
    })

    const promote: Effect.Effect<void, QueueUnavailable> = Effect.flatMap(
      run<readonly [number, number]>("promote"),
      ([moved, next]) =>
        moved === 100 ? promote : Effect.sleep(Duration.millis(next < 0 ? 250 : Math.min(250, Math.max(1, next))))
    )

    const giveBackStale = Effect.gen(function*() {
      yield* Effect.sleep(Duration.millis(patience))
      if (inbox.size === 0) return
      const waiting = inbox.clear()
      const now = performance.now()
      const stale = waiting.filter(({ readAt }) => now - readAt > patience)
      inbox.put(waiting.filter((item) => !stale.includes(item)))
      if (stale.length === 0) return
      pace = Number.POSITIVE_INFINITY
      yield* Settling.said(run("giveBack", name, ...stale.map(({ entry }) => entry)))
    })

    const forever = <A>(once: Effect.Effect<A, QueueUnavailable>) => Effect.forever(patiently(once))
    return yield* Effect.all([
      forever(readOnce),
      forever(settling.finishSoon),
      forever(promote),
      forever(reclaim),
      Effect.forever(giveBackStale),
      ...Array.from({ length: concurrency }, () => hand)
    ], { concurrency: "unbounded", discard: true }) as Effect.Effect<never, QueueUnavailable, R> // none of them ends
  })
