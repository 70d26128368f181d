import { assert, describe, it } from "@effect/vitest"
import * as Job from "@headend/core/Job"
import * as Keyring from "@headend/core/Keyring"
import { Effect, Redacted } from "effect"

const start: Job.Job = {
  type: "start_broadcast",
  spec: Redacted.make({ id: "lobby", source: { kind: "rtsp_camera", camera: { password: "correct horse" } } })
}
const values = ({ job, key }: Job.Enveloped) => [
  job.type === "start_broadcast" ? Redacted.value(job.spec) : job.id,
  key
]
const seal = (what: Job.Enveloped) => Effect.flatMap(Job.enveloping, (envelopes) => envelopes.seal(what))
const open = (text: string) => Effect.flatMap(Job.enveloping, (envelopes) => envelopes.open(text))
const sealBytes = (what: Job.Enveloped) => Effect.flatMap(Job.enveloping, (envelopes) => envelopes.sealBytes(what))
const openBytes = (bytes: Uint8Array) => Effect.flatMap(Job.enveloping, (envelopes) => envelopes.openBytes(bytes))
const refusal = (text: string) => Effect.map(Effect.flip(open(text)), (error) => error.message)

describe("a job's envelope", () => {
  it.effect("shows nothing of what is in it, and opens to what it was", () =>
    Effect.gen(function*() {
      const text = yield* seal({ job: start, key: "k" })
      assert.notInclude(text, "horse")
      assert.notInclude(text, "lobby")
      assert.deepStrictEqual(values(yield* open(text)), values({ job: start, key: "k" }))
      const bare = yield* seal({ job: { type: "stop_broadcast", id: "lobby" }, key: undefined })
      assert.deepStrictEqual(values(yield* open(bare)), ["lobby", undefined])
    }).pipe(Effect.provide(Keyring.layerRandom)))

  it.effect("may be plain, when its producer is not headend", () =>
    Effect.gen(function*() {
      const text = "{\"v\":1,\"job\":{\"type\":\"start_broadcast\",\"spec\":{\"source\":{\"kind\":\"test_pattern\"}}}}"
      assert.deepStrictEqual(values(yield* open(text)), [{ source: { kind: "test_pattern" } }, undefined])
    }).pipe(Effect.provide(Keyring.layerRandom)))

  it.effect("that cannot be read says which field, and none of its values", () =>
    Effect.gen(function*() {
      const secret = "{\"v\":1,\"job\":{\"type\":\"start_broadcast\",\"spec\":\"correct horse\"}}"
      const told = yield* refusal(secret)
      assert.match(told, /job\.spec/)
      assert.notInclude(told, "horse")
      assert.match(yield* refusal("{\"v\":1,\"job\":{\"type\":\"stop_broadcast\",\"id\":\"..\"}}"), /job\.id/)
      assert.match(yield* refusal("{\"v\":1,\"job\":{\"type\":\"stop_broadcast\",\"id\":\"a\",\"now\":1}}"), /job\.now/)
      assert.match(yield* refusal("nonsense"), /no JSON/)
    }).pipe(Effect.provide(Keyring.layerRandom)))

  it.effect("that another key sealed names the key", () =>
    Effect.gen(function*() {
      const text = yield* seal({ job: start, key: undefined }).pipe(
        Effect.provide(Keyring.layerRandom, { local: true })
      )
      assert.match(yield* refusal(text), /no configured key opens what key [0-9a-f]{8} made/)
    }).pipe(Effect.provide(Keyring.layerRandom)))

  it.effect("in bytes shows nothing, not even its key, and opens to what it was", () =>
    Effect.gen(function*() {
      const bytes = yield* sealBytes({ job: start, key: "the key" })
      for (const secret of ["horse", "lobby", "the key"]) {
        assert.notInclude(Buffer.from(bytes).toString("latin1"), secret)
      }
      assert.deepStrictEqual(values(yield* openBytes(bytes)), values({ job: start, key: "the key" }))
      const bare = yield* sealBytes({ job: { type: "stop_broadcast", id: "lobby" }, key: undefined })
      assert.deepStrictEqual(values(yield* openBytes(bare)), ["lobby", undefined])
    }).pipe(Effect.provide(Keyring.layerRandom)))

  it.effect("may be text where bytes are read: sealed, plain, or none at all", () =>
    Effect.gen(function*() {
      const sealed = yield* seal({ job: start, key: "k" })
      assert.deepStrictEqual(values(yield* openBytes(Buffer.from(sealed))), values({ job: start, key: "k" }))
      const plain = "{\"v\":1,\"job\":{\"type\":\"stop_broadcast\",\"id\":\"lobby\"}}"
      assert.deepStrictEqual(values(yield* openBytes(Buffer.from(`\n${plain}`))), ["lobby", undefined])
      for (const nothing of ["nonsense", ""]) {
        assert.match((yield* Effect.flip(openBytes(Buffer.from(nothing)))).message, /no JSON/)
      }
    }).pipe(Effect.provide(Keyring.layerRandom)))

  it.effect("in bytes that another key sealed names the key, and what it did not seal is no job", () =>
    Effect.gen(function*() {
      const other = yield* Effect.provide(sealBytes({ job: start, key: "k" }), Keyring.layerRandom, { local: true })
      assert.match((yield* Effect.flip(openBytes(other))).message, /no configured key opens what key [0-9a-f]{8} made/)
      const ring = yield* Keyring.Keyring
      for (const text of ["[]", "{}", "{\"job\":{\"type\":\"stop_broadcast\",\"id\":\"..\"}}", "horse"]) {
        const told = (yield* Effect.flip(Effect.flatMap(ring.sealBytes(text), openBytes))).message
        assert.match(told, /the job cannot be read/)
        assert.notInclude(told, "horse")
      }
    }).pipe(Effect.provide(Keyring.layerRandom)))
})
