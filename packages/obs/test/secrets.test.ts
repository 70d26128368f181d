// Passwords and stream keys are where they must be and nowhere else: every log line, span, event, snapshot, plan and ledger
// line of a broadcast that goes through good and bad days, on the fake OBS server and with our real client.
import { assert, describe, it } from "@effect/vitest"
import { BroadcastRegistry, layerMemory } from "@headend/core/BroadcastRegistry"
import { Broadcasts, layer as layerBroadcasts } from "@headend/core/Broadcasts"
import { Installation } from "@headend/core/Installation"
import * as Reconciler from "@headend/core/Reconciler"
import { Sources } from "@headend/core/Sources"
import * as SourceSet from "@headend/core/Sources"
import { encoded } from "@headend/core/StandardSources"
import * as ObsEncoders from "@headend/obs/ObsEncoders"
import * as FakeObsServer from "@headend/testing/FakeObsServer"
import * as World from "@headend/testing/World"
import { Effect, Layer, Logger, Metric, References, Schedule, Stream, Tracer } from "effect"
import { inspect } from "node:util"

const secrets = {
  password: "a-websocket-password",
  key: "a-stream-key?token=a-token",
  theirs: "the-key-of-before",
  theirPassword: "the-rtmp-password-of-before"
}

const station = layerBroadcasts.pipe(
  Layer.provideMerge(SourceSet.layer(encoded)),
  Layer.provideMerge(ObsEncoders.layer({ pollMillis: 50, startMillis: 1_000 })),
  Layer.provideMerge(layerMemory()),
  Layer.provideMerge(World.layer),
  Layer.provideMerge(Layer.succeed(Installation, { instance: "test" }))
)

const patiently = Schedule.upTo(Schedule.spaced("20 millis"), { duration: "20 seconds" })

describe("the secrets of an OBS broadcast", () => {
  it.live("are nowhere but where they must be", () =>
    Effect.gen(function*() {
      const said: Array<string> = []
      const note = (what: unknown) => void said.push(inspect(what, { depth: 20, maxStringLength: 100_000 }))
      const logger = Logger.make(({ cause, message }) => note([message, cause]))
      const spans: Array<Tracer.NativeSpan> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          spans.push(span)
          return span
        }
      })
      const obs = yield* FakeObsServer.scoped({ password: secrets.password, retryMillis: 50 })
      const theirs = {
        streamServiceType: "rtmp_custom",
        streamServiceSettings: {
          server: "rtmp://theirs.example/app",
          key: secrets.theirs,
          use_auth: true,
          username: "them",
          password: secrets.theirPassword
        }
      }
      obs.service = theirs
      const spec = (password: string) => ({
        id: "show",
        source: {
          kind: "obs",
          obs: { url: obs.url, password },
          ingest: { rtmpUrl: "rtmp://127.0.0.1:1", app: "live", streamKey: secrets.key },
          relay: { kind: "ffmpeg", restart: { first: "200 millis", factor: 1, cap: "200 millis" } }
        }
      })

      yield* Effect.gen(function*() {
        const broadcasts = yield* Broadcasts
        const sources = yield* Sources
        const registry = yield* BroadcastRegistry
        yield* broadcasts.changes(yield* broadcasts.position).pipe(
          Stream.runForEach((event) => Effect.sync(() => note(event))),
          Effect.forkScoped
        )
        const put = (password: string) =>
          Effect.flatMap(sources.decode(spec(password)), (decoded) => broadcasts.start(decoded))
        const until = (state: string) =>
          broadcasts.get("show").pipe(
            Effect.tap((snapshot) => Effect.sync(() => note(snapshot))),
            Effect.filterOrFail((snapshot) => snapshot.state === state),
            Effect.retry(patiently)
          )
        note(yield* Effect.flatMap(sources.decode(spec(secrets.password)), broadcasts.plan))

        yield* put("a-wrong-password")
        yield* until("failed")
        obs.switches.denyKey = true
        yield* put(secrets.password)
        yield* until("failed")
        obs.switches.denyKey = false
        yield* put(secrets.password)
        yield* until("running")
        note(yield* registry.get("show"))
        assert.strictEqual(obs.target?.key, secrets.key)
        obs.dropConnections()
        obs.loseServer()
        yield* Effect.sleep("300 millis")
        yield* until("running")
        yield* broadcasts.stop("show")
        yield* until("stopped")
        assert.deepStrictEqual(obs.service, theirs)
        note(yield* Metric.snapshot)
      }).pipe(Effect.provide(
        Layer.provideMerge(Reconciler.layer({ id: "w1", atEnd: "stop" }), station).pipe(
          Layer.provideMerge(Logger.layer([logger])),
          Layer.provideMerge(Layer.succeed(References.MinimumLogLevel, "All")),
          Layer.provideMerge(Layer.succeed(Tracer.Tracer, tracer))
        )
      ))

      for (const { attributes, events, name, status } of spans) note([name, attributes, events, status])
      assert.isTrue(spans.some(({ name }) => name === "ObsEncoders.acquire"))
      assert.isAbove(said.length, 50)
      for (const secret of [...Object.values(secrets), "a-wrong-password", "a-token"]) {
        assert.deepStrictEqual(said.filter((text) => text.includes(secret)), [], secret)
      }
    }), 60_000)
})
