// Who knows of a publisher, and who relays: an SRS (a double; no real one runs here) that is asked beside a real RTMP server
// and hooks that reach an HTTP app without a worker, while the broadcast is a worker's elsewhere.
import { assert, layer } from "@effect/vitest"
import type { RelayRun } from "@headend/core/Relays"
import type { Snapshot } from "@headend/core/Snapshot"
import { freePort } from "@headend/integration/Ports"
import { spawnNode } from "@headend/integration/Processes"
import * as RealJanus from "@headend/integration/RealJanus"
import * as Redis from "@headend/integration/Redis"
import { requires } from "@headend/integration/Requires"
import { nginx, nginxWith, publish } from "@headend/integration/RtmpServers"
import * as FakeSrsServer from "@headend/testing/FakeSrsServer"
import { Effect } from "effect"
import { eventually, folder, start } from "./support/RealApp.ts"

interface Logs {
  readonly runs: ReadonlyArray<RelayRun>
}

const secret = "0123456789abcdef-hook"

const broadcast = (id: number, ingest: object) => ({
  body: { source: { kind: "rtmp_external", ingest: { app: "live", ...ingest } }, mountpoint: { create: { id } } }
})

requires("janus", "ffmpeg", "ffprobe", "nginx-rtmp", "redis-server", "network")("ingests", () => {
  layer(RealJanus.layer(), { excludeTestServices: true, timeout: "60 seconds" })((it) => {
    it.effect(
      "what SRS says is believed: on air with its publisher, waiting when it says that they left",
      () =>
        Effect.gen(function*() {
          const app = yield* start({ janus: yield* RealJanus.RealJanus })
          const srs = yield* FakeSrsServer.scoped({ auth: { username: "ann", password: "hush" } })
          const server = yield* nginx
          const ingest = {
            rtmpUrl: server.url,
            streamKey: "hush",
            srsApi: srs.url,
            srsUsername: "ann",
            srsPassword: "hush"
          }
          yield* app.call("PUT /v1/broadcasts/live", broadcast(51, ingest))
          const isLeft = ({ ingest, state }: Snapshot) => state === "waiting" && ingest?.live === false
          yield* app.until("live", isLeft)

          const sender = yield* publish(`${server.url}/live/hush`)
          const publisher = yield* Effect.promise(() => srs.publish("live", "hush", "192.0.2.7"))
          yield* app.until("live", ({ state }) => state === "running")
          const running = yield* app.until("live", ({ health, ingest }) =>
            ingest?.codecs.includes("aac") === true
            && health.hops.some(({ evidence, hop }) =>
              hop === "ingest" && `${evidence}`.startsWith("192.0.2.7 publishes")
            ))
          assert.notInclude(JSON.stringify(running), "hush")

          // the RTMP server has its publisher still: only SRS tells of the end, and the relay is ended for that
          yield* Effect.promise(() => publisher.leave())
          yield* eventually(
            app.call("GET /v1/broadcasts/live/logs"),
            (answer) => answer.json<Logs>().runs.some(({ exit }) => exit === "ended on request")
          )
          yield* sender.kill
          const left = yield* app.until("live", isLeft)
          assert.deepInclude(left, { run: running.run })
        }),
      180_000
    )

    it.effect(
      "a hook at an HTTP app without a worker: no key, no entry; and the worker elsewhere goes on air",
      () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.RealJanus
          const redis = yield* Redis.make()
          const port = yield* freePort
          const shared = {
            HEADEND_REGISTRY: "redis",
            HEADEND_REDIS_URL: redis.url,
            HEADEND_SECRET_KEY: "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE="
          }
          const app = yield* start({
            janus,
            env: {
              ...shared,
              HEADEND_HTTP_PORT: String(port),
              HEADEND_HOOK_SECRET: secret,
              HEADEND_HOOK_REFUSE_UNKNOWN: "true"
            }
          })
          yield* spawnNode("apps/worker/src/main.ts", {
            cwd: yield* folder,
            env: {
              ...shared,
              HEADEND_JANUS_URL: janus.url,
              HEADEND_JANUS_STREAMING_ADMIN_KEY: janus.streamingAdminKey,
              HEADEND_JANUS_VIDEOROOM_ADMIN_KEY: janus.videoroomAdminKey,
              HEADEND_HTTP_PORT: "0",
              HEADEND_WORKER_ID: "elsewhere"
            }
          })
          const server = yield* nginxWith({ hook: `http://127.0.0.1:${port}/hooks/${secret}/nginx-rtmp` })
          yield* app.call("PUT /v1/broadcasts/live", broadcast(52, { rtmpUrl: server.url, streamKey: "cam1" }))
          const waiting = yield* app.until("live", ({ state }) => state === "waiting")
          assert.strictEqual(waiting.owner?.worker, "elsewhere")
          const refused = yield* publish(`${server.url}/live/cam2`)
          assert.notStrictEqual((yield* refused.ended).code, 0)
          const publisher = yield* publish(`${server.url}/live/cam1`)
          yield* app.until("live", ({ state }) => state === "running")
          yield* publisher.kill
          yield* app.until("live", ({ state }) => state === "waiting")
          yield* app.stop("live")
        }),
      180_000
    )
  })
})
