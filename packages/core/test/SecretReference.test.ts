// Secrets that are given by reference: how they are read, written, shown, compared and refused.
import { assert, describe, it } from "@effect/vitest"
import { frontendOwned } from "@headend/core/source/FrontendOwned"
import { rtspCamera } from "@headend/core/source/RtspCamera"
import * as Sources from "@headend/core/Sources"
import { Effect, Layer, Redacted, Schema } from "effect"
import { canonical } from "../src/internal/canonical.ts"
import { mask } from "../src/internal/mask.ts"
import { MountpointSpec } from "../src/Mountpoint.ts"
import { references, secret } from "../src/Secret.ts"
import * as Secrets from "../src/Secrets.ts"
import { again, decode, layer, wrong } from "./support/kinds.ts"
import * as Specs from "./support/specs.ts"

/** An operator who lets callers name everything but `FORBIDDEN`. */
const allowing = Layer.provide(
  layer,
  Layer.succeed(Secrets.Secrets, {
    refusal: ({ from }) => "env" in from && from.env === "FORBIDDEN" ? "FORBIDDEN may not be named" : undefined,
    read: () => Effect.fail("nobody reads here")
  })
)

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null

/** Every secret that is a field of its own, by a reference that the secret itself tells. */
const byReference = (value: unknown, field = ""): unknown =>
  typeof value === "string" && value.startsWith("secret") && !["url", "inputUrl"].includes(field)
    ? value.length % 2 === 0 ? { env: value.replaceAll(/\W/g, "_") } : { file: value }
    : Array.isArray(value)
    ? value.map((one) => byReference(one))
    : isRecord(value)
    ? Object.fromEntries(Object.entries(value).map(([key, one]) => [key, byReference(one, key)]))
    : value

const camera = (password: unknown) => ({
  source: { kind: "rtsp_camera", camera: { url: "rtsp://camera/1", password } }
})

