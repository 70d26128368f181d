// Hooks of real RTMP servers, from a publisher to Janus: who comes is on air, who leaves is noticed, who has no key stays out.
import { assert, layer } from "@effect/vitest"
import { freePort } from "@headend/integration/Ports"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { nginxWith, nodeMediaServer, publish, type ServerOptions } from "@headend/integration/RtmpServers"
import { Effect } from "effect"
import { eventually, start } from "./support/RealApp.ts"

const secret = "0123456789abcdef-hook"
const key = "hush?token=hush"

const broadcast = (url: string, id: number, streamKey = key) => ({
  source: { kind: "rtmp_external", ingest: { rtmpUrl: url, app: "live", streamKey } },
  mountpoint: { create: { id } }
})

const station = Effect.gen(function*() {
  const janus = yield* RealJanus.RealJanus
  const port = yield* freePort
  const env = {
    HEADEND_HTTP_PORT: String(port),
    HEADEND_HOOK_SECRET: `another-one-${secret},${secret}`,
    HEADEND_HOOK_REFUSE_UNKNOWN: "true",
    HEADEND_LOG_LEVEL: "debug"
  }
  const app = yield* start({ janus, env })
  const hook = (server: string) => `http://127.0.0.1:${port}/hooks/${secret}/${server}`
  const put = (id: string, body: object) => app.call(`PUT /v1/broadcasts/${id}`, { body })
  const ingest = (id: string) =>
    Effect.map(app.get(id), ({ health }) => health.hops.find((one) => one.hop === "ingest"))
  return { app, hook, put, ingest }
})

requires("janus", "ffmpeg", "ffprobe", "nginx-rtmp", "network")("hooks of real RTMP servers", () => {
  layer(RealJanus.layer(), { excludeTestServices: true, timeout: "60 seconds" })((it) => {
    it.effect(
      "nginx-rtmp: a publisher is on air, leaves and comes back; the server dies and returns; no key, no entry",
      () =>
        Effect.gen(function*() {
          const { app, hook, ingest, put } = yield* station
          const options: ServerOptions = { hook: hook("nginx-rtmp") }
          const server = yield* nginxWith(options)
          yield* put("live", broadcast(server.url, 41))
          yield* app.until("live", ({ state }) => state === "waiting")

          for (const wrong of ["hush", "hush?token=wrong", "other?token=hush"]) {
            const refused = yield* publish(`${server.url}/live/${wrong}`)
            assert.notStrictEqual((yield* refused.ended).code, 0, wrong)
          }
          yield* app.program.awaitLine(/refused a publisher at application live/)
          assert.strictEqual((yield* app.get("live")).state, "waiting")

          const published = performance.now()
          const publisher = yield* publish(`${server.url}/live/${key}`)
          yield* app.until("live", ({ state }) => state === "running")
          console.log(`nginx-rtmp: running ${Math.round(performance.now() - published)} ms after somebody began`)
          const hop = yield* eventually(ingest("live"), (one) => String(one?.evidence).includes("client"))
          assert.match(String(hop?.evidence), /^127\.0\.0\.1 publishes \(client \d+\)/)
          const killed = performance.now()
          yield* publisher.kill
          yield* app.until("live", ({ ingest, state }) => state === "waiting" && ingest?.live === false)
          console.log(`nginx-rtmp: waiting ${Math.round(performance.now() - killed)} ms after the publisher was killed`)

          yield* publish(`${server.url}/live/${key}`)
          yield* app.until("live", ({ state }) => state === "running")
          // nobody tells of an end by SIGKILL of the server
          yield* server.program.kill
          yield* app.until("live", ({ state }) => state !== "running")
          const again = yield* nginxWith({ ...options, port: server.port })
          yield* publish(`${again.url}/live/${key}`)
          const back = yield* app.until("live", ({ state }) => state === "running")
          assert.strictEqual(back.run, 1)
          const said = (yield* app.program.tail).join("\n")
          assert.notInclude(said, secret)
          assert.notInclude(said + JSON.stringify(back), "hush")
        }),
      240_000
    )

    it.effect(
      "node-media-server: a publisher is on air and leaves; a wrong key is thrown out",
      () =>
        Effect.gen(function*() {
          const { app, hook, ingest, put } = yield* station
          const server = yield* nodeMediaServer({ hook: hook("node-media-server") })
          yield* put("live", broadcast(server.url, 42))
          yield* app.until("live", ({ state }) => state === "waiting")
          const refused = yield* publish(`${server.url}/live/hush?token=wrong`)
          assert.notStrictEqual((yield* refused.ended).code, 0)
          yield* app.program.awaitLine(/refused a publisher at application live/)
          const published = performance.now()
          const publisher = yield* publish(`${server.url}/live/${key}`)
          yield* app.until("live", ({ state }) => state === "running")
          console.log(`node-media-server: running ${Math.round(performance.now() - published)} ms after somebody began`)
          yield* eventually(ingest("live"), (one) => String(one?.evidence).includes("client"))
          const killed = performance.now()
          yield* publisher.kill
          yield* app.until("live", ({ state }) => state === "waiting")
          console.log(`node-media-server: waiting ${Math.round(performance.now() - killed)} ms after it was killed`)
          const said = (yield* app.program.tail).join("\n")
          assert.notInclude(said, secret)
          assert.notInclude(said, "hush")
        }),
      180_000
    )

    it.effect(
      "with headend away nginx-rtmp lets nobody in, and node-media-server everybody",
      () =>
        Effect.gen(function*() {
          const away = `http://127.0.0.1:${yield* freePort}/hooks/${secret}/x`
          const strict = yield* nginxWith({ hook: away })
          const refused = yield* publish(`${strict.url}/live/cam1`)
          assert.notStrictEqual((yield* refused.ended).code, 0)
          const { app, put } = yield* station
          const lax = yield* nodeMediaServer({ hook: away })
          yield* put("live", broadcast(lax.url, 43, "cam1"))
          yield* publish(`${lax.url}/live/cam1`)
          // no hook has told of it: the relay finds it by itself
          yield* app.until("live", ({ state }) => state === "running")
        }),
      180_000
    )
  })
})
