import { assert, describe, it } from "@effect/vitest"
import { complete, standard } from "@headend/core/Track"
import { hash53 } from "../src/internal/hash53.ts"

describe("completing tracks", () => {
  it("gives H.264 and Opus their payload types and format", () => {
    assert.deepStrictEqual(complete(standard), [
      { type: "audio", mid: "a", codec: "opus", pt: 111 },
      {
        type: "video",
        mid: "v",
        codec: "h264",
        pt: 96,
        fmtp: "profile-level-id=42e01f;packetization-mode=1"
      }
    ])
  })

  it("fills in codec and mid where none is given", () => {
    assert.deepStrictEqual(complete([{ type: "video" }, { type: "audio" }, { type: "data" }]).map((one) => one.mid), [
      "v",
      "a",
      "d"
    ])
    assert.deepStrictEqual(complete([{ type: "data" }]), [{ type: "data", mid: "d" }])
  })

  it("counts on with mids of one type, and takes none that is given", () => {
    const mids = complete([
      { type: "video" },
      { type: "video", mid: "v2" },
      { type: "video" },
      { type: "audio", mid: "v" },
      { type: "video" }
    ]).map((one) => one.mid)
    assert.deepStrictEqual(mids, ["v3", "v2", "v4", "v", "v5"])
  })

  it("keeps what is given", () => {
    const track = { type: "video", mid: "x", codec: "h264", pt: 100, fmtp: "mine", port: 5004 } as const
    assert.deepStrictEqual(complete([track]), [track])
  })

  it("knows the payload types that RFC 3551 fixes, and gives other codecs no format", () => {
    const of = (codec: "pcmu" | "pcma" | "g722" | "multiopus") => {
      const [track] = complete([{ type: "audio", codec }])
      return track?.type === "audio" ? track.pt : undefined
    }
    assert.deepStrictEqual([of("pcmu"), of("pcma"), of("g722"), of("multiopus")], [0, 8, 9, 111])
    assert.deepStrictEqual(complete([{ type: "video", codec: "vp8" }]), [
      { type: "video", mid: "v", codec: "vp8", pt: 96 }
    ])
  })
})

describe("a generated id", () => {
  it("is a number that Janus and JSON carry, the same for the same parts", () => {
    for (let i = 0; i < 1000; i++) {
      const id = hash53("prod", `b${i}`, i)
      assert.isTrue(Number.isSafeInteger(id) && id >= 1)
      assert.strictEqual(hash53("prod", `b${i}`, i), id)
    }
  })

  it("tells parts apart where they meet", () => {
    assert.notStrictEqual(hash53("a", "bc"), hash53("ab", "c"))
    assert.notStrictEqual(hash53("a/1:b"), hash53("a", "b"))
    assert.notStrictEqual(hash53("x", 1), hash53("x", 11))
  })

  it("does not collide among many names that are alike, and uses all bits evenly", () => {
    const seen = new Set<number>()
    const bits = Array.from({ length: 53 }, () => 0)
    const count = 200_000
    for (let i = 0; i < count; i++) {
      const id = hash53("default", `broadcast-${i % 50_000}`, 1 + Math.floor(i / 50_000))
      seen.add(id)
      for (let bit = 0, rest = id; bit < 53; bit++, rest = Math.floor(rest / 2)) bits[bit]! += rest % 2
    }
    assert.strictEqual(seen.size, count)
    for (const set of bits) assert.approximately(set / count, 0.5, 0.02)
  })
})
