import { assert, describe, it } from "@effect/vitest"
import { announcement, settled } from "../../web/model/announcement.ts"
import { all } from "../../web/model/broadcasts.ts"
import { silence, waitsFor, withFleet } from "../../web/model/fleet.ts"
import { failingHop } from "../../web/model/hops.ts"
import { hop, snapshot, T0, T1 } from "./snapshots.ts"

describe("what is said to those who do not see the page", () => {
  const cam = snapshot("cam", { description: "Lobby" })
  const lost = snapshot("cam", {
    ...cam,
    state: "recovering",
    health: { status: "down", hops: [hop("relay", "bad", { evidence: "exit 1" })] }
  })

  it("a state that is another one, with what is wrong", () => {
    assert.strictEqual(announcement(all([cam]), all([lost])), "Lobby: recovering, exit 1.")
    assert.strictEqual(announcement(all([lost]), all([cam])), "Lobby: running.")
    assert.strictEqual(announcement(all([cam]), all([{ ...cam, run: 2 }])), "Lobby: running.")
  })

  it("nothing where only figures have changed, or where it is on its way", () => {
    assert.strictEqual(announcement(all([cam]), all([{ ...cam, owner: { worker: "w", epoch: 2 } }])), "")
    assert.strictEqual(announcement(all([]), all([snapshot("new", { state: "starting" })])), "")
  })

  it("nothing of trouble that passes in a moment", () => {
    const at = Date.parse(T0)
    const soon = settled(all([cam]), all([lost]), at + 1_000)
    assert.strictEqual(announcement(all([cam]), soon), "")
    assert.strictEqual(announcement(soon, settled(soon, all([lost]), at + 3_000)), "Lobby: recovering, exit 1.")
    assert.strictEqual(settled(all([]), all([lost]), at).size, 0)
  })

  it("many are counted", () => {
    const some = (state: "running" | "degraded" | "recovering") =>
      all([1, 2, 3, 4].map((n) => snapshot(`cam-${n}`, { state: n === 1 ? state : "running" })))
    assert.strictEqual(announcement(all([]), some("recovering")), "4 broadcasts changed, 1 of them failing.")
  })
})

describe("what nobody has taken", () => {
  const worker = (rest: object) => ({
    id: "w",
    capacity: 4,
    used: 3.54,
    broadcasts: 2,
    draining: false,
    reachesJanus: true,
    seenAt: T0,
    ...rest
  })
  const fleet = (...workers: ReadonlyArray<ReturnType<typeof worker>>) => ({
    workers,
    unplaced: { broadcasts: 1, cost: 2, oldestMs: null }
  })

  it("waits for room, and the most that there is is told", () => {
    const full = worker({ used: 4.2 })
    const leaving = worker({ used: 0, draining: true })
    assert.match(waitsFor(fleet(full, worker({}), leaving)), /room for it: 0\.5 is the most/)
    assert.match(waitsFor(fleet(full)), /: 0 is the most/)
  })

  it("or for a worker", () => {
    assert.match(waitsFor(undefined), /a worker to take it/)
    assert.match(waitsFor(fleet()), /no worker/)
    assert.match(waitsFor(fleet(worker({ reachesJanus: false }))), /none reaches Janus/)
  })

  it("a worker that has not been heard of for long is told of, whatever its clock says", () => {
    const first = withFleet(new Map(), fleet(worker({})), 1_000)
    const same = withFleet(first, fleet(worker({})), 20_000)
    assert.strictEqual(silence(same, "w", 16_000), undefined)
    assert.strictEqual(silence(same, "w", 20_000), 19_000)
    assert.strictEqual(silence(withFleet(same, fleet(worker({ seenAt: T1 })), 20_000), "w", 20_000), undefined)
    assert.strictEqual(silence(same, "another", 20_000), undefined)
  })
})

describe("the failing hop", () => {
  it("where none is bad or waits, is the first that tells why nothing is known of it", () => {
    const hops = [hop("ingest", "unknown"), hop("relay", "unknown", { evidence: "no media yet" }), hop("janus", "ok")]
    const one = snapshot("cam", { state: "recovering", health: { status: "down", hops } })
    assert.strictEqual(failingHop(one)?.hop, "relay")
  })
})
