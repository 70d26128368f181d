// Every way in which a source or a relay fails, on the real programs, over FFmpeg and over GStreamer: each ends in its
// class, at its hop, for its reason, and tells whether it is tried again, waited for, or the end. One table, long as it is.
import { assert, layer } from "@effect/vitest"
import type { Relay } from "@headend/core/Relay"
import type { RelayFailureTag } from "@headend/core/RelayFailure"
import { type RelayInput, type RelayRequest, Relays, type RelayTrack } from "@headend/core/Relays"
import { freePort } from "@headend/integration/Ports"
import { requires } from "@headend/integration/Requires"
import { nginx, nodeMediaServer, onAir as isOnAir, publish, silent } from "@headend/integration/RtmpServers"
import * as RtspCamera from "@headend/integration/RtspCamera"
import { Clock, Effect, Layer, Redacted, type Scope } from "effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { eventually, relays } from "./support/bench.ts"
import * as Films from "./support/films.ts"

/** Where nobody listens: a relay cannot tell. */
const closed = (mid: string, type: "audio" | "video", codec: string): RelayTrack => ({
  mid,
  type,
  codec,
  pt: type === "audio" ? 111 : 96,
  host: "127.0.0.1",
  port: 9,
  rtcpPort: null,
  sourceIndex: undefined
})
const standard = [closed("a", "audio", "opus"), closed("v", "video", "h264")]

const rtmp = (url: string): RelayInput => ({ type: "rtmp", url: Redacted.make(url) })
const rtsp = (url: string, more: { readonly user?: string; readonly password?: string } = {}): RelayInput => ({
  type: "rtsp",
  url: Redacted.make(url),
  username: more.user === undefined ? undefined : Redacted.make(more.user),
  password: more.password === undefined ? undefined : Redacted.make(more.password),
  transport: "tcp",
  timeout: undefined
})
const pull = (url: string): RelayInput => ({ type: "pull", url: Redacted.make(url), loop: false })

const acquire = (
  kind: Relay["kind"],
  input: RelayInput,
  more: Partial<Pick<RelayRequest, "tracks" | "options">> = {}
) =>
  Relays.use((port) =>
    port.acquire({
      broadcast: "b",
      input,
      options: { kind, ...more.options },
      tracks: more.tracks ?? standard,
      srtp: undefined
    })
  )

/** How it is lost, and after how long. */
const lost = (input: RelayInput, more: Parameters<typeof acquire>[2] = {}) => (kind: Relay["kind"]) =>
  Effect.gen(function*() {
    const began = yield* Clock.currentTimeMillis
    const failure = yield* Effect.flip(Effect.scoped(Effect.flatMap(acquire(kind, input, more), (relay) => relay.lost)))
    return { failure, after: (yield* Clock.currentTimeMillis) - began }
  })

/** The same once media has come and something has happened. */
const lostOnce = <E, R>(
  input: RelayInput,
  happens: (pid: number) => Effect.Effect<unknown, E, R>
) =>
(kind: Relay["kind"]) =>
  Effect.gen(function*() {
    const relay = yield* acquire(kind, input)
    yield* eventually(
      Effect.sync(relay.now),
      ({ fed, progress }) => fed.length === 2 && (progress?.["frames"] ?? 0) > 20
    )
    yield* happens(relay.now().pid!)
    const began = yield* Clock.currentTimeMillis
    const failure = yield* Effect.flip(relay.lost)
    return { failure, after: (yield* Clock.currentTimeMillis) - began }
  })

/** A relay that came before its publisher would find nobody. */
const onAir = (server: { readonly url: string }) =>
  Effect.map(
    Effect.flatMap(publish(`${server.url}/live/x`), isOnAir),
    (publisher) => ({ publisher, input: rtmp(`${server.url}/live/x`) })
  )

