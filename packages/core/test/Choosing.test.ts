import { assert, describe, it } from "@effect/vitest"
import type { Publisher } from "@headend/core/Room"
import { complete, type PlacedTrack, type Track } from "@headend/core/Track"
import { choose, match, type PublisherChoice, tracksOf } from "../src/source/choosing.ts"

const who = (id: number, display: string | null = null): Publisher => ({ id, display, tracks: [] })
const anna = who(1, "anna")
const bob = who(2, "bob")
const carl = who(3, "carl")

describe("choosing a publisher", () => {
  const table: ReadonlyArray<
    readonly [
      name: string,
      there: ReadonlyArray<Publisher>,
      wanted: PublisherChoice,
      last: Publisher | undefined,
      chosen: number | undefined
    ]
  > = [
    ["nobody is there", [], "any", undefined, undefined],
    ["anybody: the first", [bob, anna], "any", undefined, 2],
    ["by id", [bob, anna], { id: 1 }, undefined, 1],
    ["by an id that is not there: nobody, even if alone", [bob], { id: 1 }, undefined, undefined],
    ["by name", [bob, anna], { display: "anna" }, undefined, 1],
    ["by a name that is not there: nobody", [bob], { display: "anna" }, undefined, undefined],
    ["a name is not an id", [who(4, "1")], { id: 1 }, undefined, undefined],
    ["back with the same id", [bob, who(1, "other")], "any", anna, 1],
    ["back with the same name", [bob, who(9, "anna")], "any", anna, 9],
    ["the same id before the same name", [who(9, "anna"), who(1, "x")], { id: 1 }, anna, 1],
    ["back as the only one", [who(9, "x")], { id: 1 }, anna, 9],
    ["nobody of several others", [bob, carl], "any", anna, undefined],
    ["no name is not the same as no name, among several", [who(8), who(9)], "any", who(1), undefined],
    ["gone", [], "any", anna, undefined]
  ]
  for (const [name, there, wanted, last, chosen] of table) {
    it(name, () => assert.strictEqual(choose(there, wanted, last)?.id, chosen))
  }
})

const placed = (tracks: ReadonlyArray<Track>): ReadonlyArray<PlacedTrack> =>
  complete(tracks).map((track, i) => ({
    mid: track.mid,
    type: track.type,
    codec: track.type === "data" ? null : track.codec ?? null,
    pt: track.type === "data" ? null : track.pt ?? null,
    host: "127.0.0.1",
    port: 5000 + i,
    rtcpPort: null
  }))
const sends = (...list: ReadonlyArray<string>): Publisher => ({
  ...anna,
  tracks: list.map((one, i) => {
    const [type, codec = null] = one.split(":")
    return { mid: String(i), type: type as "audio" | "video" | "data", codec }
  })
})
const wire = (asked: ReadonlyArray<Track>, publisher: Publisher) => {
  const { forwards, missing } = match(placed(asked), asked, publisher)
  return { wires: forwards.map((one) => `${one.sourceMid}>${one.mid}:${one.port}`), missing }
}

describe("matching tracks", () => {
  const audio = { type: "audio" } as const
  const video = { type: "video" } as const
  const data = { type: "data" } as const
  const table: ReadonlyArray<
    readonly [
      name: string,
      asked: ReadonlyArray<Track>,
      publisher: Publisher,
      wires: ReadonlyArray<string>,
      missing: ReadonlyArray<string>
    ]
  > = [
    ["one of each", [audio, video, data], sends("data", "video:h264", "audio:opus"), [
      "2>a:5000",
      "1>v:5001",
      "0>d:5002"
    ], []],
    ["one without a source", [audio, video], sends("video:h264"), ["0>v:5001"], ["no audio for track a"]],
    ["a codec that does not fit", [video], sends("video:vp8"), [], ["track v takes h264, the publisher sends vp8"]],
    ["the codec that fits", [video], sends("video:vp8", "video:h264"), ["1>v:5000"], []],
    ["a codec that is not known may fit", [video], sends("video"), ["0>v:5000"], []],
    ["by mid", [{ ...video, sourceMid: "1" }], sends("video:h264", "video:h264"), ["1>v:5000"], []],
    ["by a mid of another type: none", [{ ...video, sourceMid: "0" }], sends("audio:opus", "video:h264"), [], [
      "no video for track v"
    ]],
    ["by a mid whose codec does not fit: none", [{ ...video, sourceMid: "0" }], sends("video:vp8", "video:h264"), [], [
      "track v takes h264, the publisher sends vp8"
    ]],
    ["by position of its type", [{ ...video, sourceIndex: 1 }], sends("video:h264", "audio:opus", "video:h264"), [
      "2>v:5000"
    ], []],
    ["by a position that is not there", [{ ...video, sourceIndex: 2 }], sends("video:h264"), [], [
      "no video for track v"
    ]],
    ["in order, each once", [video, video, video], sends("video:h264", "video:h264"), ["0>v:5000", "1>v2:5001"], [
      "no video for track v3"
    ]],
    ["leaving out what another asks for", [video, { ...video, sourceMid: "0" }], sends("video:h264", "video:h264"), [
      "1>v:5000",
      "0>v2:5001"
    ], []],
    [
      "one source asked for twice feeds both",
      [{ ...video, sourceMid: "0" }, { ...video, sourceMid: "0" }],
      sends("video:h264"),
      ["0>v:5000", "0>v2:5001"],
      []
    ],
    ["a publisher that sends nothing", [audio], sends(), [], ["no audio for track a"]]
  ]
  for (const [name, asked, publisher, wires, missing] of table) {
    it(name, () => assert.deepStrictEqual(wire(asked, publisher), { wires: [...wires], missing: [...missing] }))
  }

  it("to a mountpoint of somebody else's, of whose tracks only some are spoken of", () => {
    const media = placed([audio, video, video])
    const publisher = sends("audio:opus", "video:h264", "video:h264")
    const sources = (asked: ReadonlyArray<Track>) => match(media, asked, publisher).forwards.map((one) => one.sourceMid)
    assert.deepStrictEqual(sources([]), ["0", "1", "2"])
    assert.deepStrictEqual(sources([{ ...video, mid: "v2", sourceMid: "1" }]), ["0", "2", "1"])
    assert.deepStrictEqual(sources([{ ...video, sourceMid: "2" }]), ["0", "2", "1"])
  })
})

describe("the tracks of a mountpoint for a publisher", () => {
  it("are one of each type that it sends, with its codecs", () => {
    assert.deepStrictEqual(tracksOf(sends("video:vp9", "video:h264", "audio:pcmu", "data", "data")), [
      { type: "audio", codec: "pcmu" },
      { type: "video", codec: "vp9" },
      { type: "data" }
    ])
    assert.deepStrictEqual(tracksOf(sends("audio:opus")), [{ type: "audio", codec: "opus" }])
  })
})
