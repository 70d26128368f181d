/**
 * A fleet as its viewers and operators feel it: how soon a broadcast has an owner, how soon it is on air again when its
 * worker is killed, what is missing when one is told to end, how soon a stop is heard, and what renewing costs.
 */
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import * as Keyring from "@headend/core/Keyring"
import type { Claim } from "@headend/core/Lease"
import type { Snapshot } from "@headend/core/Snapshot"
import * as Sources from "@headend/core/Sources"
import { standard } from "@headend/core/StandardSources"
import * as Fleet from "@headend/integration/Fleet"
import * as Redis from "@headend/integration/Redis"
import * as RedisBroadcastRegistry from "@headend/queue/redis/RedisBroadcastRegistry"
import * as RedisConfig from "@headend/queue/redis/RedisConfig"
import { wanted, worker } from "@headend/testing/BroadcastRegistryTest"
import * as World from "@headend/testing/World"
import { Effect, Layer, Redacted, Schedule } from "effect"
import { loadavg } from "node:os"
import { median, ms, quantile, row, timed } from "./measure.ts"

const rounds = 15
const takeovers = { default: 5, fast: 7 }
const leases = 1_000
const soon = Schedule.spaced("3 millis")
const waiting = { source: { kind: "browser_webrtc" } }

type Running = Effect.Success<ReturnType<typeof Fleet.make>>

const until = (fleet: Running, id: string, isSo: (one: Snapshot) => boolean) =>
  Effect.repeat(Effect.orDie(fleet.first.get(id)), { until: isSo, schedule: soon })

const times = <E, R>(count: number, round: (n: number) => Effect.Effect<number, E, R>) =>
  Effect.forEach(Array.from({ length: count }, (_, n) => n), round)

const told = (values: ReadonlyArray<number>) =>
  `median ${ms(median(values))}, worst ${ms(Math.max(...values))} of ${values.length}, load ${loadavg()[0]!.toFixed(1)}`

/** From the request to an owner, and from the request to stop, at another HTTP app, to everything undone. */
const placement = (fleet: Running) =>
  Effect.gen(function*() {
    const stops: Array<number> = []
    const placed = yield* times(rounds, (n) =>
      Effect.gen(function*() {
        const id = `placed-${n}`
        const began = performance.now()
        yield* fleet.first.call("PUT", `/v1/broadcasts/${id}`, waiting)
        yield* until(fleet, id, ({ owner }) => owner !== null)
        const took = performance.now() - began
        yield* until(fleet, id, ({ state }) => state === "waiting")
        stops.push(yield* timed(fleet.second.stop(id)))
        return took
      }))
    row("request to an owner, three workers", told(placed))
    row("stop at another HTTP app to undone", told(stops))
  })

/** From SIGTERM: until the successor owns it, and how long no video packet came. */
const handOver = (fleet: Running) =>
  Effect.gen(function*() {
    const gaps: Array<number> = []
    let leaver = yield* fleet.worker("h")
    const one = yield* fleet.onAir("given", fleet.feed)
    const taken = yield* times(5, (n) =>
      Effect.gen(function*() {
        const next = yield* fleet.worker(`h${n}`)
        yield* Effect.sleep("3 seconds")
        const began = performance.now()
        yield* leaver.program.signal("SIGTERM")
        yield* until(fleet, one.id, ({ owner }) => owner?.worker === next.id)
        const took = performance.now() - began
        yield* Effect.sleep("4 seconds")
        gaps.push(fleet.tap.longestGap(fleet.videoPort(one), began, performance.now()))
        leaver = next
        return took
      }))
    row("SIGTERM to another owner", told(taken))
    row("SIGTERM, silence of an RTMP relay", `${told(gaps)} (target 500 ms)`)
  }).pipe(Effect.scoped)

/** From SIGKILL of its worker to the next video packet of a relay. */
const takeover = (profile: "default" | "fast", target: string) =>
  Effect.gen(function*() {
    const fleet = yield* Fleet.make({ profile })
    let owner = yield* fleet.worker("t")
    const one = yield* fleet.onAir("killed", fleet.feed)
    const port = fleet.videoPort(one)
    const taken = yield* times(takeovers[profile], (n) =>
      Effect.gen(function*() {
        const next = yield* fleet.worker(`t${n}`)
        // at another moment between two renewals each time
        yield* Effect.sleep(`${3_000 + 777 * n} millis`)
        const senders = fleet.tap.senders(port).length
        const began = performance.now()
        yield* owner.program.kill
        yield* Effect.repeat(Effect.sync(() => fleet.tap.senders(port).length), {
          until: (now) => now > senders,
          schedule: soon
        })
        owner = next
        return fleet.tap.senders(port).at(-1)!.first - began
      }))
    row(`worker killed to video again, ${profile}`, `${told(taken)} (target ${target})`)
  }).pipe(Effect.scoped)

const renewal = Effect.gen(function*() {
  const redis = yield* Redis.make()
  const domain = RedisBroadcastRegistry.layer().pipe(
    Layer.provide(Sources.layer(standard)),
    Layer.provide(Layer.merge(World.layer, Keyring.layerRandom)),
    Layer.provide(RedisConfig.layer({ url: Redacted.make(redis.url) }))
  )
  yield* Effect.gen(function*() {
    const registry = yield* BroadcastRegistry
    const ids = Array.from({ length: leases }, (_, n) => `b${n}`)
    yield* Effect.forEach(ids, (id) => registry.declare(wanted(id)), { concurrency: 64, discard: true })
    const mine: Array<Claim> = []
    while (mine.length < leases) mine.push(...yield* registry.claim(worker("w", { capacity: leases }), 64))
    const took = yield* times(30, () => timed(registry.renew("w", mine)))
    row(`renewal of ${leases} leases`, `median ${ms(median(took))}, p90 ${ms(quantile(took, 0.9))} of ${took.length}`)
  }).pipe(Effect.provide(domain))
}).pipe(Effect.scoped)

export const fleet = Effect.gen(function*() {
  yield* renewal
  yield* Effect.scoped(Effect.gen(function*() {
    const running = yield* Fleet.make()
    yield* Effect.scoped(Effect.gen(function*() {
      yield* Effect.forEach(["p1", "p2", "p3"], (id) => running.worker(id), { concurrency: 3 })
      yield* placement(running)
    }))
    yield* handOver(running)
  }))
  yield* takeover("fast", "median 8 s, worst 10 s")
  yield* takeover("default", "median 18 s, worst 21 s")
})
