// Every way in which a source or a relay fails, on the real programs: each ends in its class, at its hop, for its reason.
import { assert, layer } from "@effect/vitest"
import type { RelayFailureTag } from "@headend/core/RelayFailure"
import { type RelayInput, Relays, type RelayTrack } from "@headend/core/Relays"
import { freePort } from "@headend/integration/Ports"
import { requires } from "@headend/integration/Requires"
import { nginx, nodeMediaServer, publish } from "@headend/integration/RtmpServers"
import * as RtspCamera from "@headend/integration/RtspCamera"
import { Clock, Effect, Redacted, type Scope } from "effect"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { eventually, relays } from "./support/bench.ts"

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
  username: more.user,
  password: more.password === undefined ? undefined : Redacted.make(more.password),
  transport: "tcp",
  timeout: undefined
})
const pull = (url: string): RelayInput => ({ type: "pull", url: Redacted.make(url), loop: false })

const acquire = (input: RelayInput, tracks = standard) =>
  Relays.use((port) => port.acquire({ broadcast: "b", input, options: { kind: "ffmpeg" }, tracks, srtp: undefined }))

/** How it is lost, and after how long. */
const lost = (input: RelayInput, tracks = standard) =>
  Effect.gen(function*() {
    const began = yield* Clock.currentTimeMillis
    const failure = yield* Effect.flip(Effect.scoped(Effect.flatMap(acquire(input, tracks), (relay) => relay.lost)))
    return { failure, after: (yield* Clock.currentTimeMillis) - began }
  })

/** The same once media has come and something has happened. */
const lostOnce = <E, R>(
  input: RelayInput,
  happens: (pid: number) => Effect.Effect<unknown, E, R>
) =>
  Effect.gen(function*() {
    const relay = yield* acquire(input)
    yield* eventually(Effect.sync(relay.now), ({ fed }) => fed.length === 2)
    yield* happens(relay.now().pid!)
    const began = yield* Clock.currentTimeMillis
    const failure = yield* Effect.flip(relay.lost)
    return { failure, after: (yield* Clock.currentTimeMillis) - began }
  })

const onAir = (server: { readonly url: string }) =>
  Effect.map(publish(`${server.url}/live/x`), (publisher) => ({ publisher, input: rtmp(`${server.url}/live/x`) }))

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

type Outcome = ReturnType<typeof lost>
type Case = readonly [
  what: string,
  run: Effect.Effect<Effect.Success<Outcome>, unknown, Relays | Scope.Scope>,
  tag: RelayFailureTag,
  hop: "ingest" | "relay",
  reason: RegExp
]

const user = { scheme: "basic", user: "ann", password: "hush:/@" } as const
const kill = (pid: number) => Effect.sync(() => process.kill(pid, "SIGKILL"))

