/**
 * What every implementation of `Encoders` must do. Runs on the live clock: the OBS may be a real one.
 */
import { assert, layer } from "@effect/vitest"
import { type EncoderAddress, sameDestination } from "@headend/core/Encoder"
import { type Encoder, Encoders, type Purpose } from "@headend/core/Encoders"
import type { Mark } from "@headend/core/Mark"
import { Deferred, Effect, Fiber, type Layer, Redacted } from "effect"
import { EncoderBench } from "./EncoderBench.ts"
import { failureTag, freshMark } from "./internal/contract.ts"

const next = (mark: Mark): Mark => ({ ...mark, epoch: mark.epoch + 1, worker: "w2" })

/** Takes it, does something with it, and lets go. */
const using = <A, E>(
  address: EncoderAddress,
  use: (encoder: Encoder) => Effect.Effect<A, E, Encoders>,
  options: { readonly mark?: Mark; readonly purpose?: Purpose; readonly of?: Encoders["Service"] } = {}
) =>
  Effect.scoped(Effect.gen(function*() {
    const encoders = options.of ?? (yield* Encoders)
    const encoder = yield* encoders.acquire(address, options.mark ?? freshMark(), options.purpose ?? "publish")
    return yield* use(encoder)
  }))

/** Looks again and again until it is so. */
const eventually = (isSo: () => boolean) =>
  Effect.suspend(() => isSo() ? Effect.void : Effect.sleep("50 millis")).pipe(
    Effect.repeat({ until: isSo }),
    Effect.timeout("30 seconds")
  )

