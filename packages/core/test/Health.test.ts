import { assert, describe, it } from "@effect/vitest"
import * as Feed from "@headend/core/Feed"
import * as Health from "@headend/core/Health"

const reading = (status: Health.HopStatus, name: "publisher" | "mountpoint" | "janus" = "publisher") => ({
  name,
  reading: { status }
})

describe("the state that hops and media add up to", () => {
  /** Before, hops, fresh or stale or none, and what it is then. */
  const table: ReadonlyArray<
    readonly [Health.State, ReadonlyArray<Health.HopStatus>, "fresh" | "stale" | "none", Health.State]
  > = [
    ["starting", ["ok", "ok"], "fresh", "running"],
    ["waiting", ["ok"], "fresh", "running"],
    ["degraded", ["ok"], "fresh", "running"],
    ["recovering", ["ok"], "fresh", "running"],
    ["running", ["ok"], "fresh", "running"],
    ["running", ["unknown"], "fresh", "running"],
    ["running", ["waiting"], "none", "waiting"],
    ["running", ["waiting"], "stale", "waiting"],
    ["starting", ["waiting"], "none", "waiting"],
    ["recovering", ["waiting"], "none", "waiting"],
    ["running", ["waiting"], "fresh", "degraded"],
    ["running", ["bad"], "fresh", "degraded"],
    ["starting", ["bad"], "fresh", "degraded"],
    ["running", ["bad"], "none", "degraded"],
    ["waiting", ["bad"], "none", "degraded"],
    ["recovering", ["bad"], "none", "degraded"],
    ["running", ["bad", "waiting"], "none", "waiting"],
    ["running", ["ok"], "stale", "degraded"],
    ["starting", ["ok"], "stale", "degraded"],
    ["starting", ["bad"], "none", "starting"],
    ["pending", ["ok"], "none", "starting"],
    ["starting", ["ok"], "none", "starting"],
    ["running", ["ok"], "none", "running"],
    ["recovering", ["unknown"], "none", "recovering"],
    ["degraded", ["ok"], "none", "degraded"],
    ["waiting", ["ok"], "none", "waiting"]
  ]
  for (const [before, statuses, media, after] of table) {
    it(`${before} with ${statuses.join(" and ")}, media ${media}: ${after}`, () => {
      const readings = statuses.map((status) => reading(status))
      assert.strictEqual(
        Health.fold({ before, readings, fresh: media === "fresh", stale: media === "stale" }),
        after
      )
    })
  }
})

describe("health", () => {
  it("names the hops in the order of the media, whatever order they were read in", () => {
    const { hops } = Health.health(
      [reading("ok", "janus"), reading("ok", "mountpoint"), reading("waiting", "publisher")],
      "waiting",
      Health.unknown,
      "t1"
    )
    assert.deepStrictEqual(hops.map((one) => one.hop), ["publisher", "mountpoint", "janus"])
  })

  it("keeps since when a hop has its status, and tells which have changed", () => {
    const first = Health.health([reading("ok"), reading("ok", "janus")], "running", Health.unknown, "t1")
    const second = Health.health([reading("waiting"), reading("ok", "janus")], "waiting", first, "t2")
    assert.deepStrictEqual(second.hops.map((one) => one.since), ["t2", "t1"])
    assert.deepStrictEqual(Health.changedHops(first, second).map((one) => one.hop), ["publisher"])
    assert.deepStrictEqual(Health.changedHops(second, second), [])
  })

  it("says when nothing has changed, and only then", () => {
    const readings = (evidence: string, status: Health.HopStatus = "ok") => [
      { name: "mountpoint" as const, reading: { status: "ok" as const } },
      { name: "publisher" as const, reading: { status, evidence } }
    ]
    const said = Health.health(readings("anna"), "running", Health.unknown, "t1")
    assert.isTrue(Health.says(said, readings("anna"), "running"))
    assert.isFalse(Health.says(said, readings("bob"), "running"))
    assert.isFalse(Health.says(said, readings("anna", "bad"), "running"))
    assert.isFalse(Health.says(said, readings("anna"), "degraded"))
    assert.isFalse(Health.says(said, readings("anna").slice(1), "running"))
    assert.isFalse(Health.says(Health.unknown, readings("anna"), "running"))
  })

  for (
    const [state, status] of [
      ["running", "ok"],
      ["starting", "ok"],
      ["waiting", "warn"],
      ["degraded", "warn"],
      ["stopping", "warn"],
      ["stopped", "ok"],
      ["pending", "ok"],
      ["recovering", "down"],
      ["failed", "down"]
    ] as const
  ) {
    it(`of a broadcast that is ${state} is ${status}`, () => {
      assert.strictEqual(Health.health([], state, Health.unknown, "t").status, status)
    })
  }

  for (const [state, status] of [["running", "warn"], ["starting", "warn"], ["recovering", "down"]] as const) {
    it(`of a broadcast that is ${state}, with a hop that is bad, is ${status}`, () => {
      const readings = [reading("ok", "janus"), reading("bad")]
      const told = Health.health(readings, state, Health.unknown, "t")
      assert.strictEqual(told.status, status)
      assert.isTrue(Health.says(told, readings, state))
    })
  }
})

