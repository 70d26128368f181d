// Tables of good and bad values, one line each, for every field of a specification: long because the fields are many.
import { assert, describe, it } from "@effect/vitest"
import { Effect } from "effect"
import { decode, layer, wrongPaths } from "./support/kinds.ts"
import * as Specs from "./support/specs.ts"

type Path = ReadonlyArray<string | number>
/** A field with values that are taken, and values that are refused. */
type Row = readonly [path: Path, good: ReadonlyArray<unknown>, bad: ReadonlyArray<unknown>]

const first = (kind: string) => Specs.sources.find((one) => one.kind === kind)
const track = (i: number): Path => ["mountpoint", "create", "media", i]
const create: Path = ["mountpoint", "create"]
const durations = [["30 seconds", 0, 1.5, "2 hours"], [
  "soon",
  -1,
  "-5 seconds",
  "Infinity",
  Number.NaN,
  {},
  null
]] as const

const limits = [["30 seconds", 1000, "2 hours"], ["soon", 0, 999, "999 millis", null]] as const

const ofVideoroom: ReadonlyArray<Row> = [
  [["id"], ["a", "A.b_c-9", "x".repeat(64)], ["", "-a", "a b", "x".repeat(65), "ä", 5]],
  [["description"], ["", "x".repeat(1024)], ["x".repeat(1025), 1]],
  [["labels"], [{}, { a: "" }], ["x", { a: 1 }, { "": "x" }, { "-a": "x" }, { a: "x".repeat(257) }]],
  [["limits", "maxDuration"], ...limits],
  [["limits", "giveUpAfter"], ...limits],
  [[...create, "id"], [1, Number.MAX_SAFE_INTEGER, "lobby"], [0, -1, 1.5, 2 ** 53, "", "a b", null]],
  [[...create, "secret"], ["x"], ["", 5]],
  [[...create, "pin"], ["x"], ["", 5]],
  [[...create, "private"], [true, false], ["yes", 1]],
  [[...create, "metadata"], [null, "x", { a: [1] }, 5], []],
  [[...create, "extra"], [{}, { a: 1 }], ["x", 5]],
  [[...create, "threads"], [0, 64], [-1, 65, 1.5]],
  [[...create, "collision"], [100, "100 millis", "10 seconds"], [0, 99, "99 millis", 10_001, "11 seconds", null]],
  [[...create, "name"], ["", "Lobby ü"], ["a\nb", 5]],
  [[...create, "srtp", "suite"], [32, 80], [64, "80"]],
  [[...create, "srtp", "crypto"], ["A".repeat(40)], ["A".repeat(39), "*".repeat(40)]],
  [[...create, "media"], [[{ type: "video" }]], [[], "x", {}]],
  [[...track(0), "mid"], ["0", "a-b.c~d_e"], ["", "a b", "x".repeat(65), 0]],
  [[...track(0), "pt"], [0, 63, 98, 127], [-1, 64, 72, 95, 128, 300, 1.5, "96"]],
  [[...track(0), "fmtp"], ["a=b; c"], ["a\r\na=x", "a\nb", "\0", 5]],
  [[...track(0), "label"], ["sound ü"], ["a\r\nb"]],
  [[...track(1), "h264Sps"], ["Z0IAKeKQ"], ["Z\r\n"]],
  [[...track(0), "multicast"], ["224.0.0.1", "239.255.255.255", "ff05::1", "FF02::fb"], [
    "",
    "10.0.0.1",
    "240.0.0.1",
    "239.0.0.256",
    "239.0.0",
    "ff05::1::2",
    "fe80::1",
    "ff02:zz",
    "239.0.0.1\n"
  ]],
  [[...track(0), "port"], [0, 1, 65_535], [-1, 65_536, 70_000, "5002"]],
  [[...track(0), "rtcpPort"], [0, 65_535], [-1, 65_536]],
  [[...track(0), "codec"], ["opus", "multiopus", "pcmu", "pcma", "g722", "l16", "l16-48"], ["h264", "mp3", ""]],
  [[...track(1), "codec"], ["h264", "vp8", "vp9", "av1", "h265"], ["opus", "H264", "mpeg4"]],
  [[...track(1), "sourceIndex"], [0, 63], [-1, 64, 0.5]],
  [[...track(0), "sourceMid"], ["0"], ["", "a b"]],
  [[...track(0), "interface"], ["eth0", "10.0.0.1", "fe80::1", "br-lan.5"], ["", "a b", "eth0\n", "x".repeat(65)]],
  [[...track(1), "bufferKeyframes"], [true, false], ["on"]],
  [[...track(2), "dataType"], ["text", "binary"], ["json"]],
  [["source", "room", "id"], [1, "lobby"], [0, "a b", null]],
  [["source", "room", "ifMissing"], ["create"], ["make"]],
  [["source", "room", "spec", "publishers"], [1, 10_000], [0, 10_001, 1.5]],
  [["source", "room", "spec", "bitrate"], [0, 1_000_000_000], [-1, 1_000_000_001]],
  [["source", "room", "spec", "firInterval"], ["0 seconds", "1 hour"], ["2 hours", -1]],
  [["source", "room", "spec", "audioCodecs"], [["opus"]], [[], ["h264"], "opus"]],
  [["source", "room", "spec", "videoCodecs"], [["av1", "vp9"]], [[], ["opus"]]],
  [["source", "room", "spec", "audioLevelAverage"], [0, 127], [128]],
  [["source", "room", "spec", "allowed"], [[], ["t"]], [[""], [5]]],
  [["source", "publisher"], ["any", { id: 5 }, { display: "anna" }], ["none", {}, { id: 5, display: "anna" }, 5]],
  [["source", "waitForPublisher"], ...durations],
  [["source", "forward", "ssrc"], [1, 4_294_967_295], [0, 4_294_967_296]]
]

