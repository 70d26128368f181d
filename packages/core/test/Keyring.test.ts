import { assert, describe, it } from "@effect/vitest"
import { Key, Keyring, layer, layerRandom } from "@headend/core/Keyring"
import { Effect, Redacted, Schema } from "effect"

const key = (byte: number) => Redacted.make(Buffer.alloc(32, byte).toString("base64"))
const first = layer([key(1)])
const second = layer([key(2)])
const both = layer([key(2), key(1)])
const plain = Redacted.make("rtsp://admin:päss@camera")

const seal = Keyring.use((ring) => ring.seal(plain))
const open = (sealed: string) => Keyring.use((ring) => Effect.map(ring.open(sealed), Redacted.value))
const sealBytes = Keyring.use((ring) => ring.sealBytes(Redacted.value(plain)))
const openBytes = (sealed: Uint8Array) => Keyring.use((ring) => ring.openBytes(sealed))
const keyId = Keyring.use((ring) => Effect.succeed(ring.keyId))
const derive = (id: string, ...parts: ReadonlyArray<string | number>) =>
  Keyring.use((ring) => Effect.map(ring.derive(id, parts), Redacted.value))

describe("the keyring", () => {
  it.effect("names a key by a digest that is stable, and the newest first", () =>
    Effect.gen(function*() {
      const id = yield* Effect.provide(keyId, first)
      assert.match(id, /^[0-9a-f]{8}$/)
      assert.strictEqual(yield* Effect.provide(keyId, layer([key(1)])), id)
      assert.notStrictEqual(yield* Effect.provide(keyId, second), id)
      assert.strictEqual(yield* Effect.provide(keyId, both), yield* Effect.provide(keyId, second))
    }))

  it.effect("derives the same secret in every process, another for other parts and keys", () =>
    Effect.gen(function*() {
      const id = yield* Effect.provide(keyId, first)
      const secret = yield* Effect.provide(derive(id, "mountpoint", 12, 1), first)
      assert.match(secret, /^[A-Za-z0-9_-]{32}$/)
      assert.strictEqual(yield* Effect.provide(derive(id, "mountpoint", 12, 1), layer([key(1)])), secret)
      assert.strictEqual(yield* Effect.provide(derive(id, "mountpoint", 12, 1), both), secret)
      for (const parts of [["mountpoint", 12, 2], ["mountpoint", 121], ["room", 12, 1], ["mountpoint1", 2, 1]]) {
        assert.notStrictEqual(yield* Effect.provide(derive(id, ...parts), first), secret)
      }
      const other = yield* Effect.provide(keyId, second)
      assert.notStrictEqual(yield* Effect.provide(derive(other, "mountpoint", 12, 1), second), secret)
    }))

  it.effect("opens what it sealed, which shows nothing and is never twice the same", () =>
    Effect.gen(function*() {
      const one = yield* seal
      const two = yield* seal
      assert.notStrictEqual(one, two)
      assert.notInclude(one, "camera")
      assert.strictEqual(yield* open(one), Redacted.value(plain))
      assert.strictEqual(yield* open(two), Redacted.value(plain))
    }).pipe(Effect.provide(first)))

  it.effect("opens with an older key what that key sealed", () =>
    Effect.gen(function*() {
      const sealed = yield* Effect.provide(seal, first)
      assert.strictEqual(yield* Effect.provide(open(sealed), both), Redacted.value(plain))
    }))

  it.effect("names the key that is missing", () =>
    Effect.gen(function*() {
      const id = yield* Effect.provide(keyId, first)
      const sealed = yield* Effect.provide(seal, first)
      const opening = yield* Effect.flip(Effect.provide(open(sealed), second))
      assert.deepStrictEqual([opening._tag, opening.keyId], ["KeyMissing", id])
      assert.include(opening.message, id)
      const deriving = yield* Effect.flip(Effect.provide(derive(id, "x"), second))
      assert.strictEqual(deriving.keyId, id)
    }))

  it.effect("opens nothing that was tampered with", () =>
    Effect.gen(function*() {
      const sealed = yield* seal
      const parts = sealed.split(".")
      const flip = (text: string, at: number) => text.slice(0, at) + (text[at] === "A" ? "B" : "A") + text.slice(at + 1)
      const tampered = [
        [parts[0], parts[1], flip(parts[2]!, 3), parts[3]].join("."),
        [parts[0], parts[1], parts[2], flip(parts[3]!, 0)].join("."),
        [parts[0], parts[1], parts[2], parts[3]!.slice(0, -4)].join("."),
        [parts[0], parts[1], parts[2], "not base64 !"].join("."),
        [parts[0], parts[1]].join("."),
        `v2${sealed.slice(2)}`,
        "",
        "plain text"
      ]
      for (const text of tampered) {
        assert.strictEqual((yield* Effect.flip(open(text)))._tag, "KeyMissing", text)
      }
    }).pipe(Effect.provide(first)))

  it.effect("opens the bytes that it sealed, also with an older key, and names the key of those that it cannot open", () =>
    Effect.gen(function*() {
      const [one, two] = [yield* Effect.provide(sealBytes, first), yield* Effect.provide(sealBytes, first)]
      assert.notDeepEqual(one, two)
      assert.notInclude(Buffer.from(one).toString("latin1"), "camera")
      for (const ring of [first, both]) {
        assert.strictEqual(yield* Effect.provide(openBytes(one), ring), Redacted.value(plain))
      }
      const missing = yield* Effect.flip(Effect.provide(openBytes(one), second))
      assert.strictEqual(missing.keyId, yield* Effect.provide(keyId, first))
    }))

  it.effect("opens no bytes that were changed or cut, nor any that it did not make", () =>
    Effect.gen(function*() {
      const sealed = yield* sealBytes
      for (let at = 0; at < sealed.length; at++) {
        const changed = Uint8Array.from(sealed, (byte, i) => i === at ? byte ^ 1 : byte)
        assert.strictEqual((yield* Effect.flip(openBytes(changed)))._tag, "KeyMissing", `byte ${at}`)
      }
      for (const length of [0, 1, 5, 16, 20, sealed.length - 1]) {
        assert.strictEqual((yield* Effect.flip(openBytes(sealed.subarray(0, length))))._tag, "KeyMissing", `${length}`)
      }
    }).pipe(Effect.provide(first)))

  it.effect("tells two texts apart without keeping them", () =>
    Effect.gen(function*() {
      const ring = yield* Keyring
      const [print] = yield* ring.fingerprints("{\"a\":1}")
      assert.match(print, /^[0-9a-f]{32}$/)
      assert.deepStrictEqual(yield* ring.fingerprints("{\"a\":1}"), [print])
      assert.notInclude(yield* ring.fingerprints("{\"a\":2}"), print)
      assert.notInclude(yield* Effect.provide(Keyring.use((one) => one.fingerprints("{\"a\":1}")), second), print)
    }).pipe(Effect.provide(first)))

  it.effect("knows a text again that an older key was asked of: its fingerprints, the newest key's first", () =>
    Effect.gen(function*() {
      const of = Keyring.use((ring) => ring.fingerprints("{\"a\":1}"))
      const [before] = yield* Effect.provide(of, first)
      const [after] = yield* Effect.provide(of, second)
      assert.deepStrictEqual(yield* Effect.provide(of, both), [after, before])
    }))

  it.effect("is another one each time when it is random", () =>
    Effect.gen(function*() {
      assert.notStrictEqual(yield* Effect.provide(keyId, layerRandom), yield* Effect.provide(keyId, layerRandom))
    }))

  it("takes keys of 32 bytes in base64, and no others", () => {
    const isKey = (text: string) => Schema.decodeOption(Key)(text)._tag === "Some"
    assert.isTrue(isKey(Buffer.alloc(32, 9).toString("base64")))
    for (const length of [0, 16, 31, 33]) assert.isFalse(isKey(Buffer.alloc(length, 9).toString("base64")))
    assert.isFalse(isKey("x".repeat(44)))
  })
})
