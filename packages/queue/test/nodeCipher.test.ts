import * as NodeCrypto from "@effect/platform-node/NodeCrypto"
import { assert, it } from "@effect/vitest"
import { Keyring, layer, layerWith } from "@headend/core/Keyring"
import * as NodeCipher from "@headend/queue/NodeCipher"
import { Effect, Layer, Redacted } from "effect"

const key = (fill: number) => Redacted.make(Buffer.alloc(32, fill).toString("base64"))
const web = layer([key(1)])
const node = (fill: number) => Layer.provide(layerWith([key(fill)]), Layer.merge(NodeCrypto.layer, NodeCipher.layer))
const secret = "correct horse ä 🐎"
const seal = Effect.flatMap(Keyring, (keyring) => keyring.seal(Redacted.make(secret)))
const open = (sealed: string) => Effect.flatMap(Keyring, (keyring) => Effect.map(keyring.open(sealed), Redacted.value))
const sealBytes = Effect.flatMap(Keyring, (keyring) => keyring.sealBytes(secret))
const openBytes = (sealed: Uint8Array) => Effect.flatMap(Keyring, (keyring) => keyring.openBytes(sealed))

it.effect("what Node's cipher sealed, Web Crypto's opens, and the other way round", () =>
  Effect.gen(function*() {
    const [byNode, byWeb] = [yield* Effect.provide(seal, node(1)), yield* Effect.provide(seal, web)]
    assert.notInclude(byNode, "horse")
    assert.strictEqual(yield* Effect.provide(open(byNode), web), secret)
    assert.strictEqual(yield* Effect.provide(open(byWeb), node(1)), secret)
    assert.strictEqual(yield* Effect.provide(open(byNode), node(1)), secret)
  }))

it.effect("another key, a changed byte and a text that is too short open nothing", () =>
  Effect.gen(function*() {
    const sealed = yield* Effect.provide(seal, node(1))
    const [version, id, nonce, body = ""] = sealed.split(".")
    const changed = `${body.startsWith("A") ? "B" : "A"}${body.slice(1)}`
    const attempts = [
      Effect.provide(open(sealed), node(2)),
      ...[changed, "AAAA", ""].map((other) => Effect.provide(open([version, id, nonce, other].join(".")), node(1)))
    ]
    for (const attempt of attempts) assert.strictEqual((yield* Effect.flip(attempt))._tag, "KeyMissing")
  }))

it.effect("bytes of Node's cipher and Web Crypto's are the same, and none opens what was changed or cut", () =>
  Effect.gen(function*() {
    const [byNode, byWeb] = [yield* Effect.provide(sealBytes, node(1)), yield* Effect.provide(sealBytes, web)]
    assert.strictEqual(yield* Effect.provide(openBytes(byNode), web), secret)
    assert.strictEqual(yield* Effect.provide(openBytes(byWeb), node(1)), secret)
    assert.strictEqual(yield* Effect.provide(openBytes(byNode), node(1)), secret)
    const changed = Uint8Array.from(byNode, (byte, i) => i === byNode.length - 1 ? byte ^ 1 : byte)
    for (const bytes of [changed, byNode.subarray(0, 30), byNode.subarray(0, 5), byNode.subarray(0, 0)]) {
      assert.strictEqual((yield* Effect.flip(Effect.provide(openBytes(bytes), node(1))))._tag, "KeyMissing")
    }
    assert.strictEqual((yield* Effect.flip(Effect.provide(openBytes(byNode), node(2))))._tag, "KeyMissing")
  }))
