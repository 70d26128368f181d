import { assert, describe, it } from "@effect/vitest"
import { interrupted, received, start } from "../../web/model/following.ts"
import { event, snapshot } from "./snapshots.ts"

const reset = (id: string, ids: ReadonlyArray<string>, more = false) =>
  ({ event: "reset", id, data: { items: ids.map((one) => snapshot(one)), more } }) as const

describe("following the stream", () => {
  it("a reset tells everything anew: what it does not name is gone", () => {
    const first = received(start, reset("7", ["a", "b"])).after
    const second = received(first, reset("9", ["b", "c"])).after
    assert.deepStrictEqual([...second.broadcasts.keys()], ["b", "c"])
    assert.strictEqual(second.position, "9")
  })

  it("a reset in parts is shown with its last one, and is resumed from there only", () => {
    const known = received(start, reset("7", ["old"])).after
    const half = received(known, reset("9", ["a"], true)).after
    assert.deepStrictEqual([...half.broadcasts.keys()], ["old"])
    assert.strictEqual(half.position, "7")
    const whole = received(half, reset("9", ["b"])).after
    assert.deepStrictEqual([...whole.broadcasts.keys()], ["a", "b"])
    assert.strictEqual(whole.position, "9")
  })

  it("a reset that is cut off begins again, without what came of it", () => {
    const half = received(start, reset("9", ["a"], true)).after
    const whole = received(interrupted(half), reset("11", ["b"])).after
    assert.deepStrictEqual([...whole.broadcasts.keys()], ["b"])
  })

  it("figures change what its relay moves, and neither its snapshot nor the position", () => {
    const relay = { kind: "ffmpeg", pid: 7, restarts: 0, progress: { fps: 1 }, lastError: null }
    const items = [snapshot("a", { relay }), snapshot("b")]
    const known = received(start, { event: "reset", id: "7", data: { items, more: false } }).after
    const told = ["a", "b", "c"].map((broadcast) => ({ broadcast, run: 1, progress: { fps: 25 } }))
    const { after, stale } = received(known, { event: "figures", data: { items: told } })
    assert.deepStrictEqual([...known.progress], [["a", { fps: 1 }]])
    assert.deepStrictEqual([...after.progress], [["a", { fps: 25 }]])
    assert.strictEqual(after.broadcasts, known.broadcasts)
    assert.deepStrictEqual([after.position, stale], ["7", undefined])
    const older = [{ broadcast: "a", run: 2, progress: { fps: 3 } }]
    assert.deepStrictEqual(received(after, { event: "figures", data: { items: older } }).after, after)
  })

  it("an event changes the broadcast, moves the position, and has the snapshot read again", () => {
    const known = received(start, reset("7", ["a"])).after
    const data = event("a", { _tag: "BroadcastStateChanged", from: "running", to: "recovering", endReason: null })
    const { after, stale } = received(known, { event: data._tag, id: "8", data })
    assert.strictEqual(after.broadcasts.get("a")?.state, "recovering")
    assert.strictEqual(after.position, "8")
    assert.strictEqual(stale, "a")
  })
})
