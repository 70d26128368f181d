import { assert, describe, it } from "@effect/vitest"
import * as Mark from "@headend/core/Mark"
import { Option } from "effect"
import * as fc from "fast-check"

const mark = { instance: "prod", broadcast: "lobby-cam", run: 3, epoch: 7, worker: "w1" }
const text = fc.string({ maxLength: 40, unit: "binary" })
const marked = fc.record({
  mark: fc.record({
    instance: fc.stringMatching(/^[A-Za-z0-9~_-]{1,20}$/),
    broadcast: fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/),
    run: fc.nat(),
    epoch: fc.nat(),
    worker: fc.stringMatching(/^[A-Za-z0-9._:-]{1,20}$/)
  }),
  secret: fc.oneof(
    fc.record({ derived: fc.stringMatching(/^[0-9a-f]{8}$/) }),
    fc.record({ sealed: fc.stringMatching(/^v1\.[A-Za-z0-9_.-]{1,60}$/) })
  ),
  permanent: fc.constant(true as const)
}, { requiredKeys: ["mark"] })

describe("the mark on a mountpoint", () => {
  it("is a JSON string with the caller's metadata beside it", () => {
    const metadata = Mark.toMetadata({ mark, secret: { derived: "0a1b2c3d" } }, { camera: 1 })
    assert.deepStrictEqual(JSON.parse(metadata), {
      headend: { v: 1, ...mark, secret: { derived: "0a1b2c3d" } },
      data: { camera: 1 }
    })
  })

  it("is read back as it was written, whatever the caller's metadata are", () => {
    const written = fc.jsonValue().map((value): unknown => JSON.parse(JSON.stringify(value))) // JSON has one zero
    fc.assert(fc.property(marked, written, (one, data) => {
      assert.deepStrictEqual(Mark.fromMetadata(Mark.toMetadata(one, data)), Option.some(one))
      assert.deepStrictEqual(Mark.fromMetadata(Mark.toMetadata(one)), Option.some(one))
      assert.deepStrictEqual(Mark.callersData(Mark.toMetadata(one, data)), data)
      assert.isUndefined(Mark.callersData(Mark.toMetadata(one)))
    }))
  })

  const foreign: ReadonlyArray<readonly [string, unknown]> = [
    ["nothing", undefined],
    ["null", null],
    ["a number", 5],
    ["an object, not a string", { headend: { v: 1, ...mark } }],
    ["an empty text", ""],
    ["text", "lobby"],
    ["broken JSON", "{\"headend\":"],
    ["other JSON", "{\"owner\":\"somebody\"}"],
    ["JSON null", "null"],
    ["an array", "[]"],
    ["another version", JSON.stringify({ headend: { v: 2, ...mark } })],
    ["no version", JSON.stringify({ headend: mark })],
    ["a run that is no number", JSON.stringify({ headend: { v: 1, ...mark, run: "3" } })],
    ["no broadcast", JSON.stringify({ headend: { v: 1, ...mark, broadcast: undefined } })]
  ]
  for (const [what, metadata] of foreign) {
    it(`is not there when the metadata are ${what}`, () => {
      assert.deepStrictEqual(Mark.fromMetadata(metadata), Option.none())
    })
  }
})

describe("the mark on a room", () => {
  it("stands before the words of the description", () => {
    assert.match(Mark.toDescription({ mark }, "the lobby"), /^\[headend \{.*\}\] the lobby$/)
  })

  it("is read back as it was written, whatever the words are", () => {
    fc.assert(fc.property(marked, text, (one, words) => {
      assert.deepStrictEqual(Mark.fromDescription(Mark.toDescription(one, words)), Option.some(one))
    }))
  })

  it("is not misled by words that look like a mark", () => {
    const words = "}] [headend {\"v\":1}] x"
    assert.deepStrictEqual(Mark.fromDescription(Mark.toDescription({ mark }, words)), Option.some({ mark }))
    assert.deepStrictEqual(Mark.fromDescription(`hello ${Mark.toDescription({ mark }, "")}`), Option.none())
  })

  for (
    const description of [
      undefined,
      5,
      "",
      "the lobby",
      "[headend ",
      "[headend {}] x",
      "[headend x}] y",
      "[headend {\"v\":1}"
    ]
  ) {
    it(`is not there in ${JSON.stringify(description)}`, () => {
      assert.deepStrictEqual(Mark.fromDescription(description), Option.none())
    })
  }
})

describe("an owner", () => {
  it("is the same whatever the epoch and the worker, and another with any other instance, broadcast or run", () => {
    const owner = Mark.ownerOf(mark)
    assert.deepStrictEqual(owner, { instance: "prod", broadcast: "lobby-cam", run: 3 })
    assert.isTrue(Mark.sameOwner(owner, Mark.ownerOf({ ...mark, epoch: 8, worker: "w2" })))
    for (const other of [{ instance: "test" }, { broadcast: "b" }, { run: 4 }]) {
      assert.isFalse(Mark.sameOwner(owner, { ...owner, ...other }))
    }
  })
})
