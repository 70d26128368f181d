import { assert, describe, it } from "@effect/vitest"
import { lines } from "../src/internal/child.ts"
import { RunLogs } from "../src/internal/runLog.ts"

describe("what relays said", () => {
  it("is split at line feeds and carriage returns, whatever pieces it comes in", () => {
    const said: Array<string> = []
    const split = lines((line) => said.push(line))
    for (const piece of ["fra", "me=1\rframe=2\r\n", "\n", "the la", "st"]) split.push(piece)
    assert.deepStrictEqual(said, ["frame=1", "frame=2"])
    split.end()
    assert.deepStrictEqual(said, ["frame=1", "frame=2", "the last"])
  })

  it("is kept as the first and the last lines of the last three runs, long lines cut", () => {
    const logs = new RunLogs()
    for (let n = 1; n <= 4; n++) {
      const run = logs.begin("b", n * 1_000)
      for (let line = 0; line < 1_000; line++) run.add(`${n}: ${line}`)
      run.add("x".repeat(5_000))
      logs.end("b", run, n * 1_000 + 500, `exit ${n}`)
    }
    const runs = logs.of("b")
    assert.deepStrictEqual(runs.map(({ exit }) => exit), ["exit 2", "exit 3", "exit 4"])
    const { endedAt, lines: kept, startedAt } = runs[2]!
    assert.deepStrictEqual([startedAt, endedAt], ["1970-01-01T00:00:04.000Z", "1970-01-01T00:00:04.500Z"])
    assert.deepStrictEqual([kept[0], kept[99], kept[100], kept[101]], [
      "4: 0",
      "4: 99",
      "… 851 lines left out …",
      "4: 951"
    ])
    assert.strictEqual(kept.length, 151)
    assert.strictEqual(kept.at(-1)!.length, 1_002)
  })

  it("counts a start as a restart when the one before it had media, whatever was probed in between, and forgets the oldest of a thousand broadcasts", () => {
    const logs = new RunLogs()
    logs.begin("b", 1)
    logs.begin("b", 2).hadMedia = true
    assert.strictEqual(logs.restarts("b"), 0)
    logs.probed("b", { began: 3, ended: 4 }, "exit 1", ["ffprobe x", "401 Unauthorized"])
    assert.deepInclude(logs.of("b").at(-1), { exit: "exit 1", lines: ["ffprobe x", "401 Unauthorized"] })
    assert.deepStrictEqual([logs.restarts("b"), logs.endedAt("b")], [0, undefined])
    logs.begin("b", 3)
    assert.strictEqual(logs.restarts("b"), 1)
    for (let n = 0; n < 1_000; n++) logs.begin(`other${n}`, n)
    assert.deepStrictEqual([logs.restarts("b"), logs.of("b"), logs.endedAt("b")], [0, [], undefined])
  })
})
