import { assert, describe, it } from "@effect/vitest"
import type { BroadcastEvent } from "@headend/core/BroadcastEvent"
import { all, canKick, sorted, staleAfter, withEvent, without, withSnapshot } from "../../web/model/broadcasts.ts"
import { event, hop, snapshot, T1 } from "./snapshots.ts"

const cam = snapshot("cam", { health: { status: "ok", hops: [hop("publisher", "ok"), hop("mountpoint", "ok")] } })

describe("what is known of the broadcasts", () => {
  it("a change of state is shown at once, with its time and reason", () => {
    const reason = { code: "stopped", message: "stopped on request", hop: null, fault: null }
    const told = event("cam", { _tag: "BroadcastStateChanged", from: "running", to: "stopped", endReason: reason })
    const after = withEvent(all([cam]), told).get("cam")
    assert.strictEqual(after?.state, "stopped")
    assert.strictEqual(after?.since, T1)
    assert.strictEqual(after?.endedAt, T1)
    assert.deepStrictEqual(after?.endReason, reason)
  })

  it("a state that is not the end leaves endedAt empty", () => {
    const told = event("cam", { _tag: "BroadcastStateChanged", from: "running", to: "degraded", endReason: null })
    assert.strictEqual(withEvent(all([cam]), told).get("cam")?.endedAt, null)
  })

  it("a hop that changes keeps its place, a new one is put in the order of the media", () => {
    const bad = event("cam", { _tag: "HopChanged", hop: "publisher", status: "waiting", evidence: "it left" })
    const forwarder = event("cam", { _tag: "HopChanged", hop: "forwarder", status: "unknown", evidence: null })
    const hops = withEvent(withEvent(all([cam]), forwarder), bad).get("cam")?.health.hops
    assert.deepStrictEqual(hops?.map((one) => `${one.hop} ${one.status}`), [
      "publisher waiting",
      "forwarder unknown",
      "mountpoint ok"
    ])
    assert.strictEqual(hops?.[0]?.evidence, "it left")
    assert.strictEqual(hops?.[0]?.since, T1)
  })

  it("who publishes can be kicked where there is somebody, at a server that can be asked", () => {
    const live = { publishUrl: "rtmp://host/live/***", live: true, codecs: [] }
    const source = { kind: "rtmp_external", ingest: { app: "live", srsApi: "http://host:1985" } }
    assert.isTrue(canKick(snapshot("tv", { source, ingest: live })))
    assert.isFalse(canKick(snapshot("tv", { source, ingest: { ...live, live: false } })))
    assert.isFalse(canKick(snapshot("tv", { source: { ...source, ingest: { app: "live" } }, ingest: live })))
    assert.isFalse(canKick(snapshot("tv", { source: { kind: "browser_webrtc" } })))
  })

  it("a new owner is shown, and that there is none", () => {
    const taken = event("cam", { _tag: "OwnerChanged", from: null, to: "w2" }, { epoch: 3 })
    const left = event("cam", { _tag: "OwnerChanged", from: "w2", to: null })
    const after = withEvent(all([cam]), taken)
    assert.deepStrictEqual(after.get("cam")?.owner, { worker: "w2", epoch: 3 })
    assert.strictEqual(withEvent(after, left).get("cam")?.owner, null)
  })

  it("an event of another run, or of an unknown broadcast, changes nothing", () => {
    const before = all([cam])
    const body = { _tag: "BroadcastStateChanged", from: null, to: "pending", endReason: null } as const
    assert.strictEqual(withEvent(before, event("cam", body, { run: 2 })), before)
    assert.strictEqual(withEvent(before, event("other", body)), before)
  })

  it("is read again after its event, also of a newer run or when it is new; not after one of an older run", () => {
    const before = all([snapshot("cam", { run: 2 })])
    const body = { _tag: "ResourceAcquired", kind: "room", id: "1" } as const
    assert.strictEqual(staleAfter(before, event("cam", body, { run: 2 })), "cam")
    assert.strictEqual(staleAfter(before, event("cam", body, { run: 3 })), "cam")
    assert.strictEqual(staleAfter(before, event("other", body)), "other")
    assert.strictEqual(staleAfter(before, event("cam", body, { run: 1 })), undefined)
    const common = { position: "9", time: "2026-01-01T00:00:00.000Z", cause: null }
    const apart = { ...common, broadcast: null, run: null, epoch: null, from: null, to: 2 }
    const advice: BroadcastEvent = { ...apart, _tag: "WorkerRecommendationChanged" }
    assert.strictEqual(staleAfter(before, advice), undefined)
    assert.strictEqual(withEvent(before, advice), before)
  })

  it("a snapshot replaces what is known, unless it is of an older run", () => {
    const second = snapshot("cam", { run: 2, state: "starting" })
    const after = withSnapshot(all([cam]), second)
    assert.strictEqual(after.get("cam"), second)
    assert.strictEqual(withSnapshot(after, cam), after)
    assert.strictEqual(without(after, "cam").size, 0)
  })

  it("what is told again as it was stays the same value, so that it is not drawn again", () => {
    const before = all([cam, snapshot("other")])
    const again = all([structuredClone(cam), snapshot("other", { state: "degraded" })], before)
    assert.strictEqual(again.get("cam"), cam)
    assert.strictEqual(again.get("other")?.state, "degraded")
    assert.strictEqual(withSnapshot(again, structuredClone(cam)).get("cam"), cam)
  })

  it("the newest is first; what has ended is apart, the last one first", () => {
    const { ended, live } = sorted(all([
      snapshot("b-old", { startedAt: "2026-01-01T08:00:00.000Z" }),
      snapshot("a-new", { startedAt: "2026-01-01T09:00:00.000Z" }),
      snapshot("offered", { startedAt: null, state: "pending" }),
      snapshot("x", { state: "failed", endedAt: "2026-01-01T08:00:00.000Z" }),
      snapshot("y", { state: "stopped", endedAt: "2026-01-01T09:00:00.000Z" })
    ]))
    assert.deepStrictEqual(live.map(({ id }) => id), ["offered", "a-new", "b-old"])
    assert.deepStrictEqual(ended.map(({ id }) => id), ["y", "x"])
  })
})
