// The registry in Redis when Redis is frozen, killed, emptied, cut off or not what it should be: typed errors soon, back
// soon after, and no error event that nobody hears (vitest fails on those). One file: each is one more way to lose one server.
import { assert, it } from "@effect/vitest"
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import type { Lease } from "@headend/core/Lease"
import { RegistryUnavailable } from "@headend/core/RegistryFailure"
import * as Redis from "@headend/integration/Redis"
import { requires } from "@headend/integration/Requires"
import { wanted, worker } from "@headend/testing/BroadcastRegistryTest"
import { Deferred, Duration, Effect, Fiber, Layer, Queue, Result, Schedule, Stream } from "effect"
import { createServer } from "node:net"
import { registry as layer, timings } from "./support/redis.ts"

const start = Effect.fnUntraced(function*(id: string, by: string) {
  const registry = yield* BroadcastRegistry
  yield* registry.declare(wanted(id))
  const [claim] = yield* registry.claim(worker(by), 1)
  return claim ?? assert.fail(`${by} claimed nothing`)
})

/** What a call says while Redis is away, and that it says so within a generous limit. */
const refused = <A>(call: Effect.Effect<A, unknown>) =>
  Effect.flip(call).pipe(
    Effect.timeout("10 seconds"),
    Effect.map((error) => {
      assert.instanceOf(error, RegistryUnavailable)
      return error
    })
  )

/** Waits until the proxy has no connection left: sockets are closed in their own time. */
const unconnected = (proxy: Redis.Proxy) =>
  Effect.repeat(proxy.connections, { until: (count) => count === 0, schedule: Schedule.spaced("20 millis") }).pipe(
    Effect.timeout("20 seconds")
  )

/** Calls until it answers. */
const back = <A, E>(call: Effect.Effect<A, E>) =>
  call.pipe(Effect.retry(Schedule.spaced("20 millis")), Effect.timeout("20 seconds"))

/** A server that speaks just enough to say how old it is. */
const oldServer = Effect.acquireRelease(
  Effect.callback<{ readonly port: number; readonly close: () => void }>((resume) => {
    const info = "# Server\r\nredis_version:6.2.7\r\nloading:0\r\nrole:master\r\n"
    const server = createServer((socket) => {
      socket.on("data", (chunk) => {
        for (const [command] of chunk.toString().matchAll(/hello|info|client/gi)) {
          const name = command.toLowerCase()
          if (name === "hello") socket.write("%1\r\n$5\r\nproto\r\n:3\r\n")
          else if (name === "info") socket.write(`$${info.length}\r\n${info}\r\n`)
          else socket.write("+OK\r\n")
        }
      })
      socket.on("error", () => undefined)
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      resume(Effect.succeed({
        port: typeof address === "object" && address !== null ? address.port : 0,
        close: () => void server.close()
      }))
    })
  }),
  ({ close }) => Effect.sync(close)
)

/** What keeps us out is known at once; only what is not there is waited for. */
const failure = (url: string, startTimeout: Duration.Input = "20 seconds") =>
  Effect.flip(Layer.build(layer(url, { config: { startTimeout } }))).pipe(Effect.scoped)

