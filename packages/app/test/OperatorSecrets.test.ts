import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { type Reference, SecretReference } from "@headend/core/Secret"
import { Secrets } from "@headend/core/Secrets"
import { reader } from "@headend/core/Setting"
import { ConfigProvider, Effect, FileSystem, Layer, Redacted } from "effect"
import { spawnSync } from "node:child_process"
import * as OperatorSecrets from "../src/OperatorSecrets.ts"
import * as Settings from "../src/Settings.ts"

const environment = {
  CAMERA_ONE: "one",
  CAMERA_TWO: "two",
  OTHER: "other",
  HEADEND_SECRET_KEY: "the key of all",
  HEADEND_API_TOKENS: "a:write:token",
  HEADEND_SECRET_OBS: "obs"
}

const secretsOf = (options: Partial<OperatorSecrets.Options>) =>
  Effect.provide(
    Effect.gen(function*() {
      const { read, refusal } = yield* Secrets
      const reference = (from: Reference) => new SecretReference(from, () => true)
      return {
        refusal: (from: Reference) => refusal(reference(from)),
        /** The text, or why there is none. */
        read: (from: Reference) =>
          Effect.match(read(reference(from)), { onSuccess: Redacted.value, onFailure: (reason) => `! ${reason}` })
      }
    }),
    OperatorSecrets.layer({ variables: [], folder: undefined, keyFile: "/nowhere/headend.key", ...options }).pipe(
      Layer.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(environment)))
    )
  )

describe("the secrets of the operator", () => {
  it.layer(NodeServices.layer as Layer.Layer<NodeServices.NodeServices>)((it) => {
    it.effect("are none unless the settings say so", () =>
      Effect.gen(function*() {
        const { read, refusal } = yield* secretsOf({})
        assert.match(refusal({ env: "CAMERA_ONE" })!, /CAMERA_ONE may not be named.*HEADEND_SECRETS_ENV/)
        assert.match(refusal({ file: "a" })!, /no HEADEND_SECRETS_FOLDER/)
        assert.match(yield* read({ env: "CAMERA_ONE" }), /^! variable CAMERA_ONE may not be named/)
        assert.match(yield* read({ file: "/etc/passwd" }), /^! no file may be named/)
      }))

    it.effect("are variables with these names and beginnings, and never a setting, whatever is allowed", () =>
      Effect.gen(function*() {
        const { read, refusal } = yield* secretsOf({
          variables: ["CAMERA_*", "OTHER", "HEADEND_SECRET_*", "HEADEND_*"]
        })
        assert.deepStrictEqual(
          yield* Effect.forEach(["CAMERA_ONE", "CAMERA_TWO", "OTHER", "HEADEND_SECRET_OBS"], (env) => read({ env })),
          ["one", "two", "other", "obs"]
        )
        for (const env of ["HEADEND_SECRET_KEY", "HEADEND_API_TOKENS", "HEADEND_SECRETS_FOLDER", "OTHERS", "PATH"]) {
          assert.include(refusal({ env }), "may not be named", env)
          assert.match(yield* read({ env }), /^! .* may not be named/, env)
        }
        assert.strictEqual(
          yield* read({ env: "CAMERA_THREE" }),
          "! variable CAMERA_THREE is not set in the process that needs it"
        )
      }))

    it.effect("are files below the folder as they are at that moment, without the end of the line", () =>
      Effect.gen(function*() {
        const files = yield* FileSystem.FileSystem
        const folder = yield* files.realPath(yield* files.makeTempDirectoryScoped())
        const { read, refusal } = yield* secretsOf({ folder })
        yield* files.makeDirectory(`${folder}/camera`)
        yield* files.writeFileString(`${folder}/camera/password`, "first\n")
        assert.isUndefined(refusal({ file: "camera/password" }))
        assert.strictEqual(yield* read({ file: "camera/password" }), "first")
        yield* files.writeFileString(`${folder}/camera/password`, " second \r\n")
        assert.strictEqual(yield* read({ file: `${folder}/camera/password` }), " second ")
        // as mounted secrets are: links that stay inside
        yield* files.symlink(`${folder}/camera`, `${folder}/..data`)
        yield* files.symlink("..data/password", `${folder}/linked`)
        assert.strictEqual(yield* read({ file: "linked" }), " second ")
      }))

    it.effect("are no files elsewhere, by whatever way, no key, no pipe, no folder, and nothing large", () =>
      Effect.gen(function*() {
        const files = yield* FileSystem.FileSystem
        const outside = yield* files.makeTempDirectoryScoped()
        yield* files.writeFileString(`${outside}/password`, "elsewhere")
        const folder = `${outside}/secrets`
        yield* files.makeDirectory(folder)
        yield* files.writeFileString(`${folder}/headend.key`, "the key of all")
        const { read, refusal } = yield* secretsOf({ folder, keyFile: `${folder}/headend.key` })
        for (const file of ["../password", `${outside}/password`, "a/../../password", "/etc/passwd", "."]) {
          assert.include(refusal({ file }), "is not below", file)
          assert.match(yield* read({ file }), /^! file .* is not below/, file)
        }
        yield* files.symlink(`${outside}/password`, `${folder}/out`)
        yield* files.symlink(outside, `${folder}/up`)
        yield* files.symlink("headend.key", `${folder}/key`)
        for (const file of ["out", "up/password", "headend.key", "key"]) {
          assert.match(yield* read({ file }), /leads out of the operator's folder$/, file)
        }
        yield* files.makeDirectory(`${folder}/deeper`)
        assert.strictEqual(spawnSync("mkfifo", [`${folder}/pipe`]).status, 0)
        for (const file of ["deeper", "pipe"]) assert.match(yield* read({ file }), /is no plain file$/)
        yield* files.writeFileString(`${folder}/large`, "x".repeat(20_000))
        assert.match(yield* read({ file: "large" }), /is larger than 16384 bytes$/)
        assert.match(yield* read({ file: "absent" }), /is not there/)
      }))

    it.effect("are named by settings that can be used; others are told", () =>
      Effect.gen(function*() {
        const given = (more: Record<string, string>) =>
          Effect.gen(function*() {
            const from = reader()
            const settings = yield* Settings.shared(from, { port: 0 })
            return { wrong: from.wrong, allowed: [settings.secretsEnv, settings.secretsFolder] }
          }).pipe(Effect.provide(ConfigProvider.layer(ConfigProvider.fromUnknown(more))))
        assert.deepStrictEqual(
          (yield* given({ HEADEND_SECRETS_ENV: "CAMERA_*, OBS", HEADEND_SECRETS_FOLDER: "/run/secrets" })).allowed,
          [["CAMERA_*", "OBS"], "/run/secrets"]
        )
        for (const name of ["*", "A B", "HEADEND_*", "HEADEND_API_TOKENS", "HEADEND_SECRET_KEY", "H*D"]) {
          assert.lengthOf((yield* given({ HEADEND_SECRETS_ENV: name })).wrong, 1, name)
        }
        assert.lengthOf((yield* given({ HEADEND_SECRETS_FOLDER: "secrets" })).wrong, 1)
      }))
  })
})
