import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import * as fc from "fast-check"
import { mask, masked } from "../src/internal/mask.ts"
import { again, decode, layer } from "./support/kinds.ts"
import * as Specs from "./support/specs.ts"

/** Any part of a record: each field there or not. */
const some = <T>(fields: { [K in keyof T]: fc.Arbitrary<T[K]> }) => fc.record(fields, { requiredKeys: [] })
const secret = fc.stringMatching(/^secret-[a-z0-9]{1,20}$/)
const millis = fc.integer({ min: 0, max: 10_000_000 })
const id = fc.oneof(fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }), fc.stringMatching(/^[a-z]{1,20}$/))
const bit = fc.boolean()

const track = fc.oneof(
  some({
    type: fc.constant("audio"),
    codec: fc.constantFrom("opus", "pcmu", "g722"),
    pt: fc.integer({ min: 0, max: 127 }),
    sourceMid: fc.constantFrom("0", "x")
  }).map((one) => ({ ...one, type: "audio" })),
  some({
    codec: fc.constantFrom("h264", "vp8", "av1"),
    simulcast: bit,
    sourceIndex: fc.integer({ min: 0, max: 63 }),
    label: fc.string()
  }).map((one) => ({ ...one, type: "video" })),
  some({ dataType: fc.constantFrom("text", "binary") }).map((one) => ({ ...one, type: "data" }))
)
const create = some({
  id,
  name: fc.string(),
  metadata: fc.jsonValue(),
  secret,
  pin: secret,
  private: bit,
  collision: millis,
  srtp: fc.constant({ suite: 80, crypto: "secret".padEnd(40, "x") }),
  media: fc.array(track, { minLength: 1, maxLength: 4 })
}).map((one) => ({ ...one, type: "rtp" }))
const roomSpec = some({
  description: fc.string(),
  secret,
  pin: secret,
  adminKey: secret,
  allowed: fc.array(secret, { maxLength: 3 }),
  publishers: fc.integer({ min: 1, max: 9 })
})
const room = fc.oneof(
  fc.tuple(id, some({ secret, pin: secret })).map(([id, more]) => ({ id, ...more })),
  fc.tuple(id, roomSpec).map(([id, spec]) => ({ id, ifMissing: "create", spec }))
)
const source = fc.oneof(
  fc.tuple(room, some({ waitForPublisher: millis, publisher: fc.constantFrom("any", { id: 5 }, { display: "anna" }) }))
    .map(([room, more]) => ({ kind: "videoroom", room, ...more })),
  some({ room, token: secret }).map((one) => ({ kind: "browser_webrtc", ...one }))
)
const spec = fc.tuple(
  source,
  some({
    id: fc.stringMatching(/^[a-z][a-z0-9._-]{0,30}$/),
    description: fc.string({ maxLength: 100 }),
    labels: fc.dictionary(fc.stringMatching(/^[a-z]{1,10}$/), fc.string({ maxLength: 20 }), { maxKeys: 3 }),
    limits: some({ maxDuration: millis, giveUpAfter: millis }),
    mountpoint: fc.oneof(
      create.map((one) => ({ create: one })),
      fc.tuple(id, some({ secret })).map(([id, more]) => ({ adopt: { id, ...more } }))
    )
  })
).map(([source, more]) => ({ ...more, source }))

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value))

describe("reading and writing a specification", () => {
  it.effect("gives back what was given, secrets included", () =>
    Effect.gen(function*() {
      for (const one of fc.sample(spec, { numRuns: 500, seed: 1 })) {
        const given = json(one)
        assert.deepStrictEqual(yield* again(given), given)
      }
    }).pipe(Effect.provide(layer)))

  it.effect("loses every secret when it is masked, and nothing else", () =>
    Effect.gen(function*() {
      for (const one of fc.sample(spec, { numRuns: 500, seed: 2 })) {
        const given = json(one)
        const seen = mask(yield* decode(given), yield* again(given))
        assert.deepStrictEqual(Specs.secretsOf(seen), [])
        assert.strictEqual(
          Specs.strings(seen).filter((text) => text === masked).length,
          Specs.secretsOf(given).length
        )
        assert.deepStrictEqual(
          Specs.strings(seen).filter((text) => text !== masked).toSorted(),
          Specs.strings(given).filter((text) => !text.includes("secret")).toSorted()
        )
      }
    }).pipe(Effect.provide(layer)))

  for (const one of Specs.sources) {
    it.effect(`masks every secret of ${one.kind} (${Object.keys(one).join(", ")})`, () =>
      Effect.gen(function*() {
        const isFed = one.kind === "videoroom" || one.kind === "browser_webrtc"
        const media = isFed ? Specs.rtp.media : Specs.media
        const given = { ...Specs.whole, mountpoint: { create: { ...Specs.rtp, media } }, source: one }
        const seen = mask(yield* decode(given), yield* again(given))
        assert.isAtLeast(Specs.secretsOf(given).length, 3)
        assert.deepStrictEqual(Specs.secretsOf(seen), [])
      }).pipe(Effect.provide(layer)))
  }

  it.effect("masks every secret of a mountpoint that brings its own media, and of one to adopt", () =>
    Effect.gen(function*() {
      const source = { kind: "frontend_owned" }
      for (const mountpoint of [{ create: Specs.rtsp }, { adopt: { id: 1, secret: "secret-x" } }]) {
        const given = { mountpoint, source }
        assert.deepStrictEqual(Specs.secretsOf(mask(yield* decode(given), yield* again(given))), [])
      }
    }).pipe(Effect.provide(layer)))
})
