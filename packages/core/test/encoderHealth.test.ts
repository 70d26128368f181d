import { assert, describe, it } from "@effect/vitest"
import { type EncoderStatus, unknownStatus } from "@headend/core/Encoder"
import { EncoderHealth } from "../src/source/encoderHealth.ts"

const streaming: EncoderStatus = {
  ...unknownStatus("ws://obs"),
  connected: true,
  streaming: true,
  bitrateKbps: 800,
  fps: 30,
  renderMs: 5
}

/** What it says after these, one second after another. */
const after = (...list: ReadonlyArray<Partial<EncoderStatus>>) => {
  const health = new EncoderHealth()
  return list.map((one) => health.reading({ ...streaming, ...one })).at(-1)
}

const seconds = (count: number, at: (second: number) => Partial<EncoderStatus>) =>
  Array.from({ length: count }, (_, second) => at(second))

const flowing = (second: number) => ({ bytes: 100_000 * (second + 1), totalFrames: 30 * (second + 1) })

describe("the health of an encoder", () => {
  it("is well while bytes grow, and says how fast", () => {
    assert.deepStrictEqual(after(...seconds(6, flowing)), { status: "ok", evidence: "800 kbit/s" })
  })

  it("is bad once nothing was sent for three looks, and not sooner", () => {
    const stuck = seconds(3, () => flowing(0))
    assert.strictEqual(after(...stuck)?.status, "ok")
    assert.deepStrictEqual(after(...stuck, flowing(0)), { status: "bad", evidence: "sends nothing" })
    assert.strictEqual(after(...stuck, flowing(0), flowing(1))?.status, "ok")
  })

  it("counts anew when it starts or reconnects, and looks at one answer once", () => {
    assert.strictEqual(after(...seconds(4, () => flowing(9)), { ...flowing(0), reconnecting: true })?.status, "bad")
    assert.strictEqual(
      after(...seconds(3, () => flowing(9)), { reconnecting: true }, ...seconds(3, () => flowing(9)))?.status,
      "ok"
    )
    const health = new EncoderHealth()
    const status = { ...streaming, ...flowing(1) }
    assert.deepStrictEqual(seconds(9, () => ({})).map(() => health.reading(status).status), Array(9).fill("ok"))
  })

  it("is bad while it reconnects, which it does by itself, and when it does not stream", () => {
    assert.deepStrictEqual(after({ reconnecting: true }), {
      status: "bad",
      evidence: "has lost the ingest",
      next: "OBS connects again by itself"
    })
    assert.strictEqual(after({ streaming: false })?.status, "bad")
  })

  it("is bad when the network does not take what it sends", () => {
    assert.include(
      after(...seconds(6, (second) => ({ ...flowing(second), congestion: 0.8 })))?.evidence,
      "congested (80 %)"
    )
    const dropping = seconds(6, (second) => ({ ...flowing(second), skippedFrames: 10 * second }))
    assert.deepInclude(after(...dropping), { status: "bad" })
    assert.include(after(...dropping)?.evidence, "leaves out")
    const few = seconds(6, (second) => ({ ...flowing(second), skippedFrames: second }))
    assert.strictEqual(after(...few)?.status, "ok")
  })

  it("tells what may break it, and is well until then", () => {
    const slow = after(...seconds(6, (second) => ({ ...flowing(second), renderMs: 48 })))
    assert.deepInclude(slow, { status: "ok" })
    assert.include(slow?.evidence, "48 ms to draw")
    const warned = after({ warnings: ["OBS sends B-frames"] })
    assert.deepInclude(warned, { status: "ok", evidence: "800 kbit/s; OBS sends B-frames" })
  })
})