const tables: ReadonlyArray<readonly [kind: string, rows: ReadonlyArray<Row>]> = [
  ["videoroom", ofVideoroom],
  ["browser_webrtc", [[["source", "token"], ["x"], ["", 5]]]],
  ["obs", [
    [["source", "obs"], [{ url: "ws://a" }, { url: "wss://[::1]:4455/" }, { host: "a" }], [
      {},
      { url: "ws://a", host: "a" },
      { url: "http://a" },
      { url: "ws://user:password@a" },
      { url: "ws://a/?token=b" }
    ]],
    [["source", "obs", "host"], ["a", "192.0.2.1", "[::1]"], ["", "a b", "ws://a", "a:4455", "-a"]],
    [["source", "obs", "port"], [1, 65_535], [0, 65_536]],
    [["source", "ingest", "rtmpUrl"], ["rtmp://a", "rtmps://a:443", "rtmp://a:65535"], [
      "http://a",
      "rtmp://a/live",
      "rtmp://",
      "rtmp://a:0",
      "rtmp://a:65536"
    ]],
    [["source", "ingest", "app"], ["live", "a/b"], ["", "/live", "a b", "live/"]],
    [["source", "ingest", "streamKey"], ["k?x=1"], ["", "a/b", "a b"]],
    [["source", "ingest", "srsApi"], ["https://srs/api", "http://[::1]:1985"], [
      "srs:1985",
      "http://ann:hush@srs:1985",
      "http://srs/?a=b",
      "http://srs:65536"
    ]],
    [["source", "ingest", "srsUsername"], ["ann"], [""]],
    [["source", "ingest", "srsPassword"], ["hush"], [""]],
    [["source", "ingest"], [], [undefined, "rtmp://a/b/c"]],
    [["source", "relay", "kind"], ["gstreamer"], ["vlc"]],
    [["source", "relay", "videoBitrate"], [50_000], [0, 1, 49_999, 50_000.5, 200_000_001]],
    [["source", "relay", "keyframeInterval"], ["1 second"], ["1 hour", 0]],
    [["source", "relay", "restart", "first"], [200], [199]],
    [["source", "relay", "restart", "factor"], [1, 10], [0.5, 11]],
    [["source", "relay", "restart", "budget"], [0], [-1]],
    [["source", "relay", "pipeline"], [["a"]], [[], [""], "a ! b"]]
  ]],
  ["rtmp_external", [
    [["source", "ingest"], [], [undefined]],
    [["source", "inputUrl"], [], ["rtmp://a/b/c"]] // both
  ]],
  ["external", [[["source", "inputUrl"], ["rtmp://a/b", "rtmps://a/b"], ["http://a", "rtmp://a b", undefined]]]],
  ["rtsp_camera", [
    [["source", "camera", "url"], ["rtsp://a", "rtsps://a/1"], ["http://a", "", undefined]],
    [["source", "camera", "username"], ["ann", "ann@home"], ["", "a\nb", "a\0b"]],
    [["source", "camera", "password"], ["p w"], ["", "a\r\nb"]],
    [["source", "camera", "transport"], ["tcp", "udp"], ["sctp"]],
    [["source", "camera", "timeout"], ["1 second", "5 minutes"], ["500 millis", "6 minutes"]]
  ]],
  ["pull", [
    [["source", "url"], ["http://a/x.m3u8", "https://a", "srt://a:1", "file:///media/a"], [
      "ftp://a",
      "/etc/x",
      undefined
    ]],
    [["source", "loop"], [true, false], ["yes"]]
  ]],
  ["test_pattern", [
    [["source", "width"], [16, 7680], [15, 7681]],
    [["source", "height"], [16], [0]],
    [["source", "fps"], [1, 120], [0, 121, 29.97]]
  ]]
]

for (const [kind, rows] of tables) {
  const isFed = kind === "videoroom" || kind === "browser_webrtc"
  const mountpoint = { create: isFed ? Specs.rtp : { ...Specs.rtp, media: Specs.media } }
  const whole = { ...Specs.whole, mountpoint, source: first(kind) }

  describe(`the specification of ${kind}`, () => {
    for (const [path, good, bad] of rows) {
      it.effect(`takes at ${path.join(".")} what it should, and refuses the rest with its path`, () =>
        Effect.gen(function*() {
          for (const value of good) {
            yield* decode(Specs.having(whole, path, value)).pipe(
              Effect.catch((error) => Effect.die(new Error(`${JSON.stringify(value)}: ${error.message}`)))
            )
          }
          for (const value of bad) {
            const paths = yield* wrongPaths(Specs.having(whole, path, value))
            const name = path.join(".")
            assert.isAtLeast(paths.length, 1, JSON.stringify(value))
            for (const one of paths) {
              assert.isTrue(one.startsWith(name) || name.startsWith(one) || one === "source.ingest", `${one}: ${name}`)
            }
          }
        }).pipe(Effect.provide(layer)))
    }
  })
}
