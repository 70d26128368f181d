import { assert, describe, it } from "@effect/vitest"
import { noFacts, type Snapshot } from "@headend/core/Snapshot"
import { duration, table } from "../src/Output.ts"
import * as Report from "../src/Report.ts"

const since = "2030-01-01T00:00:00.000Z"
const now = Date.parse(since) + 187_000

const running: Snapshot = {
  id: "lobby",
  run: 1,
  description: null,
  labels: {},
  spec: {},
  request: { key: "k", jobId: null, offeredAt: since },
  state: "running",
  since,
  startedAt: since,
  endedAt: null,
  endReason: null,
  source: { kind: "rtsp_camera" },
  mountpoint: null,
  ...noFacts,
  relay: { kind: "ffmpeg", pid: 7, restarts: 0, progress: { fps: 29.97, bitrateKbps: 2140 }, lastError: null },
  health: { status: "ok", hops: [] },
  play: { whep: "/whep/lobby", mountpointId: 9001 },
  owner: { worker: "w1", epoch: 1 },
  leftBehind: []
}

describe("a broadcast in words", () => {
  it("is one line with state, age, figures and mountpoint", () => {
    assert.strictEqual(Report.line(running, now), "lobby  running 3m 07s  30 fps  2.1 Mbit/s  mountpoint 9001")
  })

  it("names the hop that is not well, and what happens next", () => {
    const hop = {
      hop: "relay" as const,
      status: "bad" as const,
      since,
      evidence: "no frame for 4 s",
      next: "tries again"
    }
    const degraded: Snapshot = { ...running, state: "degraded", relay: null, health: { status: "warn", hops: [hop] } }
    assert.strictEqual(
      Report.line(degraded, now),
      "lobby  degraded 3m 07s  relay: no frame for 4 s (tries again)  mountpoint 9001"
    )
  })

  it("says why it ended, and what it left behind", () => {
    const endReason = {
      code: "room_missing",
      message: "there is no room 7",
      hop: "publisher" as const,
      fault: "caller" as const
    }
    const failed: Snapshot = { ...running, state: "failed", endReason, leftBehind: [{ kind: "room", id: "7" }] }
    assert.strictEqual(
      Report.end(failed),
      "lobby failed: there is no room 7 (room_missing at hop publisher); left behind: room 7"
    )
  })

  it("has addresses that can be opened, wherever the app is", () => {
    assert.deepStrictEqual(Report.addresses(running, "https://headend.example/"), [
      "watch (WHEP): https://headend.example/whep/lobby"
    ])
    for (const state of ["stopping", "stopped", "failed"] as const) {
      assert.deepStrictEqual(Report.addresses({ ...running, state }, "https://headend.example/"), [], state)
    }
  })

  it("is a row under columns of its width", () => {
    assert.strictEqual(
      table([Report.columns, Report.row(running, now)]),
      [
        "ID     STATE    SINCE   SOURCE       MOUNTPOINT  WORKER",
        "lobby  running  3m 07s  rtsp_camera  9001        w1      30 fps, 2.1 Mbit/s"
      ].join("\n")
    )
  })

  it("tells durations in two units at most", () => {
    assert.deepStrictEqual([0, 12_300, 187_000, 3_720_000].map(duration), ["0s", "12s", "3m 07s", "1h 02m"])
  })
})