describe("the proof that media arrives", () => {
  const read = (...ages: ReadonlyArray<number | null>) => ({
    enabled: true,
    viewers: null,
    tracks: ages.map((ageMs, i) => ({ mid: String(i), ageMs }))
  })
  const both = Feed.everyTrack(() => ["0", "1"])
  const rows: ReadonlyArray<readonly [string, Feed.Feed["proof"], ReadonlyArray<number | null>, number, Feed.Proof]> = [
    ["every fed track is younger than it has been fed", both, [20, 100], 500, "fresh"],
    ["an age from the creation of the mountpoint is none", both, [500, 500], 500, "none"],
    ["one track that has not come is none yet", both, [20, 600], 500, "none"],
    ["one track that has stopped is stale", both, [20, 5000], 6000, "stale"],
    ["one that never came is stale after four seconds", both, [20, 4500], 4200, "stale"],
    ["nothing that is fed is none", Feed.everyTrack(() => []), [20, 20], 500, "none"],
    ["a fed track that the server does not have is none", Feed.everyTrack(() => ["0", "9"]), [20], 500, "none"],
    ["a track that is not fed may be old", Feed.everyTrack(() => ["0"]), [20, 99_999], 500, "fresh"],
    ["any track will do where somebody else sends", Feed.anyTrack, [20, 99_999], 500, "fresh"],
    ["but not an age from its creation", Feed.anyTrack, [500, 500], 500, "none"],
    ["and what has stopped is none, not stale", Feed.anyTrack, [9000, null], 60_000, "none"]
  ]
  const media = [{ mid: "0", type: "audio" }, { mid: "1", type: "video" }]
  const stopped = (...ages: ReadonlyArray<number | null>) => Feed.stopped(read(...ages), ["0", "1"], media)

  it("tells sound or picture that has stopped beside the other from everything else that stops", () => {
    assert.strictEqual(stopped(9_000, 20), "sound")
    assert.strictEqual(stopped(20, 9_000), "picture")
    assert.isUndefined(stopped(9_000, 9_000))
    assert.isUndefined(Feed.stopped(read(9_000), ["0"], media))
    assert.isUndefined(Feed.stopped(read(20, 9_000), ["1"], media))
  })

  it("takes pictures for live once they come later than what a server gives a newcomer at once", () => {
    const isLive = (age: number | null, fedFor: number, fed = ["0", "1"]) =>
      Feed.isLive(read(20, age), fed, media, fedFor)
    assert.isFalse(isLive(20, 900))
    assert.isFalse(isLive(3_500, 4_000))
    assert.isFalse(isLive(null, 9_000))
    assert.isTrue(isLive(20, 4_000))
    assert.isFalse(isLive(20, 4_000, ["0"]))
  })

  for (const [name, proof, ages, fedFor, expected] of rows) {
    it(name, () => assert.strictEqual(proof(read(...ages), fedFor), expected))
  }
})
