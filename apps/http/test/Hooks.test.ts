import { assert, describe, it } from "@effect/vitest"
import { BroadcastRegistry, layerMemory } from "@headend/core/BroadcastRegistry"
import { RegistryUnavailable } from "@headend/core/RegistryFailure"
import { Secrets } from "@headend/core/Secrets"
import type { Snapshot } from "@headend/core/Snapshot"
import { Effect, Layer, Logger, Redacted, References, Schedule, Tracer } from "effect"
import * as App from "./support/App.ts"
import { relays } from "./support/NobodyPublishes.ts"

const secret = "sesame-open-sesame"
const hooks = { secrets: [Redacted.make("another-way-in-here"), Redacted.make(secret)], refuseUnknown: true }
const open = { ...hooks, refuseUnknown: false }

const broadcast = (streamKey: string) => ({
  body: { source: { kind: "rtmp_external", ingest: { rtmpUrl: "rtmp://rtmp.example", app: "live", streamKey } } }
})

const srs = (action: string, stream: string, param = "", client_id = "c1") => ({
  body: { action, client_id, ip: "192.0.2.7", vhost: "__defaultVhost__", app: "live", stream, param }
})
const nginx = (call: string, name: string, rest = "") => ({
  headers: { "content-type": "application/x-www-form-urlencoded" },
  body: `app=live&flashver=&swfurl=&tcurl=rtmp://a/live&pageurl=&addr=192.0.2.7&clientid=1&call=${call}&name=${name}`
    + `&type=live${rest}`
})
const nms = (action: string, name: string, query = {}) => ({
  headers: { "content-type": "text/plain;charset=UTF-8" },
  body: JSON.stringify({ id: "AB12CD34", ip: "192.0.2.7:4321", app: "live", name, query, action })
})

/** Looks until it is so, at most as long as the test. */
const until = (app: App.App, id: string, isSo: (snapshot: Snapshot) => boolean) =>
  Effect.map(app.call(`GET /v1/broadcasts/${id}`), (answer) => answer.json<Snapshot>()).pipe(
    Effect.repeat({ schedule: Schedule.spaced("20 millis"), until: isSo })
  )

const ingestHop = ({ health }: Snapshot) => health.hops.find((one) => one.hop === "ingest")

