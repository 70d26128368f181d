// The registry's contract: what an owner reports and releases, fenced by its epoch.
import { assert } from "@effect/vitest"
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import type { StatusChange } from "@headend/core/Lease"
import { Effect, Option, Stream } from "effect"
import { failureTag } from "./contract.ts"
import { type Bench, claimOne, ended, held, leaseOf, start, worker } from "./registryBench.ts"

const mountpoint = { id: 12, janus: "janus", created: true, media: [] }
const health = {
  status: "ok" as const,
  hops: [{
    hop: "mountpoint" as const,
    status: "ok" as const,
    since: "2026-01-01T00:00:00.000Z",
    evidence: 3,
    next: null
  }]
}
const facts = {
  room: { id: 7, created: false },
  forwarders: [{ mid: "v", streamId: 5, host: "127.0.0.1", port: 5000 }],
  ingest: null,
  relay: null,
  obs: null,
  publish: { whip: "/whip/a", rtmp: null },
  note: "a note"
}
const running: StatusChange = {
  state: "running",
  cause: "media",
  startedAt: 1_700_000_000_000,
  mountpoint,
  facts,
  health,
  held,
  leftBehind: [{ kind: "room", id: "9" }],
  events: [
    { _tag: "ResourceAcquired", kind: "mountpoint", id: "12" },
    { _tag: "HopChanged", hop: "mountpoint", status: "ok", evidence: 3 }
  ]
}

