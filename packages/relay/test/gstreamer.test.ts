import { assert, describe, it } from "@effect/vitest"
import type { Relay } from "@headend/core/Relay"
import type { RelayInput, RelayTrack } from "@headend/core/Relays"
import * as Gstreamer from "@headend/relay/Gstreamer"
import { assumed, chosen, type Streams, wire } from "@headend/relay/Wiring"
import { Redacted, Result } from "effect"

const track = (mid: string, type: "audio" | "video", codec: string, port: number): RelayTrack => ({
  mid,
  type,
  codec,
  pt: type === "audio" ? 111 : 96,
  host: "127.0.0.1",
  port,
  rtcpPort: null,
  sourceIndex: undefined
})
const tracks = [track("a", "audio", "opus", 5_000), track("v", "video", "h264", 5_002)]
const pull = (url: string, loop = false): RelayInput => ({ type: "pull", url: Redacted.make(url), loop })
const camera: RelayInput = {
  type: "rtsp",
  url: Redacted.make("rtsp://cam/1"),
  username: Redacted.make("ann"),
  password: Redacted.make("{v} ! filesink"),
  transport: "tcp",
  timeout: undefined
}

/** The elements of the pipeline, or why there is none. */
const pipeline = (
  input: RelayInput,
  url: string,
  options: Partial<Relay> = {},
  host?: string
): ReadonlyArray<string> => {
  const own = options.pipeline === undefined ? undefined : chosen(tracks, Gstreamer.sinksOf(options.pipeline))
  const wiring = own ?? Result.getOrThrow(wire(tracks, assumed, { kind: "gstreamer" }))
  const request = { input, allowed: { url, host }, wiring, options: { kind: "gstreamer" as const, ...options } }
  return Result.match(Gstreamer.command({ ...request, srtp: undefined }), {
    onSuccess: ({ args }) => args,
    onFailure: ({ reason }) => [reason]
  })
}

