import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Keyring } from "@headend/core/Keyring"
import { Effect, FileSystem, Layer, Redacted } from "effect"
import * as SecretKey from "../src/SecretKey.ts"

const keyId = (keys: ReadonlyArray<string>, path: string) =>
  Effect.gen(function*() {
    const { keyId } = yield* Keyring
    return keyId
  }).pipe(Effect.provide(SecretKey.layer(keys.map((one) => Redacted.make(one)), path), { local: true }))

const folder = Effect.flatMap(FileSystem.FileSystem, (files) => files.makeTempDirectoryScoped())

describe("the secret key", () => {
  it.layer(NodeServices.layer as Layer.Layer<NodeServices.NodeServices>)((it) => {
    it.effect("is made once, for its owner's eyes, and found again", () =>
      Effect.gen(function*() {
        const files = yield* FileSystem.FileSystem
        const path = `${yield* folder}/headend.key`
        const first = yield* keyId([], path)
        assert.strictEqual((yield* files.stat(path)).mode & 0o777, 0o600)
        const text = yield* files.readFileString(path)
        assert.lengthOf(Buffer.from(text.trim(), "base64"), 32)
        assert.strictEqual(yield* keyId([], path), first)
        assert.strictEqual(yield* files.readFileString(path), text)
        assert.notStrictEqual(yield* keyId([], `${yield* folder}/headend.key`), first)
      }))

    it.effect("is that of the settings, and no file is made", () =>
      Effect.gen(function*() {
        const files = yield* FileSystem.FileSystem
        const path = `${yield* folder}/headend.key`
        const [one, two] = ["a", "b"].map((letter) => Buffer.alloc(32, letter).toString("base64")) as [string, string]
        assert.strictEqual(yield* keyId([one, two], path), yield* keyId([one], path))
        assert.notStrictEqual(yield* keyId([one], path), yield* keyId([two], path))
        assert.isFalse(yield* files.exists(path))
      }))

    it.effect("is asked for by name when the file cannot be used", () =>
      Effect.gen(function*() {
        const files = yield* FileSystem.FileSystem
        const where = yield* folder
        yield* files.writeFileString(`${where}/broken`, "no key")
        for (const path of [`${where}/broken`, `${where}/no/such/folder/headend.key`]) {
          const error = yield* Effect.flip(keyId([], path))
          assert.include(error.message, `HEADEND_SECRET_KEY: not set, and the key file ${path}`)
        }
        assert.strictEqual(yield* files.readFileString(`${where}/broken`), "no key")
      }))
  })
})
