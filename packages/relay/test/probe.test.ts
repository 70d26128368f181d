import { assert, describe, it } from "@effect/vitest"
import { parse } from "@headend/relay/Probe"
import { Effect } from "effect"

const streams = (...types: ReadonlyArray<string>) =>
  JSON.stringify({ streams: types.map((codec_type, index) => ({ index, codec_type, codec_name: "x", width: 320 })) })

describe("what ffprobe tells", () => {
  it.effect("of a camera has the payload type of each stream, where that tells them apart", () =>
    Effect.gen(function*() {
      const said = ["SDP:", "v=0", "m=video 0 RTP/AVP 96", "a=rtpmap:96 H264/90000", "m=application 0 RTP/AVP 107"]
      const found = yield* parse(streams("video", "data", "video", "audio", "audio"), [
        ...said,
        "m=video 0 RTP/AVP 97",
        "m=audio 0 RTP/AVP 8",
        "m=audio 0 RTP/AVP 8"
      ])
      assert.deepStrictEqual(found.map(({ payload }) => payload), [96, 97, undefined, undefined])
    }))

  it.effect("leaves out a picture that was announced and did not come", () =>
    Effect.gen(function*() {
      const json = streams("video", "audio").replace("\"width\":320", "\"width\":0")
      assert.deepStrictEqual((yield* parse(json)).map(({ type }) => type), ["audio"])
    }))

  it.effect("has the PID of each stream of a transport stream", () =>
    Effect.gen(function*() {
      const json = streams("video").replace("\"index\":0", "\"index\":0,\"id\":\"0x101\"")
      assert.deepStrictEqual((yield* parse(json)).map(({ id }) => id), [0x101])
    }))
})