describe("hooks", () => {
  it.live("are not there without a secret in the settings", () =>
    Effect.gen(function*() {
      const app = yield* App.serve({ relays })
      const answer = yield* app.call("POST /hooks/undefined/srs", srs("on_publish", "cam1"))
      assert.strictEqual(answer.status, 404)
      assert.strictEqual((yield* app.call("POST /hooks//srs", srs("on_publish", "cam1"))).status, 404)
    }).pipe(Effect.scoped))

  it.live("tell nothing to whoever has a wrong secret", () =>
    Effect.gen(function*() {
      const app = yield* App.serve({ hooks, relays })
      for (const server of ["srs", "nginx-rtmp", "node-media-server"]) {
        for (const wrong of ["sesame", `${secret}x`, "another-way-in-here,sesame-open-sesame"]) {
          // also with a body that means nothing
          const answer = yield* app.call(`POST /hooks/${wrong}/${server}`, { body: "nonsense" })
          assert.deepInclude(answer.json<Record<string, unknown>>(), {
            status: 404,
            code: "route_not_found",
            detail: "there is no such address"
          })
        }
      }
      const either = yield* app.call("POST /hooks/another-way-in-here/srs", srs("on_play", "cam1"))
      assert.strictEqual(either.text, "{\"code\":0}")
    }).pipe(Effect.scoped))

  it.live("let in who has the key that a broadcast names by reference, as it is then", () =>
    Effect.gen(function*() {
      let key = "cam1"
      const references = Layer.succeed(Secrets, {
        refusal: () => undefined,
        read: () => Effect.suspend(() => key === "" ? Effect.fail("it is empty") : Effect.succeed(Redacted.make(key)))
      })
      const app = yield* App.serve({ hooks, relays, references })
      const ingest = { rtmpUrl: "rtmp://rtmp.example", app: "live", streamKey: { env: "KEY" } }
      const body = { source: { kind: "rtmp_external", ingest } }
      assert.strictEqual((yield* app.call("PUT /v1/broadcasts/one", { body })).status, 201)
      const asks = (stream: string) =>
        Effect.map(app.call(`POST /hooks/${secret}/srs`, srs("on_publish", stream)), ({ text }) => text)
      assert.deepStrictEqual([yield* asks("cam1"), yield* asks("cam2")], ["{\"code\":0}", "{\"code\":1}"])
      key = "cam2"
      assert.deepStrictEqual([yield* asks("cam1"), yield* asks("cam2")], ["{\"code\":1}", "{\"code\":0}"])
      key = ""
      assert.deepStrictEqual([yield* asks("cam1"), yield* asks("cam2")], ["{\"code\":1}", "{\"code\":1}"])
    }).pipe(Effect.scoped))

  it.live("let in who has the key of a broadcast, and nobody else, when it is so configured", () =>
    Effect.gen(function*() {
      const app = yield* App.serve({ hooks, relays })
      const asks = Effect.fnUntraced(function*(key: string) {
        const [stream = "", query = ""] = key.split("?")
        const answers = yield* Effect.all([
          app.call(`POST /hooks/${secret}/srs`, srs("on_publish", stream, query === "" ? "" : `?${query}`)),
          app.call(`POST /hooks/${secret}/nginx-rtmp`, nginx("publish", stream, query === "" ? "" : `&${query}`)),
          app.call(
            `POST /hooks/${secret}/node-media-server`,
            nms("prePublish", stream, Object.fromEntries(new URLSearchParams(query)))
          )
        ])
        return answers.map(({ status, text }) => (text.startsWith("{\"code\"") ? `${status} ${text}` : status))
      })
      const refused = ["200 {\"code\":1}", 403, 403]
      const allowed = ["200 {\"code\":0}", 204, 200]
      assert.deepStrictEqual(yield* asks("cam1"), refused)
      yield* app.call("PUT /v1/broadcasts/one", broadcast("cam1"))
      yield* app.call("PUT /v1/broadcasts/two", broadcast("cam2?token=hush"))
      assert.deepStrictEqual(yield* asks("cam1"), allowed)
      assert.deepStrictEqual(yield* asks("cam1?more=1"), allowed)
      assert.deepStrictEqual(yield* asks("cam"), refused)
      assert.deepStrictEqual(yield* asks("cam2"), refused)
      assert.deepStrictEqual(yield* asks("cam2?token=wrong"), refused)
      assert.deepStrictEqual(yield* asks("cam2?token=hush"), allowed)
      assert.deepStrictEqual(yield* asks("cam2?more=1&token=hush&yet=2"), allowed)
      assert.deepStrictEqual(yield* asks("cam2?more=hush"), refused)
      yield* app.call("DELETE /v1/broadcasts/one?wait=stopped")
      assert.deepStrictEqual(yield* asks("cam1"), refused)
      // players, and those who leave, are let go whatever they had
      const plays = yield* app.call(`POST /hooks/${secret}/srs`, srs("on_play", "nobody"))
      assert.strictEqual(plays.text, "{\"code\":0}")
      assert.strictEqual((yield* app.call(`POST /hooks/${secret}/nginx-rtmp`, nginx("publish_done", "x"))).status, 204)
    }).pipe(Effect.scoped))

  it.live("let in everybody unless configured otherwise, and tell a broadcast who publishes", () =>
    Effect.gen(function*() {
      const app = yield* App.serve({ hooks: open, relays })
      yield* app.call("PUT /v1/broadcasts/one", broadcast("cam1"))
      yield* until(app, "one", ({ state }) => state === "waiting")
      const tell = (path: string, ask: ReturnType<typeof nms> | ReturnType<typeof srs>) =>
        app.call(`POST /hooks/${secret}/${path}`, ask)
      for (
        const [path, begins, ends, client] of [
          ["srs", srs("on_publish", "cam1"), srs("on_unpublish", "cam1"), "c1"],
          ["nginx-rtmp", nginx("publish", "cam1"), nginx("publish_done", "cam1"), "1"],
          ["node-media-server", nms("postPublish", "cam1"), nms("donePublish", "cam1"), "AB12CD34"]
        ] as const
      ) {
        assert.isBelow((yield* tell(path, begins)).status, 300)
        const evidence = `192.0.2.7 publishes (client ${client})`
        yield* until(app, "one", (one) => one.ingest?.live === true && ingestHop(one)?.evidence === evidence)
        assert.isBelow((yield* tell(path, ends)).status, 300)
        yield* until(app, "one", (one) => one.ingest?.live === false && ingestHop(one)?.status === "waiting")
      }
      const other = yield* tell("srs", srs("on_publish", "unknown"))
      assert.strictEqual(other.text, "{\"code\":0}")
    }).pipe(Effect.scoped))

  it.live("a second publisher who was refused by the server does not end the first", () =>
    Effect.gen(function*() {
      const app = yield* App.serve({ hooks: open, relays })
      yield* app.call("PUT /v1/broadcasts/one", broadcast("cam1"))
      yield* until(app, "one", ({ state }) => state === "waiting")
      const path = `POST /hooks/${secret}/srs`
      yield* app.call(path, srs("on_publish", "cam1"))
      yield* app.call(path, srs("on_publish", "cam1", "", "c2"))
      yield* app.call(path, srs("on_unpublish", "cam1", "", "c2"))
      const live = yield* until(app, "one", ({ ingest }) => ingest?.live === true)
      assert.strictEqual(ingestHop(live)?.evidence, "192.0.2.7 publishes (client c1)")
    }).pipe(Effect.scoped))

  it.live("reach a worker elsewhere as a wish to look again, which those who wait need and no others", () =>
    Effect.gen(function*() {
      const asked: Array<string> = []
      const registry = Layer.effect(
        BroadcastRegistry,
        Effect.map(BroadcastRegistry, (inner) =>
          BroadcastRegistry.of({
            ...inner,
            requestRestart: (id) => Effect.andThen(Effect.sync(() => asked.push(id)), inner.requestRestart(id))
          }))
      ).pipe(Layer.provide(layerMemory()))
      const app = yield* App.serve({ hooks: open, relays, registry, isElsewhere: true })
      yield* app.call("PUT /v1/broadcasts/one", broadcast("cam1"))
      yield* app.call("PUT /v1/broadcasts/two", broadcast("cam2"))
      yield* until(app, "one", ({ state }) => state === "waiting")
      yield* until(app, "two", ({ state }) => state === "waiting")
      const path = `POST /hooks/${secret}/srs`
      // it is not on air: its end is no news
      yield* app.call(path, srs("on_unpublish", "cam2"))
      yield* app.call(path, srs("on_publish", "cam1"))
      yield* Effect.repeat(Effect.sync(() => asked.length), {
        schedule: Schedule.spaced("20 millis"),
        until: (n) => n > 0
      })
      assert.deepStrictEqual(asked, ["one"])
    }).pipe(Effect.scoped))

  it.live("with the registry out of reach refuse who would have to be checked, and nobody else", () =>
    Effect.gen(function*() {
      const registry = Layer.effect(
        BroadcastRegistry,
        Effect.map(BroadcastRegistry, (inner) =>
          BroadcastRegistry.of({
            ...inner,
            list: () => Effect.fail(new RegistryUnavailable({ reason: "it is away" }))
          }))
      ).pipe(Layer.provide(layerMemory()))
      for (const [rules, status] of [[hooks, 503], [open, 200]] as const) {
        const app = yield* App.serve({ hooks: rules, relays, registry })
        const asks = yield* app.call(`POST /hooks/${secret}/srs`, srs("on_publish", "cam1"))
        assert.strictEqual(asks.status, status)
        const leaves = yield* app.call(`POST /hooks/${secret}/srs`, srs("on_unpublish", "cam1"))
        assert.strictEqual(leaves.text, "{\"code\":0}")
      }
    }).pipe(Effect.scoped))

  it.live("refuse what is no hook, and bodies without end", () =>
    Effect.gen(function*() {
      const app = yield* App.serve({ hooks, relays })
      for (const server of ["srs", "nginx-rtmp", "node-media-server"]) {
        const answer = yield* app.call(`POST /hooks/${secret}/${server}`, { body: "nonsense" })
        assert.deepInclude(answer.json<Record<string, unknown>>(), { status: 400, code: "invalid_request" })
        const large = yield* app.call(`POST /hooks/${secret}/${server}`, { body: "x".repeat(2 ** 20 + 1) })
        assert.strictEqual(large.status, 413)
      }
      assert.strictEqual((yield* app.call(`GET /hooks/${secret}/srs`)).status, 405)
    }).pipe(Effect.scoped))

  it.live("leave neither the secret nor a key in logs, spans, metrics and answers", () =>
    Effect.gen(function*() {
      const said: Array<unknown> = []
      const tracer = Tracer.make({
        span: (options) => {
          const span = new Tracer.NativeSpan(options)
          said.push(span.name, span.attributes)
          return span
        }
      })
      const references = Layer.mergeAll(
        Layer.succeed(Tracer.Tracer, tracer),
        Layer.succeed(References.MinimumLogLevel, "All" as const),
        Logger.layer([Logger.make(({ message }) => void said.push(message))])
      )
      const app = yield* App.serve({ hooks, relays, references })
      yield* app.call("PUT /v1/broadcasts/one", broadcast("hush-1?token=hush-2"))
      for (const key of ["hush-1", "hush-3"]) {
        for (const param of ["?token=hush-2", "?token=hush-4"]) {
          yield* app.call(`POST /hooks/${secret}/srs`, srs("on_publish", key, param))
        }
      }
      const metrics = yield* app.call("GET /metrics")
      const answers = [metrics.text, (yield* app.call("GET /v1/broadcasts/one")).text]
      const all = JSON.stringify([said.map((one) => (one instanceof Map ? [...one] : one)), answers])
      assert.include(all, "refused a publisher at application live")
      assert.include(all, "/hooks/:secret/srs")
      assert.include(all, "/v1/broadcasts/one")
      for (const hidden of [secret, "hush"]) assert.notInclude(all, hidden)
    }).pipe(Effect.scoped))
})
