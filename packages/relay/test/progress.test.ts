import { assert, describe, it } from "@effect/vitest"
import { figures, none, reader, type Totals } from "../src/internal/progress.ts"

const block = (lines: ReadonlyArray<string>) => lines.map((line) => `${line}\n`).join("")

/** The totals after each block of this text, however it is cut into pieces. */
const read = (text: string, size: number): ReadonlyArray<Totals> => {
  const seen: Array<Totals> = []
  const push = reader((totals) => seen.push(totals))
  for (let at = 0; at < text.length; at += size) push(text.slice(at, at + size))
  return seen
}

const said = block([
  "#media_type 0: video",
  "0,          0,          0,        1,     7333, 0x5b1a4324, S=1,        8",
  "frame=1",
  "total_size=340",
  "speed= 1.3x",
  "progress=continue",
  "0,         -1,          1,        1,      353, 0xba05b05b, F=0x0, S=1,        8",
  "0,      20480,      20480,      512,      314, 0xa6c907de, F=0x0",
  "frame=3",
  "total_size=1340",
  "speed=N/A",
  "progress=continue"
])

describe("FFmpeg's progress", () => {
  it("counts what every output sends: total_size is that of the first one alone", () => {
    for (const size of [1, 7, said.length]) {
      const [first, second] = read(said, size).slice(-2)
      assert.deepStrictEqual(first, { ...none, frames: 1, bytes: 340, otherBytes: 7_333, speed: 1.3 })
      assert.deepStrictEqual(second, { ...none, frames: 3, bytes: 1_340, otherBytes: 8_000 })
      assert.deepStrictEqual(figures(first!, second!, 1_000), { fps: 2, bitrateKbps: 13, frames: 3 })
    }
  })

  it("counts by the lines of each packet while no block comes: an output has not begun", () => {
    const lines =
      "#extradata 0: 43\n0, 0, 0, 40, 500, 0x1234\n0, 40, 40, 40, 300, 0x12\n0, 0, 0, 960, 200, d41d8cd98f00\n"
    const told = read(lines, 5)
    assert.deepStrictEqual(told.map(({ frames, otherBytes }) => [frames, otherBytes]), [[1, 500], [2, 800], [2, 1_000]])
  })
})
