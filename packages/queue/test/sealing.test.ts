import { assert, describe, it } from "@effect/vitest"
import * as Keyring from "@headend/core/Keyring"
import { frontendOwned } from "@headend/core/source/FrontendOwned"
import * as Sources from "@headend/core/Sources"
import { Effect, Layer, Redacted } from "effect"
import * as Sealing from "../src/internal/sealing.ts"

const sources = Sources.layer(Sources.make([frontendOwned]))
const key = (fill: number) => Redacted.make(Buffer.alloc(32, fill).toString("base64"))
const withKey = (fill: number) => Effect.provide(Layer.merge(sources, Keyring.layer([key(fill)])))

const spec = {
  id: "lobby",
  mountpoint: { create: { type: "rtsp" as const, url: "rtsp://camera/", rtspPassword: "correct horse" } },
  source: { kind: "frontend_owned" }
}

describe("sealing", () => {
  it.effect("a sealed specification shows nothing of itself, and opens to what it was", () =>
    Effect.gen(function*() {
      const { decode } = yield* Sources.Sources
      const decoded = yield* decode(spec)
      const { open, seal } = yield* Sealing.make
      const sealed = yield* seal(decoded)
      assert.notInclude(sealed, "horse")
      assert.notInclude(sealed, "lobby")
      assert.deepStrictEqual(yield* open(sealed), decoded)
    }).pipe(withKey(1)))

  it.effect("another key does not open it, and the reason names the key that is missing", () =>
    Effect.gen(function*() {
      const { decode } = yield* Sources.Sources
      const decoded = yield* decode(spec)
      const sealed = yield* Effect.flatMap(Sealing.make, ({ seal }) => seal(decoded)).pipe(withKey(1))
      const error = yield* Effect.flip(Effect.flatMap(Sealing.make, ({ open }) => open(sealed)))
      assert.match(error.message, /no configured key opens what key [0-9a-f]{8} made/)
    }).pipe(withKey(2)))
})
