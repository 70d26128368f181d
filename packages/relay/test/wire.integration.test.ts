// What a relay sends, counted on the wire: timestamps without gaps, and each track from its own stream of the source.
import { assert, layer } from "@effect/vitest"
import type { Relay } from "@headend/core/Relay"
import { type RelayInput, Relays, type RelayTrack } from "@headend/core/Relays"
import { spawn } from "@headend/integration/Processes"
import { requires } from "@headend/integration/Requires"
import { nodeMediaServer, onAir, publish } from "@headend/integration/RtmpServers"
import * as RtspCamera from "@headend/integration/RtspCamera"
import { Effect, Layer, Redacted } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { eventually, relays } from "./support/bench.ts"
import { receiver, steps } from "./support/receiver.ts"

const folder = mkdtempSync(join(tmpdir(), "headend-wire-"))

const track = (mid: string, type: "audio" | "video", codec: string, pt: number, sourceIndex?: number) => ({
  mid,
  type,
  codec,
  pt,
  host: "127.0.0.1",
  rtcpPort: null,
  sourceIndex
})

/** Relays into a port of ours for each track, and waits until so many packets have come to each. */
const received = Effect.fnUntraced(function*(
  input: RelayInput,
  tracks: ReadonlyArray<ReturnType<typeof track>>,
  atLeast: number,
  options: Relay = { kind: "ffmpeg" }
) {
  const ports = yield* Effect.forEach(tracks, () => receiver)
  const placed = tracks.map((one, i): RelayTrack => ({ ...one, port: ports[i]!.port }))
  const relay = yield* Relays.use((port) =>
    port.acquire({ broadcast: "b", input, options, tracks: placed, srtp: undefined })
  )
  yield* eventually(
    Effect.sync(() => ports.map(({ packets }) => packets.length)),
    (all) => all.every((count) => count >= atLeast)
  ).pipe(Effect.raceFirst(relay.lost))
  return { relay, packets: ports.map(({ packets }) => packets) }
})

/** Two pictures, 25 and 10 a second, and two sounds, in one file. */
const film = Effect.fnUntraced(function*(ending: string) {
  const path = join(folder, `two.${ending}`)
  const args = "-nostdin -y -loglevel error -f lavfi -i testsrc=size=320x180:rate=25:duration=20 "
    + "-f lavfi -i testsrc=size=160x90:rate=10:duration=20 -f lavfi -i sine=duration=20 -f lavfi -i sine=300:duration=20 "
    + "-map 0 -map 1 -map 2 -map 3 -c:v libx264 -preset ultrafast -pix_fmt yuv420p -bf 0 -g 10 -c:a aac"
  const made = yield* spawn("ffmpeg", [...args.split(" "), path])
  assert.deepInclude(yield* made.ended, { code: 0 })
  return { type: "pull", url: Redacted.make(`file://${path}`), loop: false } as const
})

const camera = Effect.map(RtspCamera.start({ isDouble: true }), ({ url }): RelayInput => ({
  type: "rtsp",
  url: Redacted.make(url),
  username: undefined,
  password: undefined,
  transport: "tcp",
  timeout: undefined
}))

/** Sources of two pictures and two sounds. */
const doubles = [
  ["an MP4 file", film("mp4"), "ffmpeg"],
  ["an MP4 file", film("mp4"), "gstreamer"],
  ["a Matroska file", film("mkv"), "gstreamer"],
  ["a transport stream", film("ts"), "gstreamer"],
  ["a camera", camera, "ffmpeg"],
  ["a camera", camera, "gstreamer"]
] as const

requires("ffmpeg", "ffprobe", "gst-launch-1.0", "gst-rtsp-server")("what a relay sends", () => {
  const programs = Layer.merge(
    relays({ policy: { folder } }),
    Layer.effectDiscard(Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))))
  )
  layer(programs, { excludeTestServices: true, timeout: "120 seconds" })((it) => {
    for (const kind of ["ffmpeg", "gstreamer"] as const) {
      it.effect(
        `Opus out of FLV, which counts milliseconds, has a timestamp for each 20 ms, over ${kind}`,
        () =>
          Effect.gen(function*() {
            const server = yield* nodeMediaServer()
            yield* Effect.flatMap(publish(`${server.url}/live/x`), onAir)
            const input: RelayInput = { type: "rtmp", url: Redacted.make(`${server.url}/live/x`) }
            const tracks = [track("a", "audio", "opus", 111), track("v", "video", "h264", 96)]
            const { packets } = yield* received(input, tracks, 150, { kind })
            const [sound, pictures] = packets
            assert.deepStrictEqual([...new Set(sound!.map(({ payloadType }) => payloadType))], [111])
            // the first one is shorter by what the encoder looks ahead
            assert.deepStrictEqual([...new Set(steps(sound!).slice(1))], [960])
            const frames = pictures!.filter(({ marker }) => marker)
            assert.isAbove(frames.length, 20)
          }),
        120_000
      )
    }

    for (const [what, source, kind] of doubles) {
      it.effect(
        `${kind}: several tracks of one type get their own streams of ${what}, or the one that is asked for`,
        () =>
          Effect.gen(function*() {
            const tracks = [
              track("a", "audio", "opus", 111),
              track("b", "audio", "pcmu", 0, 1),
              track("v", "video", "h264", 96),
              track("w", "video", "h264", 97),
              track("x", "video", "vp8", 98, 0),
              track("y", "video", "vp9", 99, 1)
            ]
            const { packets, relay } = yield* received(yield* source, tracks, 60, { kind })
            assert.deepStrictEqual(relay.now().fed, ["a", "b", "v", "w", "x", "y"])
            assert.deepStrictEqual(
              packets.map((all) => [...new Set(all.map(({ payloadType }) => payloadType))]),
              [[111], [0], [96], [97], [98], [99]]
            )
            // pictures per second, by the timestamps
            const rates = packets.slice(2).map((all) => {
              const ends = all.filter(({ marker }) => marker)
              const ticks = (ends.at(-1)!.timestamp - ends[0]!.timestamp) >>> 0
              return Math.round((ends.length - 1) / (ticks / 90_000))
            })
            assert.deepStrictEqual(rates, [25, 10, 25, 10])
          }),
        120_000
      )
    }

    it.effect("a track that the source has nothing for is told, and the others flow", () =>
      Effect.gen(function*() {
        const input = yield* film("mp4")
        const tracks = [track("v", "video", "h264", 96, 1), track("w", "video", "h264", 97, 5)]
        const relay = yield* Relays.use((port) =>
          port.acquire({
            broadcast: "c",
            input,
            options: { kind: "ffmpeg" },
            tracks: tracks.map((one) => ({ ...one, port: 9 })),
            srtp: undefined
          })
        )
        const now = yield* eventually(Effect.sync(relay.now), ({ fed }) => fed.length > 0)
        assert.deepStrictEqual([now.fed, now.warnings], [["v"], ["no video number 6 for track w"]])
      }), 120_000)
  })
})