describe("GStreamer's arguments", () => {
  it("a container is known by its name, and what no name tells is refused with a word about FFmpeg", () => {
    const reads = (url: string) => pipeline(pull(url), url).join(" ")
    assert.include(reads("/films/a.mp4"), "filesrc location=/films/a.mp4 ! qtdemux name=s")
    assert.include(reads("/films/a.mkv"), "matroskademux")
    assert.include(
      reads("http://127.0.0.1/live.m3u8?token=x"),
      "souphttpsrc location=http://127.0.0.1/live.m3u8?token=x"
    )
    assert.include(reads("http://127.0.0.1/live.m3u8"), "! hlsdemux ! tsdemux name=s")
    assert.include(
      reads("srt://127.0.0.1:9000"),
      "srtsrc uri=srt://127.0.0.1:9000 auto-reconnect=false ! watchdog timeout=6000 ! tsdemux name=s"
    )
    assert.include(reads("http://127.0.0.1/live"), "take ffmpeg for others")
    assert.isUndefined(Gstreamer.refusal(pull("file:///films/a.mp4", true)))
    assert.strictEqual(Gstreamer.refusal(camera), undefined)
  })

  it("the stream that is asked for is found by its place, its PID or its payload type, and shared where two tracks ask for it", () => {
    const streams = [...assumed, ...assumed].map((one, i) => ({ ...one, id: 0x100 + i, payload: 96 + i }))
    const both = [{ ...tracks[1]!, sourceIndex: 1 }, { ...tracks[1]!, mid: "w", sourceIndex: 1 }]
    const reads = (input: RelayInput, url: string, from: Streams = streams) =>
      Result.match(
        Gstreamer.command({
          input,
          allowed: { url, host: undefined },
          wiring: Result.getOrThrow(wire(both, from, { kind: "gstreamer" })),
          options: { kind: "gstreamer" },
          srtp: undefined
        }),
        { onSuccess: ({ args }) => args.join(" "), onFailure: ({ reason }) => reason }
      )
    assert.include(
      reads(pull("/a.mkv"), "/a.mkv"),
      " s.video_1 ! queue ! h264parse config-interval=-1 ! tee name=t0 t0. ! "
    )
    assert.include(reads(pull("/a.ts"), "/a.ts"), " s.video_0_0102 ! ")
    assert.include(reads(camera, "rtsp://cam/1"), " s. ! queue ! application/x-rtp,media=video,payload=98 ! ")
    const alike = streams.map((one) => ({ ...one, payload: undefined }))
    assert.include(reads(camera, "rtsp://cam/1", alike), "takes the first video of such a source only")
    assert.include(reads(pull("/a.m3u8"), "/a.m3u8"), "takes the first video of such a source only")
  })

  it("keeps the name of a server whose address was looked up", () => {
    const args = pipeline(pull("http://media.example:81/a.mp4"), "http://192.0.2.7:81/a.mp4", {}, "media.example")
    assert.include(args, "extra-headers=headers,Host=(string)\"media.example:81\"")
  })

  it("a value of a caller stays one argument, whatever stands in it", () => {
    const args = pipeline(camera, "rtsp://192.0.2.7/1")
    assert.include(args, "user-pw={v} ! filesink")
    assert.notInclude(args, "filesink")
  })

  it("reads what flows from the counters' lines, and takes the other lines of -v for noise", () => {
    const line = (name: string, flags: string) =>
      `/GstPipeline:pipeline0/GstIdentity:${name}: last-message = chain   ******* (${name}:sink) (1316 bytes, dts: 0:00:01.04, `
      + `pts: 0:00:01.04, duration: none, offset: -1, offset_end: -1, flags: ${flags}, meta: none) 0x7f`
    assert.deepStrictEqual(Gstreamer.told(line("f_v_76", "00002000 delta-unit ")), {
      bytes: 1_316,
      isFrame: true,
      at: 1_040
    })
    assert.deepInclude(Gstreamer.told(line("f_a_61", "00000000 ")), { bytes: 1_316, isFrame: false })
    assert.deepInclude(Gstreamer.told(line("p_v_76", "00006000 delta-unit ")), { isFrame: false })
    assert.deepInclude(Gstreamer.told(line("p_v_76", "00006200 marker delta-unit ")), { isFrame: true })
    assert.deepInclude(Gstreamer.told(line("f_v_76", "0 ").replaceAll(/pts: [\d:.]+/g, "pts: none")), { at: undefined })
    assert.strictEqual(Gstreamer.told("/GstPipeline:pipeline0/GstUDPSink:udpsink0: async = false"), "noise")
    assert.strictEqual(Gstreamer.told("WARNING: from element x"), undefined)
  })
})

describe("a pipeline of one's own", () => {
  const own = (...args: ReadonlyArray<string>) => pipeline(camera, "rtsp://192.0.2.7/1", { pipeline: args })

  it("sends to the tracks that it names, and gets the values of the source", () => {
    const args = own("rtspsrc", "location={url}", "user-id={username}", "!", "rtph264pay", "pt={v.pt}", "!", "{v}")
    assert.deepStrictEqual(args.slice(4), [
      "rtspsrc",
      "location=rtsp://192.0.2.7/1",
      "user-id=ann",
      "!",
      "rtph264pay",
      "pt=96",
      "!",
      "identity",
      "name=p_v_76",
      "silent=false",
      "!",
      "udpsink",
      "host=127.0.0.1",
      "port=5002",
      "sync=false",
      "async=false"
    ])
    assert.deepStrictEqual(chosen(tracks, ["v"]).warnings, ["the pipeline has no {a}"])
  })

  it("is refused when it names what is not there", () => {
    assert.deepStrictEqual(own("{v}", "pt={x.pt}"), ["the pipeline names {x.pt}, and there is no such thing here"])
    assert.deepStrictEqual(own("{w}"), ["the pipeline names {w}, and there is no such thing here"])
  })

  it("gets what stands in a value as it is", () => {
    assert.include(own("x={password}", "{v}"), "x={v} ! filesink")
  })
})