const notFound = Effect.map(
  Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createServer>>((resume) => {
      const server = createServer((_, answer) => answer.writeHead(404).end())
      server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
    }),
    (server) => Effect.sync(() => server.close())
  ),
  (server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}/x.mp4`
)

type Outcome = ReturnType<ReturnType<typeof lost>>
type Case = readonly [
  what: string,
  run: (kind: Relay["kind"]) => Effect.Effect<Effect.Success<Outcome>, unknown, Relays | Scope.Scope>,
  tag: RelayFailureTag,
  hop: "ingest" | "relay",
  reason: RegExp,
  reaction: "tried again" | "waited for" | "the end" | "stopped",
  only?: Relay["kind"]
]

const reactions = { world: "tried again", outage: "waited for", caller: "the end", done: "stopped" } as const

/** With something that has to be there first. */
const having = <A, E, R>(
  what: Effect.Effect<A, E, R>,
  then: (a: A) => (kind: Relay["kind"]) => Effect.Effect<Effect.Success<Outcome>, unknown, Relays | Scope.Scope>
) =>
(kind: Relay["kind"]) => Effect.flatMap(what, (a) => then(a)(kind))

const user = { scheme: "basic", user: "ann", password: "hush:/@" } as const
const kill = (pid: number) => Effect.sync(() => process.kill(pid, "SIGKILL"))

const pattern: RelayInput = { type: "test_pattern", width: 640, height: 360, fps: 30 }
const folder = mkdtempSync(join(tmpdir(), "headend-failures-"))
const file = (name: string) => pull(`file://${folder}/${name}`)
/** Only what is called MP4 has its index in front. */
const indexAtEnd = Effect.andThen(
  Films.film(join(folder, "slow.mov"), 10),
  Effect.map(Films.serve(folder), (port) => `http://127.0.0.1:${port}/slow.mov`)
)
const limited = (limits: Relay["limits"]) => lost(pattern, { options: { limits } as Relay })
const nowhere = standard.map((track) => ({ ...track, host: "nobody.invalid" }))

/** A server that hangs up while FFmpeg still asks: its answer is never read. */
const cutShort = (path: string) => ({ url }: { readonly url: string }) => (kind: Relay["kind"]) =>
  Effect.suspend(() => {
    const ffmpeg = join(folder, "cut-short")
    writeFileSync(ffmpeg, "#!/bin/sh\necho '[error] rtmp://x: Broken pipe' >&2\nexit 1\n", { mode: 0o755 })
    const programs = { ffmpeg, ffprobe: "ffprobe", gstreamer: undefined }
    return Effect.provide(lost(rtmp(`${url}${path}`))(kind), Layer.fresh(relays({ programs })))
  })