requires("redis-server")("the registry when Redis fails", () => {
  it.live("frozen: every call fails soon, and what was there is there again", () =>
    Effect.gen(function*() {
      const server = yield* Redis.make()
      yield* Effect.gen(function*() {
        const registry = yield* BroadcastRegistry
        const claim = yield* start("a", "w1")
        const heard = yield* Queue.unbounded<string>()
        yield* Effect.forkScoped(
          Stream.runForEach(registry.events(), (event) => Queue.offer(heard, event._tag))
        )
        yield* Effect.sleep("100 millis")
        yield* server.freeze
        yield* Effect.all([
          refused(registry.renew("w1", [claim])),
          refused(registry.get("a")),
          refused(registry.declare(wanted("b")))
        ], { concurrency: "unbounded" })
        // longer than a blocked read waits, and than a socket is kept that says nothing
        yield* Effect.sleep("9 seconds")
        yield* refused(registry.position)
        yield* server.thaw
        yield* back(registry.get("a"))
        assert.deepStrictEqual(yield* registry.renew("w1", [claim]), [])
        yield* registry.report(claim, { state: "running" })
        assert.strictEqual(yield* Effect.timeout(Queue.take(heard), "20 seconds"), "BroadcastStateChanged")
      }).pipe(Effect.scoped, Effect.provide(layer(server.url)))
    }), 120_000)

  it.live(
    "killed and back with its log: leases go on, followers miss nothing, hints are heard again",
    () =>
      Effect.gen(function*() {
        const server = yield* Redis.make({ durable: true })
        yield* Effect.gen(function*() {
          const registry = yield* BroadcastRegistry
          const claim = yield* start("a", "w1")
          const from = yield* registry.position
          const follower = yield* Effect.forkScoped(
            registry.events(from).pipe(
              Stream.filter((event) => event._tag === "BroadcastStateChanged" && event.broadcast === "a"),
              Stream.take(2),
              Stream.runCollect
            )
          )
          const hints = yield* Queue.unbounded<string | undefined>()
          yield* Effect.forkScoped(Stream.runForEach(registry.wake("w1"), ({ stop }) => Queue.offer(hints, stop)))
          // what anybody declares is a hint to all: said until it is heard
          let n = 0
          const isHeard = Effect.gen(function*() {
            yield* Queue.clear(hints)
            const declare = Effect.suspend(() => registry.declare(wanted(`x${n++}`)))
            yield* Effect.repeat(declare, {
              while: () => Effect.as(Effect.sleep("50 millis"), Queue.sizeUnsafe(hints) === 0)
            })
          })
          yield* isHeard
          yield* server.kill
          yield* refused(registry.renew("w1", [claim]))
          yield* server.start
          yield* back(registry.get("a"))
          assert.deepStrictEqual(yield* registry.renew("w1", [claim]), [])
          yield* registry.report(claim, { state: "running" })
          yield* isHeard
          yield* registry.requestStop("a", Date.now())
          const isStop = Effect.repeat(Queue.take(hints), { until: (stop) => stop === "a" })
          yield* Effect.timeout(isStop, "20 seconds")
          const told = yield* Effect.timeout(Fiber.join(follower), "20 seconds")
          assert.deepStrictEqual(told.map((event) => event._tag === "BroadcastStateChanged" ? event.to : ""), [
            "running",
            "stopping"
          ])
        }).pipe(Effect.scoped, Effect.provide(layer(server.url)))
      }),
    120_000
  )

  it.live("nobody takes what an owner could not renew while Redis was away", () =>
    Effect.gen(function*() {
      const server = yield* Redis.make({ durable: true })
      yield* Effect.gen(function*() {
        const registry = yield* BroadcastRegistry
        const claim = yield* start("a", "w1")
        yield* registry.claim(worker("w2"), 0)
        yield* server.kill
        yield* Effect.sleep(Duration.times(timings.leaseTtl, 2))
        yield* server.start
        yield* back(registry.position)
        assert.deepStrictEqual(yield* registry.claim(worker("w2"), 10), [])
        assert.deepStrictEqual(yield* registry.renew("w1", [claim]), [])
        assert.deepStrictEqual(yield* registry.claim(worker("w2"), 10), [])
      }).pipe(Effect.provide(layer(server.url)))
    }))

  it.live(
    "emptied, or back without its log: owners are lost, followers are told, and an owner declares again",
    () =>
      Effect.gen(function*() {
        const server = yield* Redis.make()
        const lose = [
          Effect.asVoid(Redis.raw(server.port, ["FLUSHALL"])),
          Effect.andThen(server.kill, server.start)
        ]
        for (const loss of lose) {
          yield* Effect.gen(function*() {
            const registry = yield* BroadcastRegistry
            const claim = yield* start("a", "w1")
            const before = yield* registry.position
            const listening = yield* Deferred.make<void>()
            const follower = yield* registry.events(before).pipe(
              Stream.onStart(Deferred.succeed(listening, undefined)),
              Stream.runDrain,
              Effect.result,
              Effect.forkScoped
            )
            yield* Deferred.await(listening)
            yield* Effect.sleep("100 millis")
            yield* loss
            yield* back(registry.position)
            assert.deepStrictEqual(yield* registry.renew("w1", [claim]), [{ id: "a", verdict: "lost" }])
            const told = yield* Effect.timeout(Fiber.join(follower), "20 seconds")
            assert.strictEqual(Result.isFailure(told) ? told.failure._tag : "", "PositionTooOld")
            const error = yield* Effect.flip(Stream.runDrain(registry.events(before)))
            assert.strictEqual(error._tag, "PositionTooOld")
            assert.strictEqual(yield* registry.adopt(wanted("a"), claim), "adopted")
            assert.deepStrictEqual(yield* registry.renew("w1", [claim]), [])
            assert.deepStrictEqual((yield* registry.get("a")).snapshot.owner, { worker: "w1", epoch: claim.epoch })
          }).pipe(Effect.scoped, Effect.provide(layer(server.url)))
        }
      }),
    120_000
  )

  it.live(
    "cut off under load, or by a cable that says nothing: no call hangs, none is made up for later",
    () =>
      Effect.gen(function*() {
        const server = yield* Redis.make()
        const proxy = yield* Redis.proxy(server.port)
        yield* Effect.gen(function*() {
          const registry = yield* BroadcastRegistry
          const leases: Array<Lease> = []
          for (let i = 0; i < 20; i++) leases.push(yield* start(`b${i}`, "w1"))
          for (const fault of [proxy.cut, proxy.deafen]) {
            let calls = 0
            const load = leases.map((lease) =>
              Effect.forever(Effect.suspend(() => {
                calls++
                return registry.report(lease, { health: { status: "ok", hops: [] } }).pipe(
                  Effect.timeoutOrElse({ duration: "10 seconds", orElse: () => Effect.die(new Error("it hangs")) }),
                  Effect.catchTag("RegistryUnavailable", () => Effect.sleep("50 millis"))
                )
              }))
            )
            const fiber = yield* Effect.forkScoped(Effect.all(load, { concurrency: "unbounded" }))
            yield* Effect.sleep("300 millis")
            yield* fault
            yield* refused(registry.renew("w1", leases))
            yield* proxy.mend
            yield* back(registry.renew("w1", leases))
            assert.isUndefined(fiber.pollUnsafe())
            yield* Fiber.interrupt(fiber)
            assert.isAbove(calls, 20)
          }
        }).pipe(Effect.scoped, Effect.provide(layer(`redis://127.0.0.1:${proxy.port}`)))
        yield* unconnected(proxy)
      }),
    120_000
  )

  it.live(
    "what cannot be used is refused at the start, with the setting and without the password; nothing stays",
    () =>
      Effect.gen(function*() {
        const server = yield* Redis.make({ password: "open sesame".replace(" ", "-") })
        const proxy = yield* Redis.proxy(server.port)
        const at = (user: string) => `redis://${user}127.0.0.1:${proxy.port}`
        const wrong = yield* failure(at(":let-me-in@"))
        assert.match(wrong.message, /^HEADEND_REDIS_URL: the Redis at 127\.0\.0\.1:\d+ cannot be used: .*WRONGPASS/)
        assert.notInclude(wrong.message, "let-me-in")
        assert.match((yield* failure(at(""))).message, /HEADEND_REDIS_URL.*NOAUTH/)
        yield* Layer.build(layer(at(":open-sesame@"))).pipe(Effect.scoped)
        yield* unconnected(proxy)
        yield* proxy.cut
        assert.match((yield* failure(at(":open-sesame@"), "1 second")).message, /HEADEND_REDIS_URL.*cannot be used/)
        const old = yield* oldServer
        const tooOld = yield* failure(`redis://127.0.0.1:${old.port}`)
        assert.match(tooOld.message, /HEADEND_REDIS_URL.*it is version 6\.2\.7, and 7\.0 or later is needed/)
      }),
    120_000
  )
})