describe("a secret by reference", () => {
  for (const source of Specs.sources) {
    it.effect(`may be given in every secret field of ${source.kind} (${Object.keys(source).join(", ")})`, () =>
      Effect.gen(function*() {
        const isFed = source.kind === "videoroom" || source.kind === "browser_webrtc"
        const media = isFed ? Specs.rtp.media : Specs.media
        const given = byReference({ ...Specs.whole, mountpoint: { create: { ...Specs.rtp, media } }, source })
        const read = yield* decode(given)
        assert.isAtLeast(references(read).length, 3)
        // written again, and shown to everybody, as it was given
        assert.deepStrictEqual(yield* again(given), given)
        const shown = mask(read, given)
        assert.deepStrictEqual(
          shown,
          JSON.parse(
            JSON.stringify(
              given,
              (key, one) =>
                ["url", "inputUrl"].includes(key) && typeof one === "string" && one.includes("secret") ? "***" : one
            )
          )
        )
      }).pipe(Effect.provide(allowing)))
  }

  it.effect("is the same as itself, and another than the text, than another name, than another form", () =>
    Effect.gen(function*() {
      const texts = yield* Effect.forEach(
        ["NAME", { env: "NAME" }, { env: "OTHER" }, { file: "NAME" }],
        (password) => Effect.map(again(camera(password)), canonical)
      )
      assert.strictEqual(new Set(texts).size, 4)
      assert.strictEqual(canonical(yield* again(camera({ env: "NAME" }))), texts[1])
    }).pipe(Effect.provide(allowing)))

  it.effect("is refused with its field and the reason: what may not be named, what is none, and all where nobody allows any", () =>
    Effect.gen(function*() {
      const path = "source.camera.password: "
      assert.deepStrictEqual(yield* wrong(camera({ env: "FORBIDDEN" })), [`${path}FORBIDDEN may not be named`])
      const neither = `${path}expected {"env": "NAME"} or {"file": "path"}`
      assert.deepStrictEqual(yield* wrong(camera({})), [neither])
      assert.deepStrictEqual(yield* wrong(camera({ env: "A", file: "b" })), [neither])
      assert.deepStrictEqual(yield* wrong(camera({ env: "A B" })), [
        "source.camera.password.env: expected the name of an environment variable"
      ])
      assert.lengthOf(yield* wrong(camera({ vault: "x" })), 1)
      assert.deepStrictEqual(yield* Effect.provide(wrong(camera({ env: "A" })), layer, { local: true }), [
        `${path}no secret may be given by reference here`
      ])
      const room = (one: unknown, other: unknown) => ({
        source: { kind: "videoroom", room: { id: 1, pin: one, ifMissing: "create", spec: { pin: other } } }
      })
      yield* decode(room({ env: "A" }, { env: "A" }))
      assert.lengthOf(yield* wrong(room({ env: "A" }, { env: "B" })), 1)
      assert.lengthOf(yield* wrong(room({ env: "A" }, "A")), 1)
    }).pipe(Effect.provide(allowing)))

  it.effect("that is neither text nor a reference has one reason, also where a program wrote it", () =>
    Effect.gen(function*() {
      for (const password of [7, null, ["x"]]) {
        assert.deepStrictEqual(yield* wrong(camera(password)), [
          "source.camera.password: expected text, {\"env\": \"NAME\"} or {\"file\": \"path\"}"
        ])
      }
      const written = (url: unknown, password: unknown) => {
        const spec = { source: { kind: "rtsp_camera", camera: { url, password } } }
        // as somebody's JavaScript has it
        return Effect.flip(Sources.make([rtspCamera]).validate(spec as never)).pipe(
          Effect.map((error) => error.message)
        )
      }
      const address = Redacted.make("rtsp://camera/1")
      assert.strictEqual(
        yield* written("rtsp://camera/1", "plain"),
        "source.camera.url: expected Redacted.make(\"…\"); "
          + "source.camera.password: expected Redacted.make(\"…\") or a SecretReference"
      )
      assert.strictEqual(
        yield* written(Redacted.make("gopher://camera"), Redacted.make("two\nlines")),
        "source.camera.url: expected an address that begins with rtsp:// or rtsps://; "
          + "source.camera.password: expected no line break and no other control character"
      )
      assert.strictEqual(
        yield* written(address, Redacted.make(7)),
        "source.camera.password: Expected string"
      )
    }).pipe(Effect.provide(allowing)))

  it.effect("is read where it is needed: as it is then, if its text suits the field", () =>
    Effect.gen(function*() {
      let text = "first key"
      const secrets: Secrets.Service = { refusal: () => undefined, read: () => Effect.sync(() => Redacted.make(text)) }
      const field = secret(Schema.String.check(Schema.isPattern(/^\S+$/)))
      const value = { keys: [yield* Schema.decodeEffect(field)({ env: "KEY" })], other: Redacted.make("as given") }
      const error = yield* Effect.flip(Secrets.resolve(secrets, value, "source.ingest"))
      assert.deepStrictEqual(error.failure, { code: "secret_unavailable", hop: "ingest", fault: "world" })
      assert.include(error.message, "source.ingest.keys.0 cannot be read: the text of variable KEY does not suit")
      assert.notInclude(error.message, text)
      text = "second"
      const read = yield* Secrets.resolve(secrets, value, "source")
      assert.deepStrictEqual(read.keys.map(Redacted.value), ["second"])
      assert.strictEqual(read.other, value.other)
      const plain = { a: [1, { b: Redacted.make("x") }] }
      assert.strictEqual(yield* Secrets.resolve(secrets, plain, ""), plain, "nothing to read, nothing made anew")
    }))

  it("is in the JSON Schema of a field beside the text", () => {
    const { schema: { properties } } = Schema.toJsonSchemaDocument(Schema.Struct({ secret: secret(Schema.String) }))
    assert.include(JSON.stringify(properties), "\"type\":\"string\"")
    assert.include(JSON.stringify(properties), "SecretReference")
  })

  it.effect("is only what a schema takes for a secret: data of the caller that looks like one stays", () =>
    Effect.gen(function*() {
      const spec = yield* Schema.decodeEffect(MountpointSpec)({ metadata: { env: "A" }, pin: { env: "B" } })
      assert.deepStrictEqual(references(spec).map(({ path }) => path.join(".")), ["pin"])
      const sources = yield* Sources.Sources
      assert.deepStrictEqual(sources.kinds, ["frontend_owned"])
    }).pipe(Effect.provide(Sources.layer(Sources.make([frontendOwned])))))
})
