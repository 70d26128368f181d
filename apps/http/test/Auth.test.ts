import { assert, describe, it } from "@effect/vitest"
import { Clock, Effect, Redacted } from "effect"
import { createHmac } from "node:crypto"
import { type App, reader, serve, writer } from "./support/App.ts"
import type { Answer, Ask } from "./support/Call.ts"

const camera = { source: { kind: "browser_webrtc" } }
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
const read = bearer(Redacted.value(reader.token))
const write = bearer(Redacted.value(writer.token))
const guarded = serve({ tokens: [reader, writer] })

const code = (answer: Answer) => [answer.status, answer.json<{ code: string }>().code]

const reading = [
  "GET /v1/broadcasts",
  "GET /v1/broadcasts/x",
  "GET /v1/broadcasts/x/events",
  "GET /v1/health",
  "GET /metrics",
  "GET /v1/events"
]
const writing = [
  "POST /v1/broadcasts",
  "PUT /v1/broadcasts/x",
  "DELETE /v1/broadcasts/x",
  "DELETE /v1/broadcasts?all=true",
  "POST /v1/broadcasts/x/restart",
  "POST /v1/broadcasts/x/kick"
]

describe("with tokens", () => {
  it.live("asks for one on every call on data, and says how", () =>
    Effect.gen(function*() {
      const app = yield* guarded
      for (const what of [...reading, ...writing, "POST /v1/plan"]) {
        const none = yield* app.call(what)
        assert.deepStrictEqual(code(none), [401, "token_missing"], what)
        assert.strictEqual(none.headers["www-authenticate"], "Bearer")
        assert.strictEqual(none.headers["content-type"], "application/problem+json")
        const wrong = yield* app.call(what, { headers: bearer("nobody") })
        assert.deepStrictEqual(code(wrong), [401, "token_invalid"], what)
      }
    }))

  it.live("lets a reader read and plan, and not change anything", () =>
    Effect.gen(function*() {
      const app = yield* guarded
      for (const what of writing) {
        const answer = yield* app.call(what, { headers: read, body: camera })
        assert.deepStrictEqual(code(answer), [403, "scope_missing"], what)
      }
      for (const what of ["GET /v1/broadcasts", "GET /v1/health", "GET /metrics"]) {
        assert.strictEqual((yield* app.call(what, { headers: read })).status, 200, what)
      }
      assert.strictEqual((yield* app.call("POST /v1/plan", { headers: read, body: camera })).status, 200)
      assert.strictEqual((yield* app.call("POST /v1/broadcasts", { headers: write, body: camera })).status, 201)
    }))

  it.live("leaves probes, description and page open", () =>
    Effect.gen(function*() {
      const app = yield* guarded
      for (const path of ["/livez", "/readyz", "/openapi.json", "/docs", "/"]) {
        assert.strictEqual((yield* app.call(`GET ${path}`)).status, 200, path)
      }
    }))

  it.live("serves other hosts' names", () =>
    Effect.gen(function*() {
      const app = yield* guarded
      const answer = yield* app.call("GET /v1/health", { headers: { ...read, host: "tv.example" } })
      assert.strictEqual(answer.status, 200)
    }))
})