const table: ReadonlyArray<Case> = [
  [
    "RTMP: refused",
    having(freePort, (port) => lost(rtmp(`rtmp://127.0.0.1:${port}/live/x`))),
    "SourceUnreachable",
    "ingest",
    /refused/,
    "tried again"
  ],
  [
    "RTMP: no such host",
    lost(rtmp("rtmp://nobody.invalid/live/x")),
    "SourceUnreachable",
    "ingest",
    /name/,
    "tried again"
  ],
  [
    "RTMP: absent, nginx",
    having(nginx, ({ url }) => lost(rtmp(`${url}/live/x`))),
    "SourceAbsent",
    "ingest",
    /No such stream|not permitted/,
    "waited for"
  ],
  [
    "RTMP: absent, nginx, whose answer is not read",
    having(nginx, cutShort("/live/x")),
    "SourceAbsent",
    "ingest",
    /No such stream|not permitted/,
    "waited for",
    "ffmpeg"
  ],
  [
    "RTMP: denied, and no answer is read",
    having(nginx, cutShort("/denied/x")),
    "SourceDenied",
    "ingest",
    /exit 1/,
    "tried again",
    "ffmpeg"
  ],
  [
    "RTMP: somebody came after it was refused",
    having(Effect.tap(nginx, onAir), cutShort("/live/x")),
    "SourceAbsent",
    "ingest",
    /a moment ago/,
    "waited for",
    "ffmpeg"
  ],
  [
    "RTMP: absent, node-media-server",
    having(nodeMediaServer(), ({ url }) => lost(rtmp(`${url}/live/x`))),
    "SourceAbsent",
    "ingest",
    /Input\/output error|no media/,
    "waited for"
  ],
  [
    "RTMP: a server that answers nothing",
    having(silent, ({ url }) => lost(rtmp(`${url}/live/x`))),
    "SourceUnreachable",
    "ingest",
    /timed out|Could not connect/,
    "tried again"
  ],
  [
    "RTMP: an unknown application",
    having(nginx, ({ url }) => lost(rtmp(`${url}/other/x`))),
    "SourceDenied",
    "ingest",
    /exit 1/,
    "tried again"
  ],
  [
    "RTMP: denied",
    having(
      Effect.flatMap(
        nginx,
        ({ url }) => Effect.as(Effect.flatMap(publish(`${url}/denied/x`), isOnAir), `${url}/denied/x`)
      ),
      (url) => lost(rtmp(url))
    ),
    "SourceDenied",
    "ingest",
    /exit 1/,
    "tried again"
  ],
  [
    "RTMP: ended",
    having(Effect.flatMap(nginx, onAir), ({ input, publisher }) => lostOnce(input, () => publisher.terminate())),
    "SourceEnded",
    "ingest",
    /exit|Input/,
    "tried again"
  ],
  [
    "RTMP: frozen",
    having(
      Effect.flatMap(nodeMediaServer(), onAir),
      ({ input, publisher }) => lostOnce(input, () => publisher.signal("SIGSTOP"))
    ),
    "SourceFrozen",
    "ingest",
    /no media for/,
    "tried again"
  ],
  [
    "RTMP: the relay is killed",
    having(Effect.flatMap(nodeMediaServer(), onAir), ({ input }) => lostOnce(input, kill)),
    "RelayKilled",
    "relay",
    /SIGKILL/,
    "tried again"
  ],
  [
    "RTSP: refused",
    having(freePort, (port) => lost(rtsp(`rtsp://127.0.0.1:${port}/cam`))),
    "SourceUnreachable",
    "relay",
    /refused/,
    "tried again"
  ],
  [
    "RTSP: 404",
    having(RtspCamera.start(), ({ url }) => lost(rtsp(`${url}2`))),
    "SourceNotFound",
    "relay",
    /404/,
    "the end"
  ],
  [
    "RTSP: 401 without a password",
    having(RtspCamera.start({ auth: user }), ({ url }) => lost(rtsp(url))),
    "SourceUnauthorized",
    "relay",
    /401/,
    "the end"
  ],
  [
    "RTSP: 401 with a wrong one",
    having(RtspCamera.start({ auth: user }), ({ url }) => lost(rtsp(url, { user: "ann", password: "wrong" }))),
    "SourceUnauthorized",
    "relay",
    /401/,
    "the end"
  ],
  [
    "RTSP: the camera is killed",
    having(RtspCamera.start(), ({ program, url }) => lostOnce(rtsp(url), () => program.kill)),
    "SourceEnded",
    "relay",
    /exit/,
    "tried again"
  ],
  [
    "RTSP: the camera is frozen",
    having(RtspCamera.start(), ({ program, url }) => lostOnce(rtsp(url), () => program.signal("SIGSTOP"))),
    "SourceFrozen",
    "relay",
    /no media for/,
    "tried again"
  ],
  ["HTTP: 404", having(notFound, (url) => lost(pull(url))), "SourceNotFound", "relay", /404/, "the end"],
  [
    "HTTP: an MP4 with its index at the end, from a server without ranges",
    having(indexAtEnd, (url) => lost(pull(url))),
    "SourceUnsuitable",
    "relay",
    /index of its MP4 .*faststart/,
    "the end",
    "ffmpeg" // GStreamer reads it whole, and plays it then
  ],
  [
    "SRT: nobody can be called",
    having(freePort, (port) => lost(pull(`srt://127.0.0.1:${port}`))),
    "SourceUnreachable",
    "relay",
    /srt/i,
    "tried again"
  ],
  ["a file that is not there", lost(file("nothing.mp4")), "SourceNotFound", "relay", /No such file/, "the end"],
  [
    "a file that is no media",
    having(Effect.sync(() => writeFileSync(join(folder, "text.mp4"), "no media at all")), () => lost(file("text.mp4"))),
    "SourceUnsuitable",
    "relay",
    /Invalid data|moov/,
    "the end"
  ],
  [
    "a file at its end",
    having(Films.film(join(folder, "film.mp4")), () => lost(file("film.mp4"))),
    "SourceFinished",
    "relay",
    /end of the file/,
    "stopped"
  ],
  [
    "a mountpoint whose host has no address",
    lost(pattern, { tracks: nowhere }),
    "RelayFailed",
    "relay",
    /Name or service not known/,
    "tried again",
    "ffmpeg" // GStreamer sends nothing, and does not say so: Janus' reading tells
  ],
  ["too much memory", limited({ memoryMb: 15 }), "RelayTooGreedy", "relay", /MB of memory, 15 allowed/, "tried again"],
  [
    "too much processor time",
    limited({ cpuPercent: 1 }),
    "RelayTooGreedy",
    "relay",
    /% of a processor for 5 s, 1 allowed/,
    "tried again"
  ],
  [
    "more memory than the operator allows, whatever the specification says",
    (kind) =>
      limited({ memoryMb: 10_000 })(kind).pipe(
        Effect.provide(Layer.fresh(relays({ limits: { memoryMb: 15 } })))
      ),
    "RelayTooGreedy",
    "relay",
    /MB of memory, 15 allowed/,
    "tried again",
    "ffmpeg"
  ],
  [
    "a codec that no relay sends",
    lost({ type: "test_pattern", width: 160, height: 90, fps: 10 }, { tracks: [closed("v", "video", "av1")] }),
    "RelayMisconfigured",
    "relay",
    /cannot send av1/,
    "the end"
  ],
  [
    "a denied address",
    lost(rtmp("rtmp://169.254.169.254/live/x")),
    "InputRefused",
    "ingest",
    /169\.254\.169\.254 is denied/,
    "the end"
  ]
]