export const suite = <E>(name: string, live: Layer.Layer<Encoders | EncoderBench, E>) =>
  layer(live, { excludeTestServices: true, timeout: "90 seconds" })(name, (it) => {
    it.effect(
      "publishes where it is pointed, goes on when we leave, is found as it is, and has everything back at the end",
      () =>
        Effect.gen(function*() {
          const bench = yield* EncoderBench
          const address = yield* bench.fresh
          const { open } = bench.ingests
          const before = yield* bench.settings
          const mark = freshMark()
          const former = yield* using(address, (encoder) =>
            Effect.gen(function*() {
              const seen = yield* encoder.read
              assert.isFalse(seen.streaming)
              yield* encoder.pointAt(open)
              yield* encoder.start
              yield* encoder.flowing
              assert.isTrue(encoder.now().streaming)
              const { bytes } = encoder.now()
              yield* eventually(() => encoder.now().bytes > bytes)
              assert.strictEqual(yield* failureTag(encoder.pointAt(bench.ingests.away)), "EncoderRefused")
              return seen.settings
            }), { mark })
          assert.isTrue(yield* bench.isStreaming)
          yield* using(address, (encoder) =>
            Effect.gen(function*() {
              const seen = yield* encoder.read
              assert.isTrue(seen.streaming && seen.destination !== null && sameDestination(seen.destination, open))
              yield* encoder.start
              yield* encoder.stop
              yield* encoder.stop
              yield* encoder.restore(former)
            }), { mark, purpose: "restore" })
          assert.isFalse(yield* bench.isStreaming)
          assert.deepStrictEqual(yield* bench.settings, before)
        }),
      180_000
    )

    it.effect("a wrong password is told from nobody being there", () =>
      Effect.gen(function*() {
        const bench = yield* EncoderBench
        const address = yield* bench.fresh
        const wrong = { ...address, password: Redacted.make("no such password") }
        assert.strictEqual(yield* failureTag(using(wrong, () => Effect.void)), "EncoderUnauthorized")
        assert.strictEqual(
          yield* failureTag(using({ ...address, password: undefined }, () => Effect.void)),
          "EncoderUnauthorized"
        )
        assert.strictEqual(yield* failureTag(using(bench.nobody, () => Effect.void)), "EncoderUnreachable")
      }), 180_000)

    it.effect(
      "one broadcast has it, in whatever process; who lets go leaves nothing behind",
      () =>
        Effect.gen(function*() {
          const bench = yield* EncoderBench
          const address = yield* bench.fresh
          const another = yield* bench.another
          const nothing = () => Effect.void
          yield* using(address, () =>
            Effect.gen(function*() {
              assert.strictEqual(yield* failureTag(using(address, nothing)), "EncoderBusy")
              assert.strictEqual(yield* failureTag(using(address, nothing, { of: another })), "EncoderBusy")
            }))
          yield* using(address, nothing, { of: another })
          yield* using(address, nothing)
          // one has it for as long as the other asks
          const refused = yield* Deferred.make<void>()
          const hold = () => Effect.timeoutOption(Deferred.await(refused), "20 seconds")
          const want = (of?: Encoders["Service"]) =>
            Effect.tap(
              failureTag(using(address, hold, of === undefined ? {} : { of })),
              (tag) => tag === null ? Effect.void : Deferred.succeed(refused, undefined)
            )
          const both = yield* Effect.all([want(), want(another)], { concurrency: 2 })
          assert.deepStrictEqual(both.toSorted(), ["EncoderBusy", null].toSorted())
        }),
      180_000
    )

    it.effect(
      "a newer owner of the run takes it from an older one, and not the other way round",
      () =>
        Effect.gen(function*() {
          const bench = yield* EncoderBench
          const address = yield* bench.fresh
          const another = yield* bench.another
          const mark = freshMark()
          yield* using(address, (older) =>
            Effect.gen(function*() {
              yield* older.pointAt(bench.ingests.open)
              yield* older.start
              const lost = yield* Effect.forkChild(failureTag(older.lost))
              yield* using(address, (newer) =>
                Effect.gen(function*() {
                  assert.strictEqual(yield* Fiber.join(lost), "Superseded")
                  assert.isTrue((yield* newer.read).streaming)
                  yield* newer.stop
                }), { mark: next(mark), of: another })
            }), { mark })
          yield* using(address, () =>
            Effect.gen(function*() {
              assert.strictEqual(
                yield* failureTag(using(address, () => Effect.void, { mark, of: another })),
                "Superseded"
              )
            }), { mark: next(mark) })
        }),
      180_000
    )

    it.effect(
      "a start that fails says whether the ingest is away or denies it; another one may follow",
      () =>
        Effect.gen(function*() {
          const bench = yield* EncoderBench
          const address = yield* bench.fresh
          yield* using(address, (encoder) =>
            Effect.gen(function*() {
              yield* encoder.pointAt(bench.ingests.away)
              assert.strictEqual(yield* failureTag(encoder.start), "StartUnreachable")
              yield* encoder.pointAt(bench.ingests.denies)
              assert.strictEqual(yield* failureTag(encoder.start), "StartDenied")
              yield* encoder.pointAt(bench.ingests.open)
              // two at once are one
              yield* Effect.all([encoder.start, encoder.start, encoder.start], { concurrency: "unbounded" })
              assert.isTrue((yield* encoder.read).streaming)
              const lost = yield* Effect.forkChild(failureTag(encoder.lost))
              yield* bench.stopByHand
              assert.strictEqual(yield* Fiber.join(lost), "EncoderStopped")
              assert.isTrue(yield* bench.isAlive)
            }))
        }),
      180_000
    )

    it.effect(
      "an ingest that never answers is said to be so, and no other start is sent until OBS tells more",
      () =>
        Effect.gen(function*() {
          const bench = yield* EncoderBench
          const address = yield* bench.fresh
          const mark = freshMark()
          yield* using(address, (encoder) =>
            Effect.gen(function*() {
              yield* encoder.pointAt(bench.ingests.silent)
              assert.strictEqual(yield* failureTag(encoder.start), "StartUnanswered")
              assert.strictEqual(yield* failureTag(encoder.stop), "StartUnanswered")
            }), { mark })
          // another connection knows of it as well
          yield* using(address, (encoder) =>
            Effect.gen(function*() {
              yield* encoder.pointAt(bench.ingests.open)
              const again = yield* Effect.forkChild(failureTag(encoder.start))
              yield* Effect.sleep("500 millis")
              assert.isFalse((yield* bench.isStreaming) || !(yield* bench.isAlive))
              yield* bench.hangUp
              assert.isNull(yield* Fiber.join(again))
              assert.isTrue(yield* bench.isStreaming)
              yield* encoder.stop
            }), { mark })
          assert.isTrue(yield* bench.isAlive)
        }),
      180_000
    )

    it.effect(
      "what came of a start is known, also when it was said while nobody drove it",
      () =>
        Effect.gen(function*() {
          const bench = yield* EncoderBench
          const address = yield* bench.fresh
          const mark = freshMark()
          yield* using(address, (encoder) =>
            Effect.gen(function*() {
              yield* encoder.pointAt(bench.ingests.silent)
              assert.strictEqual(yield* failureTag(encoder.start), "StartUnanswered")
            }), { mark })
          yield* bench.hangUp
          yield* Effect.sleep("500 millis")
          yield* using(address, (encoder) =>
            Effect.gen(function*() {
              yield* encoder.pointAt(bench.ingests.open)
              yield* encoder.start
              assert.isTrue(yield* bench.isStreaming)
              yield* encoder.stop
            }), { mark })
          assert.isTrue(yield* bench.isAlive)
        }),
      180_000
    )

    it.effect("its death is noticed at once, and it can be taken again when it is back", () =>
      Effect.gen(function*() {
        const bench = yield* EncoderBench
        const address = yield* bench.fresh
        yield* using(address, (encoder) =>
          Effect.gen(function*() {
            yield* encoder.pointAt(bench.ingests.open)
            yield* encoder.start
            const lost = yield* Effect.forkChild(failureTag(encoder.lost))
            yield* bench.kill
            assert.strictEqual(yield* Fiber.join(lost), "EncoderUnreachable")
            assert.strictEqual(yield* failureTag(encoder.start), "EncoderUnreachable")
          }))
        assert.strictEqual(yield* failureTag(using(address, () => Effect.void)), "EncoderUnreachable")
        yield* bench.restart
        yield* using(address, (encoder) =>
          Effect.gen(function*() {
            const seen = yield* encoder.read
            assert.isFalse(seen.streaming)
            assert.isNotNull(seen.destination)
          }))
      }), 180_000)
  })
