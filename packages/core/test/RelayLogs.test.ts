import { assert, it } from "@effect/vitest"
import { bounded } from "../src/internal/relayLogs.ts"

const run = (lines: ReadonlyArray<string>) => ({ startedAt: "", endedAt: null, exit: null, lines })

it("a log that is told keeps its first and its last lines, and says how many are left out", () => {
  const short = Array.from({ length: 81 }, (_, i) => `line ${i}`)
  assert.deepStrictEqual(bounded(run(short)).lines, short)
  const { lines } = bounded(run(Array.from({ length: 150 }, (_, i) => `line ${i}`)))
  assert.strictEqual(lines.length, 81)
  assert.deepStrictEqual([lines[0], lines[29], lines[30], lines[31], lines[80]], [
    "line 0",
    "line 29",
    "… 70 lines left out …",
    "line 100",
    "line 149"
  ])
  assert.strictEqual(bounded(run(["x".repeat(1_000)])).lines[0]?.length, 402)
})