requires("ffmpeg", "ffprobe", "gst-launch-1.0", "nginx-rtmp", "gst-rtsp-server")("failures of relays", () => {
  const programs = Layer.merge(
    relays({ policy: { folder } }),
    Layer.effectDiscard(Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))))
  )
  layer(programs, { excludeTestServices: true })((it) => {
    for (const kind of ["ffmpeg", "gstreamer"] as const) {
      for (const [what, run, tag, hop, reason, reaction, only] of table) {
        if (only !== undefined && only !== kind) continue
        it.effect(`${kind}: ${what}`, () =>
          Effect.gen(function*() {
            const { after, failure } = yield* run(kind)
            console.log(`${kind}: ${what}: ${failure._tag} after ${after} ms: ${failure.reason}`)
            const { fault } = failure.failure
            const expected = [tag, hop, reaction]
            assert.deepStrictEqual(
              [failure._tag, failure.failure.hop, reactions[fault as keyof typeof reactions]],
              expected,
              failure.reason
            )
            assert.match(failure.reason, reason)
            assert.notMatch(failure.message, /hush|wrong/)
          }), 120_000)
      }
    }

    it.effect(
      "a port where nobody listens is no failure that a relay could see: Janus' reading tells",
      () =>
        Effect.gen(function*() {
          const relay = yield* acquire("ffmpeg", { type: "test_pattern", width: 160, height: 90, fps: 10 })
          yield* eventually(Effect.sync(relay.now), ({ progress }) => (progress?.["frames"] ?? 0) > 20)
          assert.deepStrictEqual(relay.now().fed, ["a", "v"])
        }),
      30_000
    )
  })
})
