import { assert, describe, it } from "@effect/vitest"
import { advanced, rates, whyNone } from "../../web/media/figures.ts"
import { absolute, bitrate, counted, lasting, tracks } from "../../web/model/format.ts"
import { isJanusFake, unwell } from "../../web/model/health.ts"
import { evidence, failingHop, needsAttention, trouble } from "../../web/model/hops.ts"
import { lead } from "../../web/model/lead.ts"
import { hop, snapshot, T0 } from "./snapshots.ts"

describe("health in words", () => {
  const broken = snapshot("cam", {
    state: "degraded",
    health: {
      status: "warn",
      hops: [
        hop("publisher", "waiting", { evidence: "it left" }),
        hop("mountpoint", "bad", { evidence: "no media arrives", next: "opens the feed anew" }),
        hop("janus", "bad")
      ]
    }
  })

  it("names the first hop that is bad, before one that waits", () => {
    assert.strictEqual(failingHop(broken)?.hop, "mountpoint")
    assert.deepStrictEqual(trouble(broken), {
      hop: "mountpoint",
      since: T0,
      what: "no media arrives",
      next: "opens the feed anew"
    })
  })

  it("names the hop that waits where none is bad", () => {
    const waiting = snapshot("cam", {
      state: "waiting",
      health: { status: "warn", hops: [hop("publisher", "waiting")] }
    })
    assert.deepStrictEqual([trouble(waiting)?.hop, trouble(waiting)?.what], ["publisher", "waiting"])
  })

  it("says nothing of what runs, and the reason of what failed", () => {
    assert.strictEqual(trouble(snapshot("cam")), undefined)
    assert.strictEqual(trouble(snapshot("cam", { state: "stopped" })), undefined)
    const endReason = { code: "publisher_absent", message: "nobody came", hop: "publisher", fault: "caller" } as const
    const failed = trouble(snapshot("cam", { state: "failed", endedAt: T0, endReason }))
    assert.strictEqual(failed?.what, "nobody came")
    assert.strictEqual(failed?.hop, "publisher")
  })

  it("a failure is news for ten minutes, lost media for as long as it is, unless it is back in a moment", () => {
    const at = Date.parse(T0)
    const failed = snapshot("cam", { state: "failed", endedAt: T0 })
    assert.isTrue(needsAttention(failed, at + 599_000))
    assert.isFalse(needsAttention(failed, at + 600_000))
    assert.isTrue(needsAttention(broken, at + 86_400_000))
    assert.isTrue(needsAttention(broken, at + 3_000))
    assert.isFalse(needsAttention(broken, at + 2_999))
    assert.isFalse(needsAttention(snapshot("cam", { state: "waiting" }), at))
  })

  it("what shows how a hop is, is told in its own words", () => {
    assert.strictEqual(evidence(hop("forwarder", "ok", { evidence: "2 forwarders: a, v" })), "2 forwarders: a, v")
    assert.strictEqual(evidence(hop("relay", "ok", { evidence: "25 fps" })), "25 fps")
    assert.strictEqual(evidence(hop("relay", "ok")), "")
  })

  it("knows the fake Janus, and what is not well", () => {
    const health = (text: string) =>
      ({ status: "warn", components: [{ name: "janus", status: "ok", evidence: text }] }) as const
    assert.isTrue(isJanusFake(health("fake 1.1.2")))
    assert.isFalse(isJanusFake(health("1.1.2")))
    assert.isFalse(isJanusFake(undefined))
    const registry = { name: "registry", status: "down", evidence: "no answer" } as const
    const { components } = health("1.1.2")
    assert.deepStrictEqual(unwell({ status: "down", components: [...components, registry] }), [registry])
  })
})

describe("figures and addresses", () => {
  it("durations have their two largest units", () => {
    assert.deepStrictEqual(
      [-5, 59_999, 60_000, 3_600_000, 7_500_000, 100 * 3_600_000].map(lasting),
      ["0 s", "59 s", "1 min", "1 h", "2 h 5 min", "4 d 4 h"]
    )
  })

  it("bitrates, counts and tracks", () => {
    assert.deepStrictEqual([840_000, 2_400_000].map(bitrate), ["840 kbit/s", "2.4 Mbit/s"])
    assert.deepStrictEqual([counted(1, "broadcast"), counted(2, "broadcast")], ["1 broadcast", "2 broadcasts"])
    const media = [{ type: "video", codec: "h264" }, { type: "audio", codec: "opus" }, { type: "data", codec: null }]
    assert.strictEqual(tracks(media), "H.264 · Opus · data")
  })

  it("relative addresses become whole ones, whole ones stay", () => {
    assert.strictEqual(absolute("/whep/a", "https://headend.example/x"), "https://headend.example/whep/a")
    assert.strictEqual(
      absolute("https://else.example/whep/a", "https://headend.example/"),
      "https://else.example/whep/a"
    )
  })

  it("a clock that is clearly another one is known by the date of an answer", () => {
    const asked = Date.parse("2026-01-01T10:00:00.000Z")
    assert.strictEqual(lead("Thu, 01 Jan 2026 10:02:00 GMT", asked, asked), 120_500)
    assert.strictEqual(lead("Thu, 01 Jan 2026 09:59:00 GMT", asked, asked + 2_000), -60_500)
    assert.strictEqual(lead("Thu, 01 Jan 2026 10:00:02 GMT", asked, asked), 0)
    assert.strictEqual(lead("Thu, 01 Jan 2026 10:00:08 GMT", asked, asked + 14_000), 0)
    assert.deepStrictEqual([lead(undefined, asked, asked), lead("soon", asked, asked)], [0, 0])
  })

  it("rates from two readings; frames prove progress where there is a picture", () => {
    const before = { frames: 10, bytes: 1_000, pictureBytes: 900, at: 0 }
    assert.deepStrictEqual(rates(before, { ...before, frames: 70, bytes: 251_000, at: 2_000 }), {
      bitsPerSecond: 1_000_000,
      framesPerSecond: 30
    })
    assert.isFalse(advanced(before, { ...before, frames: 10, bytes: 9_000, at: 1_000 }))
    assert.isTrue(advanced(before, { ...before, frames: 11, bytes: 9_000, at: 1_000 }))
    assert.isTrue(advanced({ ...before, frames: null }, { ...before, frames: null, bytes: 9_000, at: 1_000 }))
  })

  it("tells a picture that cannot be shown from one that stands, and from none at all", () => {
    const none = { frames: 0, bytes: 90_000, pictureBytes: 80_000, at: 0 }
    assert.include(whyNone(none), "cannot show")
    assert.strictEqual(whyNone({ ...none, frames: 250 }), "the picture stands")
    assert.strictEqual(whyNone({ ...none, pictureBytes: 0 }), "the picture stands", "only sound came")
    assert.strictEqual(whyNone({ ...none, frames: null, pictureBytes: 0 }), "the picture stands")
  })
})
