import { assert, describe, it } from "@effect/vitest"
import { all, matches } from "../../web/model/broadcasts.ts"
import { inWords, withEvent } from "../../web/model/history.ts"
import { line, withSamples } from "../../web/model/trends.ts"
import { event, snapshot } from "./snapshots.ts"

describe("figures over time", () => {
  it("are kept for each broadcast that has some, and forgotten with it", () => {
    const broadcasts = all([snapshot("a"), snapshot("b")])
    const progress = new Map([["a", { fps: 25, bitrateKbps: 900 }]])
    const first = withSamples(new Map(), broadcasts, progress, 1_000)
    const second = withSamples(first, all([snapshot("a")]), new Map(), 2_000)
    assert.deepStrictEqual([...first.keys()], ["a"])
    assert.deepStrictEqual(second.get("a"), [{ at: 1_000, kbps: 900, fps: 25 }])
    assert.strictEqual(withSamples(second, all([]), progress, 3_000).size, 0)
    let many = first
    for (let i = 0; i < 300; i++) many = withSamples(many, broadcasts, progress, i)
    assert.strictEqual(many.get("a")?.length, 120)
  })

  it("become a line from the left to the right, the highest value at the top", () => {
    assert.strictEqual(line([0, 5, 10], 100, 20), "0.0,20.0 50.0,10.0 100.0,0.0")
    assert.strictEqual(line([4, null, 4], 10, 8), "0.0,0.0 10.0,0.0")
  })
})

describe("the filter", () => {
  it("finds every word somewhere in what a broadcast is called, is, comes from or is labelled", () => {
    const one = snapshot("cam-7", { description: "Lobby", labels: { team: "news" }, owner: { worker: "w1", epoch: 1 } })
    for (const filter of ["", "lobby", "CAM", "running w1", "team,news", "browser lob"]) {
      assert.isTrue(matches(one, filter), filter)
    }
    for (const filter of ["lobby w2", "failed"]) assert.isFalse(matches(one, filter), filter)
  })
})

describe("the history", () => {
  it("says in words what happened, the newest first", () => {
    const lost = event("a", {
      _tag: "BroadcastStateChanged",
      from: "running",
      to: "recovering",
      endReason: null,
      cause: "relay_ended"
    })
    const made = event("a", { _tag: "ResourceAcquired", kind: "mountpoint", id: "12" })
    const bad = event("a", { _tag: "HopChanged", hop: "relay", status: "bad", evidence: "refused" })
    const events = [lost, made, bad].reduce(withEvent, [])
    assert.deepStrictEqual(events.map(inWords), ["relay bad: refused", "mountpoint 12 made", "recovering: relay_ended"])
  })
})
