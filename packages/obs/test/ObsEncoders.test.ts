// The contract of encoders on the fake OBS server, and what only a fake can be made to do.
import { assert, describe, it } from "@effect/vitest"
import { Encoders } from "@headend/core/Encoders"
import type { Mark } from "@headend/core/Mark"
import * as ObsEncoders from "@headend/obs/ObsEncoders"
import * as EncodersTest from "@headend/testing/EncodersTest"
import * as FakeObsServer from "@headend/testing/FakeObsServer"
import { Deferred, Effect, Redacted, Result } from "effect"
import * as FakeBench from "./support/fakeBench.ts"
import { to } from "./support/ingests.ts"

EncodersTest.suite("ObsEncoders on the fake server", FakeBench.layer)

const mark = (broadcast = "b"): Mark => ({ instance: "i", broadcast, run: 1, epoch: 1, worker: "w" })
const password = Redacted.make("hush")
const acquire = (url: string, broadcast?: string) =>
  Encoders.use((encoders) => encoders.acquire({ url, password }, mark(broadcast), "publish"))

describe("an OBS that is driven", () => {
  it.live("says that somebody has thrown us out, and lacks what we need, as what it is", () =>
    Effect.gen(function*() {
      const obs = yield* FakeObsServer.scoped()
      const encoder = yield* acquire(obs.url)
      obs.startByHand()
      yield* encoder.flowing
      obs.kick()
      assert.strictEqual((yield* Effect.flip(encoder.lost))._tag, "EncoderKicked")
      obs.switches.unknown = ["StartStream"]
      const old = yield* Effect.flip(acquire(obs.url))
      assert.strictEqual(old._tag, "EncoderIncompatible")
      assert.include(old.message, "StartStream")
    }).pipe(Effect.provide(FakeBench.encoders)), 30_000)

  it.live("that does not answer any more is out of reach", () =>
    Effect.gen(function*() {
      const obs = yield* FakeObsServer.scoped()
      const encoder = yield* acquire(obs.url)
      obs.startByHand()
      yield* encoder.flowing
      obs.freeze()
      const lost = yield* Effect.flip(encoder.lost)
      assert.strictEqual(lost._tag, "EncoderUnreachable")
      assert.include(lost.message, "no answer")
    }).pipe(Effect.provide(FakeBench.encoders)), 30_000)

  it.live(
    "has its password settled, its host looked up and its address checked before anybody connects",
    () =>
      Effect.gen(function*() {
        const obs = yield* FakeObsServer.scoped()
        const url = obs.url.replace("127.0.0.1", "studio.example")
        const encoder = yield* acquire(url)
        assert.isFalse((yield* encoder.read).streaming)
        const denied = yield* Effect.flip(acquire(obs.url.replace("127.0.0.1", "denied.example"), "other"))
        assert.include(denied.message, "not that one")
        const check = yield* Encoders.use((encoders) =>
          encoders.check({ url: "ws://denied.example:4455", password: undefined })
        )
        assert.strictEqual(check, "not that one")
        for (const host of ["999.1.1.1", "1.2.3.4.5", "[::::]"]) {
          const none = yield* Encoders.use((encoders) =>
            encoders.check({ url: `ws://${host}:4455`, password: undefined })
          )
          assert.strictEqual(none, "this is no address that can be connected to")
        }
      }).pipe(Effect.provide(ObsEncoders.layer({
        resolve: (host) =>
          Effect.succeed(host === "denied.example" ? Result.fail("not that one") : Result.succeed(["127.0.0.1"]))
      }))),
    30_000
  )

  it.live("is had by one of two workers who ask a moment apart", () =>
    Effect.gen(function*() {
      const obs = yield* FakeObsServer.scoped()
      for (const later of [60, 120, 180, 240]) {
        // whoever has it has it for longer than the other one asks
        const refused = yield* Deferred.make<void>()
        const want = (broadcast: string) =>
          acquire(obs.url, broadcast).pipe(
            Effect.andThen(Effect.timeoutOption(Deferred.await(refused), "5 seconds")),
            Effect.scoped,
            Effect.as("has it"),
            Effect.catch((error) => Effect.as(Deferred.succeed(refused, undefined), error.message)),
            Effect.provide(ObsEncoders.layer())
          )
        const both = yield* Effect.all([want("first"), Effect.delay(want("second"), later)], { concurrency: 2 })
        assert.strictEqual(both.filter((one) => one === "has it").length, 1, `${later} ms later: ${both.join()}`)
      }
    }).pipe(Effect.scoped), 30_000)

  it.live(
    "is never sent a second start, by however many who want it at once, from several workers",
    () =>
      Effect.gen(function*() {
        const obs = yield* FakeObsServer.scoped({ startMillis: [20, 200] })
        const free = yield* FakeObsServer.scoped()
        let refusals = 0
        const go = (broadcast: string) =>
          Effect.gen(function*() {
            const encoder = yield* acquire(obs.url, broadcast)
            yield* encoder.pointAt(to(free.port, "live"))
            yield* encoder.start
            // until all others have asked
            yield* Effect.repeat(Effect.sleep("20 millis"), { until: () => refusals >= 9 }).pipe(
              Effect.timeoutOption("10 seconds")
            )
            yield* encoder.stop
          }).pipe(
            Effect.scoped,
            Effect.tapError(() => Effect.sync(() => void refusals++)),
            Effect.result
          )
        const some = (worker: number) =>
          Effect.forEach([1, 2, 3, 4, 5], (n) => go(`${worker}-${n}`), { concurrency: "unbounded" }).pipe(
            Effect.provide(ObsEncoders.layer({ pollMillis: 50 }))
          )
        for (let round = 0; round < 3; round++) {
          refusals = 0
          const all = (yield* Effect.all([some(1), some(2)], { concurrency: 2 })).flat()
          const tags = all.map((one) => Result.isFailure(one) ? one.failure._tag : "ok")
          assert.strictEqual(tags.filter((tag) => tag === "ok").length, 1, tags.join())
          assert.strictEqual(tags.filter((tag) => tag === "EncoderBusy").length, 9, tags.join())
        }
        assert.deepStrictEqual([obs.crashes, obs.isRunning, obs.isStreaming], [0, true, false])
      }),
    60_000
  )
})