describe("a session", () => {
  const login = (app: App, token: string, headers: Ask["headers"] = {}) =>
    app.call("POST /v1/session", { body: { token }, headers })
  const cookieOf = (answer: Answer) => answer.headers["set-cookie"]?.[0] ?? ""
  const crumb = (answer: Answer) => ({ cookie: cookieOf(answer).split(";")[0]! })

  it.live("is opened with a token, and scripts and other sites cannot reach its cookie", () =>
    Effect.gen(function*() {
      const app = yield* guarded
      assert.deepStrictEqual(code(yield* login(app, "nobody")), [401, "token_invalid"])
      const wrong = yield* app.call("POST /v1/session", { body: { password: "x" } })
      assert.strictEqual(wrong.status, 422)
      assert.notInclude(wrong.text, "password")
      const opened = yield* login(app, Redacted.value(writer.token))
      assert.deepStrictEqual([opened.status, opened.json()], [200, { name: "bob", scope: "write" } as never])
      for (const part of ["HttpOnly", "SameSite=Strict", "Path=/"]) assert.include(cookieOf(opened), part)
      assert.notInclude(cookieOf(opened), "Secure")
      assert.notInclude(cookieOf(opened), Redacted.value(writer.token))
      const behindTls = yield* login(app, Redacted.value(writer.token), { "x-forwarded-proto": "https" })
      assert.include(cookieOf(behindTls), "Secure")
      const asked = yield* app.call("GET /v1/session", { headers: crumb(opened) })
      assert.deepStrictEqual(asked.json(), { name: "bob", scope: "write" } as never)
      const reading = yield* app.call("GET /v1/session", { headers: read })
      assert.deepStrictEqual(reading.json(), { name: "ann", scope: "read" } as never)
      assert.deepStrictEqual(code(yield* app.call("GET /v1/session")), [401, "token_missing"])
      const closed = yield* app.call("DELETE /v1/session")
      assert.strictEqual(closed.status, 204)
      assert.match(cookieOf(closed), /^headend_session=;.*Max-Age=0/)
    }))

  it.live("may do what its token may, from this server's own pages", () =>
    Effect.gen(function*() {
      const app = yield* guarded
      const ann = crumb(yield* login(app, Redacted.value(reader.token)))
      const bob = crumb(yield* login(app, Redacted.value(writer.token)))
      const start = (headers: Record<string, string>) => app.call("POST /v1/broadcasts", { headers, body: camera })
      assert.deepStrictEqual(code(yield* start(ann)), [403, "scope_missing"])
      assert.strictEqual((yield* start(bob)).status, 201)
      assert.strictEqual((yield* start({ ...bob, origin: app.url })).status, 201)
      const elsewhere = yield* start({ ...bob, origin: "http://127.0.0.1:1" })
      assert.deepStrictEqual(code(elsewhere), [403, "origin_refused"])
      assert.deepStrictEqual(code(yield* start({ ...bob, ...bearer("nobody") })), [401, "token_invalid"])
    }))

  it.live("cannot be forged, changed or used after its time", () =>
    Effect.gen(function*() {
      const app = yield* guarded
      const get = (cookie: string) => app.call("GET /v1/health", { headers: { cookie } })
      const [name, expires, signature] = crumb(yield* login(app, Redacted.value(reader.token))).cookie.split(".")
      assert.strictEqual((yield* get(`${name}.${expires}.${signature}`)).status, 200)
      const past = String((yield* Clock.currentTimeMillis) - 1)
      const signed = createHmac("sha256", Redacted.value(reader.token)).update(`headend session ann ${past}`)
      for (
        const forged of [
          `headend_session=bob.${expires}.${signature}`,
          `${name}.${Number(expires) + 1}.${signature}`,
          `headend_session=ann.${past}.${signed.digest("base64url")}`,
          "headend_session=ann",
          "headend_session=carl.9.x"
        ]
      ) assert.deepStrictEqual(code(yield* get(forged)), [401, "token_invalid"], forged)
    }))
})

describe("without tokens", () => {
  it.live("serves this machine, under its own names", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const port = app.url.split(":")[2]!
      for (const host of [`localhost:${port}`, `127.0.0.1:${port}`, `[::1]:${port}`, "localhost:9999"]) {
        assert.strictEqual((yield* app.call("GET /v1/health", { headers: { host } })).status, 200, host)
      }
      for (const host of ["tv.example", "tv.example:80", "localhost.tv.example", "127.0.0.1.tv.example", "10.0.0.1"]) {
        for (const path of ["/v1/health", "/", "/whep/x"]) {
          const answer = yield* app.call(`GET ${path}`, { headers: { host } })
          assert.deepStrictEqual(code(answer), [403, "host_refused"], `${host}${path}`)
        }
        for (const probe of ["livez", "readyz"]) {
          assert.strictEqual((yield* app.call(`GET /${probe}`, { headers: { host } })).status, 200, `${host}/${probe}`)
        }
      }
    }))

  it.live("serves no page of another origin", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const start = (origin: string) =>
        app.call("POST /v1/broadcasts", { headers: { origin }, body: { id: "a", ...camera } })
      for (const origin of ["http://tv.example", "null", "http://127.0.0.1:1", "http://localhost"]) {
        assert.deepStrictEqual(code(yield* start(origin)), [403, "origin_refused"], origin)
      }
      assert.strictEqual((yield* start(app.url)).status, 201)
    }))

  it.live("has no sessions", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      assert.deepStrictEqual(code(yield* app.call("POST /v1/session", { body: { token: "x" } })), [
        401,
        "token_invalid"
      ])
    }))
})