const table: ReadonlyArray<Case> = [
  [
    "RTMP: refused",
    Effect.flatMap(freePort, (port) => lost(rtmp(`rtmp://127.0.0.1:${port}/live/x`))),
    "SourceUnreachable",
    "ingest",
    /refused/
  ],
  ["RTMP: no such host", lost(rtmp("rtmp://nobody.invalid/live/x")), "SourceUnreachable", "ingest", /name/],
  [
    "RTMP: absent, nginx",
    Effect.flatMap(nginx, ({ url }) => lost(rtmp(`${url}/live/x`))),
    "SourceAbsent",
    "ingest",
    /No such stream|not permitted/
  ],
  [
    "RTMP: absent, node-media-server",
    Effect.flatMap(nodeMediaServer(), ({ url }) => lost(rtmp(`${url}/live/x`))),
    "SourceAbsent",
    "ingest",
    /Input\/output error|no media/
  ],
  [
    "RTMP: an unknown application",
    Effect.flatMap(nginx, ({ url }) => lost(rtmp(`${url}/other/x`))),
    "SourceDenied",
    "ingest",
    /exit 1/
  ],
  [
    "RTMP: denied",
    Effect.flatMap(
      nginx,
      ({ url }) => Effect.andThen(publish(`${url}/denied/x`), Effect.delay(lost(rtmp(`${url}/denied/x`)), "1 second"))
    ),
    "SourceDenied",
    "ingest",
    /exit 1/
  ],
  [
    "RTMP: ended",
    Effect.flatMap(
      Effect.flatMap(nginx, onAir),
      ({ input, publisher }) => lostOnce(input, () => publisher.terminate())
    ),
    "SourceEnded",
    "ingest",
    /exit|Input/
  ],
  [
    "RTMP: frozen",
    Effect.flatMap(
      Effect.flatMap(nodeMediaServer(), onAir),
      ({ input, publisher }) => lostOnce(input, () => publisher.signal("SIGSTOP"))
    ),
    "SourceFrozen",
    "ingest",
    /no media for/
  ],
  [
    "RTMP: the relay is killed",
    Effect.flatMap(Effect.flatMap(nodeMediaServer(), onAir), ({ input }) => lostOnce(input, kill)),
    "RelayKilled",
    "relay",
    /SIGKILL/
  ],
  [
    "RTSP: refused",
    Effect.flatMap(freePort, (port) => lost(rtsp(`rtsp://127.0.0.1:${port}/cam`))),
    "SourceUnreachable",
    "relay",
    /refused/
  ],
  [
    "RTSP: 404",
    Effect.flatMap(RtspCamera.start(), ({ url }) => lost(rtsp(`${url}2`))),
    "SourceNotFound",
    "relay",
    /404/
  ],
  [
    "RTSP: 401 without a password",
    Effect.flatMap(RtspCamera.start({ auth: user }), ({ url }) => lost(rtsp(url))),
    "SourceUnauthorized",
    "relay",
    /401/
  ],
  [
    "RTSP: 401 with a wrong one",
    Effect.flatMap(RtspCamera.start({ auth: user }), ({ url }) => lost(rtsp(url, { user: "ann", password: "wrong" }))),
    "SourceUnauthorized",
    "relay",
    /401/
  ],
  [
    "RTSP: the camera is killed",
    Effect.flatMap(RtspCamera.start(), ({ program, url }) => lostOnce(rtsp(url), () => program.kill)),
    "SourceEnded",
    "relay",
    /exit 0/
  ],
  [
    "RTSP: the camera is frozen",
    Effect.flatMap(RtspCamera.start(), ({ program, url }) => lostOnce(rtsp(url), () => program.signal("SIGSTOP"))),
    "SourceFrozen",
    "relay",
    /no media for/
  ],
  ["HTTP: 404", Effect.flatMap(notFound, (url) => lost(pull(url))), "SourceNotFound", "relay", /404/],
  [
    "a codec that no relay sends",
    lost({ type: "test_pattern", width: 160, height: 90, fps: 10 }, [closed("v", "video", "av1")]),
    "RelayMisconfigured",
    "relay",
    /cannot send av1/
  ],
  [
    "a denied address",
    lost(rtmp("rtmp://169.254.169.254/live/x")),
    "InputRefused",
    "ingest",
    /169\.254\.169\.254 is denied/
  ]
]

requires("ffmpeg", "ffprobe", "nginx-rtmp", "gst-rtsp-server")("failures of relays", () => {
  layer(relays(), { excludeTestServices: true })((it) => {
    for (const [what, run, tag, hop, reason] of table) {
      it.effect(what, () =>
        Effect.gen(function*() {
          const { after, failure } = yield* run
          console.log(`${what}: ${failure._tag} after ${after} ms: ${failure.reason}`)
          assert.deepStrictEqual([failure._tag, failure.failure.hop], [tag, hop], failure.reason)
          assert.match(failure.reason, reason)
          assert.notMatch(failure.message, /hush|wrong/)
        }), 60_000)
    }

    it.effect(
      "a port where nobody listens is no failure that a relay could see: Janus' reading tells",
      () =>
        Effect.gen(function*() {
          const relay = yield* acquire({ type: "test_pattern", width: 160, height: 90, fps: 10 })
          yield* eventually(Effect.sync(relay.now), ({ progress }) => (progress?.["frames"] ?? 0) > 20)
          assert.deepStrictEqual(relay.now().fed, ["a", "v"])
        }),
      30_000
    )
  })
})
