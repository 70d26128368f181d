import { assert, describe, it } from "@effect/vitest"
import type { Relay } from "@headend/core/Relay"
import type { RelayTrack } from "@headend/core/Relays"
import { assumed, objection, type SourceStream, wire } from "@headend/relay/Wiring"
import { Result } from "effect"

const track = (mid: string, type: "audio" | "video", codec: string, sourceIndex?: number): RelayTrack => ({
  mid,
  type,
  codec,
  pt: 96,
  host: "127.0.0.1",
  port: 5_000,
  rtcpPort: null,
  sourceIndex
})
const audio = track("a", "audio", "opus")
const video = track("v", "video", "h264")
const [camera, sound] = assumed as readonly [SourceStream, SourceStream]
const ffmpeg: Relay = { kind: "ffmpeg" }

/** `a<0t`: track a takes the first audio stream, transcoded; `v<1c`: the second video, copied. */
const plan = (tracks: ReadonlyArray<RelayTrack>, streams: ReadonlyArray<SourceStream>, options: Relay = ffmpeg) =>
  Result.match(wire(tracks, streams, options), {
    onSuccess: ({ outputs, warnings }) => [
      ...outputs.map(({ copies, position, track: { mid } }) => `${mid}<${position}${copies ? "c" : "t"}`),
      ...warnings
    ],
    onFailure: ({ reason, why }) => [`${why}: ${reason}`]
  })

describe("wiring", () => {
  it("copies what a browser decodes, and decides audio and video apart", () => {
    assert.deepStrictEqual(plan([audio, video], [camera, sound]), ["a<0t", "v<0c"])
    assert.deepStrictEqual(plan([audio, video], [{ ...camera, hasBFrames: true }, { ...sound, codec: "opus" }]), [
      "a<0c",
      "v<0t",
      "the video is transcoded, since it has B-frames"
    ])
    assert.deepStrictEqual(plan([track("v", "video", "vp8")], [camera]), ["v<0t"])
  })

  it.each([
    [{ hasBFrames: true }, "it has B-frames"],
    [{ codec: "hevc" }, "it is hevc, the track takes h264"],
    [{ pixelFormat: "yuv422p" }, "its pixels are yuv422p"],
    [{ profile: "High 4:2:2" }, "its profile is High 4:2:2"],
    [{ profile: "Constrained Baseline" }, undefined],
    [{ profile: "Main" }, undefined],
    [{ pixelFormat: "yuvj420p" }, undefined]
  ])("of video %o it says %s", (change, said) => {
    assert.strictEqual(objection({ ...camera, ...change }, video), said)
  })

  it("copies G.711 of 8 kHz and one channel only", () => {
    const alaw = { ...sound, codec: "pcm_alaw", sampleRate: 8_000, channels: 1 }
    const pcma = track("a", "audio", "pcma")
    assert.strictEqual(objection(alaw, pcma), undefined)
    assert.strictEqual(objection({ ...alaw, channels: 2 }, pcma), "it is not 8 kHz mono")
    assert.match(objection(alaw, track("a", "audio", "pcmu")) ?? "", /pcm_alaw/)
  })

  it("does as it is told: copies in spite of B-frames, transcodes in spite of a fit", () => {
    const streams = [{ ...camera, hasBFrames: true }, { ...sound, codec: "opus" }]
    const options = { ...ffmpeg, video: "copy", audio: "transcode" } as const
    assert.deepStrictEqual(plan([audio, video], streams, options), [
      "a<0t",
      "v<0c",
      "the video is copied, though it has B-frames"
    ])
    assert.deepStrictEqual(plan([video], streams, { ...ffmpeg, video: "transcode" }), ["v<0t"])
    assert.deepStrictEqual(plan([video], [{ ...camera, codec: "hevc" }], options), [
      "source: cannot copy for track v: it is hevc, the track takes h264"
    ])
  })

  it("gives several tracks of one type their own stream, or the one that is asked for", () => {
    const two = [video, track("w", "video", "vp8")]
    assert.deepStrictEqual(plan(two, [camera, sound, camera]), ["v<0c", "w<1t"])
    assert.deepStrictEqual(plan(two, [camera]), ["v<0c", "no video number 2 for track w"])
    assert.deepStrictEqual(plan([track("v", "video", "h264", 1)], [camera, camera]), ["v<1c"])
    assert.deepStrictEqual(plan([video, track("w", "video", "h264", 0)], [camera]), ["v<0c", "w<0c"])
  })

  it("goes on with one track where the source has no other, and fails with none", () => {
    assert.deepStrictEqual(plan([audio, video], [sound]), ["a<0t", "no video for track v"])
    assert.deepStrictEqual(plan([video], [sound]), ["source: no video for track v"])
    assert.deepStrictEqual(plan([track("v", "video", "av1")], [camera]), ["codec: a relay cannot send av1 (track v)"])
  })
})
