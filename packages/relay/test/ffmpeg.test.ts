import { assert, describe, it } from "@effect/vitest"
import type { RelayInput, RelayTrack } from "@headend/core/Relays"
import * as Ffmpeg from "@headend/relay/Ffmpeg"
import { assumed, generated, wire } from "@headend/relay/Wiring"
import { Duration, Redacted, Result } from "effect"

const tracks: ReadonlyArray<RelayTrack> = [
  {
    mid: "a",
    type: "audio",
    codec: "opus",
    pt: 111,
    host: "127.0.0.1",
    port: 20_204,
    rtcpPort: null,
    sourceIndex: undefined
  },
  {
    mid: "v",
    type: "video",
    codec: "h264",
    pt: 96,
    host: "127.0.0.1",
    port: 20_202,
    rtcpPort: 20_203,
    sourceIndex: undefined
  }
]
const wiring = (streams = assumed) => Result.getOrThrow(wire(tracks, streams, { kind: "ffmpeg" }))
const command = (input: RelayInput, url: string, host?: string, options = {}) =>
  Ffmpeg.command({
    input,
    allowed: { url, host },
    wiring: wiring(input.type === "test_pattern" ? generated(input.fps) : assumed),
    options: { kind: "ffmpeg", ...options },
    srtp: undefined
  })
/** What stands after an option. */
const after = (args: ReadonlyArray<string>, option: string) => args[args.indexOf(option) + 1]

const rtmp = { type: "rtmp", url: Redacted.make("") } as const
const pull = { type: "pull", url: Redacted.make(""), loop: false } as const

describe("FFmpeg's arguments", () => {
  it("copies RTMP to two RTP outputs of one process, with parameter sets at every keyframe", () => {
    const { args } = command(rtmp, "rtmp://127.0.0.1:1935/live/x")
    assert.strictEqual(after(args, "-protocol_whitelist"), "rtmp,tcp")
    assert.strictEqual(after(args, "-rw_timeout"), "5000000")
    assert.notInclude(args, "-timeout") // it would make FFmpeg a server
    assert.notInclude(args, "-re")
    const outputs = args.slice(args.indexOf("-map"))
    const expected =
      "-map 0:a:0 -vn -c:a libopus -af aresample=async=1 -b:a 96k -ar 48000 -ac 2 -application audio -frame_duration 20 "
      + "-payload_type 111 -f rtp rtp://127.0.0.1:20204?pkt_size=1200 "
      + "-map 0:v:0 -an -c:v copy -bsf:v h264_mp4toannexb,dump_extra=freq=keyframe "
      + "-f tee [payload_type=96:f=rtp]rtp://127.0.0.1:20202?pkt_size=1200&rtcpport=20203"
      + "|[f=framecrc:flush_packets=1]pipe:3"
    assert.deepStrictEqual(outputs, expected.split(" "))
  })

  it("keeps the name of a server whose address was looked up", () => {
    const { args } = command(rtmp, "rtmp://192.0.2.7:1935/live/x", "media.example")
    assert.strictEqual(after(args, "-rtmp_tcurl"), "rtmp://media.example:1935/live")
    const http = command(pull, "http://192.0.2.7:81/x.m3u8", "media.example").args
    assert.strictEqual(after(http, "-headers"), "Host: media.example:81\r\n")
  })

  it("puts a camera's user and password into its address, percent-encoded, and its timeout where RTSP has it", () => {
    const camera: RelayInput = {
      type: "rtsp",
      url: Redacted.make(""),
      username: Redacted.make("ann"),
      password: Redacted.make("p:w/@?"),
      transport: "udp",
      timeout: Duration.seconds(2)
    }
    const { args } = command(camera, "rtsp://192.0.2.7/cam")
    assert.strictEqual(after(args, "-i"), "rtsp://ann:p%3Aw%2F%40%3F@192.0.2.7/cam")
    assert.strictEqual(after(args, "-timeout"), "2000000")
    assert.strictEqual(after(args, "-rtsp_transport"), "udp")
    assert.notInclude(args, "-rw_timeout")
  })

  it("plays files in real time, and loops them by a list, without the filter that would end the picture", () => {
    const once = command(pull, "/films/a.mp4").args
    assert.include(once, "-re")
    assert.strictEqual(after(once, "-protocol_whitelist"), "file")
    const { args, stdin } = command({ ...pull, loop: true }, "/films/it's.mp4")
    assert.strictEqual(stdin, "ffconcat version 1.0\nfile 'file:/films/it'\\''s.mp4'\n")
    assert.strictEqual(after(args, "-i"), "pipe:0")
    assert.strictEqual(after(args, "-stream_loop"), "-1")
    assert.notInclude(args, "-bsf:v")
  })

  it("transcodes with the bit rate and the keyframes that are asked for", () => {
    const { args } = command({ type: "test_pattern", width: 320, height: 180, fps: 25 }, "", undefined, {
      videoBitrate: 700_000,
      keyframeInterval: Duration.seconds(4)
    })
    assert.strictEqual(after(args, "-b:v"), "700000")
    assert.strictEqual(after(args, "-g"), "100")
    assert.strictEqual(after(args, "-bf"), "0")
    assert.match(after(args, "-i") ?? "", /size=320x180:rate=25/)
  })

  it("probes the input as the relay opens it", () => {
    const url = "rtmp://127.0.0.1/live/x"
    const probed = Ffmpeg.probe(rtmp, { url, host: undefined })
    assert.strictEqual(probed.at(-1), url)
    assert.strictEqual(after(probed, "-rw_timeout"), "5000000")
  })
})
