/**
 * The contract of the Ingests port: a suite that every implementation passes, the fake and those on servers.
 */
import { assert, layer } from "@effect/vitest"
import type { Ingest } from "@headend/core/Ingest"
import { Ingests } from "@headend/core/Ingests"
import type { IngestStatus, IngestWatch } from "@headend/core/IngestStatus"
import { Effect, type Layer, Redacted } from "effect"
import { IngestBench } from "./IngestBench.ts"
import { failureTag } from "./internal/contract.ts"

/** Waits until the status is so. */
const until = (watch: IngestWatch, isSo: (status: IngestStatus) => boolean): Effect.Effect<IngestStatus> =>
  Effect.suspend(() => {
    const seen = watch.now()
    return isSo(seen) ? Effect.succeed(seen) : Effect.andThen(watch.next(seen), until(watch, isSo))
  })

const told = ({ codecs, live, publisher, trouble }: IngestStatus) => ({
  codecs,
  live,
  client: publisher?.client,
  trouble
})

const withKey = (ingest: Ingest, key: string): Ingest => ({ ...ingest, streamKey: Redacted.make(key) })

export const suite = <E>(name: string, live: Layer.Layer<Ingests | IngestBench, E>) =>
  layer(live, { excludeTestServices: true, timeout: "120 seconds" })(name, (it) => {
    it.effect("finds who publishes what, and nobody where nobody does", () =>
      Effect.gen(function*() {
        const bench = yield* IngestBench
        const ingests = yield* Ingests
        const ingest = yield* bench.ingest
        assert.deepInclude(yield* ingests.find(ingest), { live: false, publisher: null, codecs: [] })
        const client = yield* bench.publish(ingest)
        assert.deepStrictEqual(yield* ingests.find(ingest), {
          live: true,
          publisher: { client, address: "127.0.0.1" },
          codecs: ["h264", "aac"],
          stuckSince: null,
          trouble: null
        })
        yield* bench.unpublish(ingest)
        assert.isFalse((yield* ingests.find(ingest)).live)
      }))

    it.effect("finds a stream by its name, whatever parameters its key has", () =>
      Effect.gen(function*() {
        const bench = yield* IngestBench
        const ingests = yield* Ingests
        const ingest = yield* bench.ingest
        yield* bench.publish(ingest)
        const key = Redacted.value(ingest.streamKey)
        assert.isTrue((yield* ingests.find(withKey(ingest, `${key}?token=abc`))).live)
        assert.isFalse((yield* ingests.find(withKey(ingest, `${key}x`))).live)
        assert.isFalse((yield* ingests.find({ ...ingest, app: "other" })).live)
      }))

    it.effect("follows an ingest: who comes is seen, and who leaves", () =>
      Effect.gen(function*() {
        const bench = yield* IngestBench
        const ingest = yield* bench.ingest
        const watch = yield* (yield* Ingests).watch(ingest)
        yield* until(watch, ({ live }) => live === false)
        const client = yield* bench.publish(ingest)
        const live = yield* until(watch, (one) => one.live === true)
        assert.deepStrictEqual(told(live), { codecs: ["h264", "aac"], live: true, client, trouble: null })
        assert.strictEqual(watch.now(), live)
        yield* bench.unpublish(ingest)
        yield* until(watch, (one) => one.live === false)
        const again = yield* bench.publish(ingest)
        const back = yield* until(watch, (one) => one.live === true)
        assert.strictEqual(back.publisher?.client, again)
      }).pipe(Effect.scoped))

    it.effect("kicks whoever publishes, once; nobody is no failure", () =>
      Effect.gen(function*() {
        const bench = yield* IngestBench
        const ingests = yield* Ingests
        const ingest = yield* bench.ingest
        assert.isFalse(yield* ingests.kick(ingest))
        yield* bench.publish(ingest)
        assert.isTrue(yield* ingests.kick(ingest))
        assert.isFalse((yield* ingests.find(ingest)).live)
        assert.isFalse(yield* ingests.kick(ingest))
      }))

    it.effect("a server out of reach fails who asks; who follows is told, and goes on when it is back", () =>
      Effect.gen(function*() {
        const bench = yield* IngestBench
        const ingests = yield* Ingests
        const ingest = yield* bench.ingest
        const watch = yield* ingests.watch(ingest)
        yield* until(watch, ({ live }) => live === false)
        yield* bench.reachable(false)
        const away = yield* until(watch, ({ trouble }) => trouble !== null)
        assert.isNull(away.live)
        assert.strictEqual(yield* failureTag(ingests.find(ingest)), "ServerUnavailable")
        assert.strictEqual(yield* failureTag(ingests.kick(ingest)), "ServerUnavailable")
        yield* bench.reachable(true)
        yield* until(watch, ({ live, trouble }) => live === false && trouble === null)
      }).pipe(Effect.scoped))

    it.effect("of a server that cannot be asked nobody can say, and nobody is kicked", () =>
      Effect.gen(function*() {
        const bench = yield* IngestBench
        const ingests = yield* Ingests
        const ingest = yield* bench.mute
        yield* bench.publish(ingest)
        assert.isNull((yield* ingests.find(ingest)).live)
        assert.isFalse(yield* ingests.kick(ingest))
        assert.deepStrictEqual(yield* ingests.plan(ingest), [])
        yield* bench.unpublish(ingest)
      }))

    it.effect("the plan names the server, and no key", () =>
      Effect.gen(function*() {
        const ingest = yield* (yield* IngestBench).ingest
        const text = JSON.stringify(yield* (yield* Ingests).plan(ingest))
        assert.include(text, "\"server\":\"srs\"")
        assert.notInclude(text, Redacted.value(ingest.streamKey))
      }))
  })