export const owning = ({ test }: Bench) => {
  test(
    "one that stops claims no hop any more, also when its owner still says so; once stopped it is ok",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const claim = yield* start("a", "w1")
      yield* registry.report(claim, { state: "running", health })
      yield* registry.requestStop("a", 2000)
      assert.deepStrictEqual((yield* registry.get("a")).snapshot.health, { status: "warn", hops: [] })
      yield* registry.report(claim, { state: "running", health })
      assert.deepStrictEqual((yield* registry.get("a")).snapshot.health, { status: "warn", hops: [] })
      yield* registry.release(claim, ended)
      assert.deepStrictEqual((yield* registry.get("a")).snapshot.health, { status: "ok", hops: [] })
    })
  )

  test(
    "a report writes state, facts, ledger and events in one step",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const claim = yield* start("a", "w1")
      const position = yield* registry.position
      yield* registry.report(claim, running)
      const { snapshot } = yield* registry.get("a")
      assert.strictEqual(snapshot.state, "running")
      assert.strictEqual(snapshot.startedAt, "2023-11-14T22:13:20.000Z")
      assert.deepStrictEqual(snapshot.mountpoint, mountpoint)
      assert.deepStrictEqual(snapshot.play, { whep: "/whep/a", mountpointId: 12 })
      assert.deepStrictEqual([snapshot.room, snapshot.forwarders], [facts.room, facts.forwarders])
      assert.deepStrictEqual([snapshot.publish, snapshot.note], [facts.publish, facts.note])
      assert.deepStrictEqual([snapshot.health, snapshot.leftBehind], [health, running.leftBehind])
      const events = yield* Stream.runCollect(Stream.take(registry.events(position), 3))
      assert.deepStrictEqual(events.map((event) => [event._tag, event.broadcast, event.run, event.epoch]), [
        ["ResourceAcquired", "a", 1, claim.epoch],
        ["HopChanged", "a", 1, claim.epoch],
        ["BroadcastStateChanged", "a", 1, claim.epoch]
      ])
      assert.strictEqual(events[2]?.cause, "media")
      yield* registry.release(claim, "handover")
      const next = yield* claimOne("w2")
      assert.deepStrictEqual([next.held, next.mountpoint, next.state], [held, mountpoint, "running"])
      assert.deepStrictEqual([next.startedAt, next.leftBehind], [1_700_000_000_000, running.leftBehind])
    })
  )

  test(
    "a report changes what it names, and keeps the rest and the first time on air",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const claim = yield* start("a", "w1")
      yield* registry.report(claim, running)
      const before = (yield* registry.get("a")).snapshot
      const position = yield* registry.position
      yield* registry.report(claim, { state: "running", startedAt: 5 })
      assert.deepStrictEqual((yield* registry.get("a")).snapshot, before)
      assert.strictEqual(yield* registry.position, position)
      yield* registry.report(claim, { mountpoint: null })
      const after = (yield* registry.get("a")).snapshot
      assert.deepStrictEqual([after.mountpoint, after.state, after.room], [null, "running", facts.room])
    })
  )

  test(
    "what its relays said can be read anywhere, also once it has ended, and the next run begins with nothing",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const logs = [
        {
          startedAt: "2026-01-01T00:00:00.000Z",
          endedAt: "2026-01-01T00:01:00.000Z",
          exit: "exit code 1",
          lines: ["x"]
        },
        { startedAt: "2026-01-01T00:01:01.000Z", endedAt: null, exit: null, lines: ["a \"quoted\" line", "ä"] }
      ]
      const claim = yield* start("a", "w1")
      assert.deepStrictEqual(yield* registry.logs("a"), [])
      yield* registry.report(claim, { logs })
      assert.deepStrictEqual(yield* registry.logs("a"), logs)
      yield* registry.report(claim, { state: "running" })
      yield* registry.release(claim, ended)
      assert.strictEqual(yield* failureTag(registry.report(claim, { logs: [] })), "Fenced")
      assert.deepStrictEqual(yield* registry.logs("a"), logs)
      yield* start("a", "w2")
      assert.deepStrictEqual(yield* registry.logs("a"), [])
      assert.deepStrictEqual(yield* registry.logs("b"), [])
    })
  )

  test(
    "nothing that a stale owner writes lands",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const stale = yield* start("a", "w1")
      yield* registry.release(stale, "handover")
      const valid = yield* claimOne("w1")
      const before = (yield* registry.get("a")).snapshot
      const position = yield* registry.position
      const forged = [stale, { ...valid, worker: "w2" }, { ...valid, epoch: valid.epoch + 1 }, { ...valid, id: "b" }]
      for (const lease of forged) {
        assert.strictEqual(yield* failureTag(registry.report(lease, running)), "Fenced")
        assert.strictEqual(yield* failureTag(registry.release(lease, "handover")), "Fenced")
        assert.strictEqual(yield* failureTag(registry.release(lease, ended)), "Fenced")
      }
      assert.deepStrictEqual((yield* registry.get("a")).snapshot, before)
      assert.strictEqual(yield* registry.position, position)
      yield* registry.report(valid, running)
    })
  )

  test(
    "once it is stopping, no report makes it anything else",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const claim = yield* start("a", "w1")
      yield* registry.requestStop("a", 2000)
      yield* registry.report(claim, { ...running, cause: "media" })
      const { snapshot } = yield* registry.get("a")
      assert.strictEqual(snapshot.state, "stopping")
      assert.deepStrictEqual(snapshot.mountpoint, mountpoint)
    })
  )

  test(
    "the first reason to end is the one that is kept",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const claim = yield* start("a", "w1")
      const gaveUp = { code: "gave_up", message: "nothing came", hop: null, fault: "world" } as const
      yield* registry.report(claim, { ending: gaveUp })
      assert.strictEqual((yield* registry.get("a")).snapshot.state, "stopping")
      yield* registry.requestStop("a", 2000)
      yield* registry.report(claim, { ending: { ...gaveUp, code: "another" } })
      yield* registry.release(claim, "handover")
      assert.deepStrictEqual((yield* claimOne("w2")).ending, gaveUp)
    })
  )

  test(
    "who hands over before an owner before it was seen to end says so; the next is told, until one has seen it",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const first = yield* start("a", "w1")
      assert.deepStrictEqual(first.maySend, Option.none())
      yield* registry.release(first, { maySend: "w0" })
      assert.isNull((yield* registry.get("a")).snapshot.owner)
      const second = yield* claimOne("w2")
      assert.deepStrictEqual([second.previousOwner, second.maySend], [Option.none(), Option.some("w0")])
      yield* registry.release(second, { maySend: "w0" })
      const third = yield* claimOne("w3")
      assert.deepStrictEqual(third.maySend, Option.some("w0"))
      yield* registry.release(third, "handover")
      const fourth = yield* claimOne("w4")
      assert.deepStrictEqual(fourth.maySend, Option.none())
      yield* registry.release(fourth, { maySend: "w0" })
      const fifth = yield* claimOne("w5")
      yield* registry.release(fifth, ended)
      assert.deepStrictEqual((yield* start("a", "w6", { key: "again" })).maySend, Option.none())
    })
  )

  test(
    "a hand-over keeps everything for the successor, and can be claimed at once",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const claim = yield* start("a", "w1")
      yield* registry.report(claim, running)
      yield* registry.release(claim, "handover")
      const { snapshot } = yield* registry.get("a")
      assert.deepStrictEqual([snapshot.state, snapshot.owner, snapshot.mountpoint], ["running", null, mountpoint])
      const next = yield* claimOne("w2")
      assert.deepStrictEqual([next.run, next.wanted], [1, "running"])
      assert.deepStrictEqual(yield* registry.renew("w1", [leaseOf(claim)]), [{ id: "a", verdict: "lost" }])
    })
  )

  test(
    "what is released as over is over, for its reason, and nobody claims it",
    Effect.gen(function*() {
      const registry = yield* BroadcastRegistry
      const claim = yield* start("a", "w1")
      yield* registry.report(claim, running)
      const failed = { code: "publisher_absent", message: "nobody came", hop: "publisher", fault: "caller" } as const
      yield* registry.release(claim, { ended: failed, leftBehind: [{ kind: "room", id: "7" }] })
      const { snapshot } = yield* registry.get("a")
      assert.strictEqual(snapshot.state, "failed")
      assert.deepStrictEqual(snapshot.endReason, failed)
      assert.deepStrictEqual(snapshot.leftBehind, [{ kind: "room", id: "7" }])
      assert.deepStrictEqual([snapshot.owner, snapshot.mountpoint, snapshot.forwarders], [null, null, []])
      assert.isNotNull(snapshot.endedAt)
      assert.deepStrictEqual(yield* registry.claim(worker("w2"), 10), [])
      assert.strictEqual(yield* failureTag(registry.report(claim, running)), "Fenced")
    })
  )
}
