import { assert, describe, it } from "@effect/vitest"
import { Secrets, type Service as SecretsService } from "@headend/core/Secrets"
import { Effect, Layer, Redacted, Schedule } from "effect"
import { type App, reader, serve, writer } from "./support/App.ts"
import type { Ask } from "./support/Call.ts"
import { fragment, offerToSend } from "./support/Sdp.ts"
import { bearer, browser, code, frag, offer, onAir, sdp, start } from "./support/Sessions.ts"

const participants = (app: App) => [...app.janus.rooms.values()].flatMap((room) => [...room.participants.values()])
const publishing = (app: App) => participants(app).filter(({ display }) => display === "whip")

describe("WHIP", () => {
  it.live("publishes into the broadcast's room at once, trickles, and leaves at DELETE", () =>
    Effect.gen(function*() {
      const app = yield* serve({ iceServers: [{ url: "stun:stun.example:3478" }] })
      yield* start(app, browser("cam"))
      const made = yield* offer(app, "cam")
      assert.strictEqual(made.status, 201)
      assert.strictEqual(made.headers["content-type"], "application/sdp")
      assert.match(made.headers.location!, /^\/whip\/cam\/[0-9a-f-]{36}-[0-9a-f]{24}$/)
      assert.match(made.headers.etag!, /^".+"$/)
      assert.strictEqual(made.headers.link, "<stun:stun.example:3478>; rel=\"ice-server\"")
      assert.strictEqual(made.headers["access-control-allow-origin"], "*")
      assert.strictEqual(made.headers["access-control-expose-headers"], "Location, ETag, Link")
      assert.match(made.text, /^v=0/)
      assert.strictEqual(publishing(app).length, 1)
      assert.strictEqual((yield* onAir(app, "cam")).publish.whip, "/whip/cam")

      const at = made.headers.location!
      const patch = (body: string, headers: Ask["headers"] = frag) => app.call(`PATCH ${at}`, { headers, body })
      assert.strictEqual((yield* patch(fragment)).status, 204)
      assert.strictEqual((yield* patch(fragment, { ...frag, "if-match": made.headers.etag! })).status, 204)
      assert.deepStrictEqual(code(yield* patch(fragment, { ...frag, "if-match": "\"other\"" })), [412, "etag_mismatch"])
      assert.strictEqual((yield* patch(fragment, { ...frag, "if-match": `"other", ${made.headers.etag}` })).status, 204)
      assert.deepStrictEqual(code(yield* patch(fragment, { ...frag, "if-match": "\"a\", \"b\"" })), [
        412,
        "etag_mismatch"
      ])
      yield* start(app, browser("other"))
      for (const method of ["DELETE", "PATCH"]) {
        const elsewhere = yield* app.call(`${method} ${at.replace("/cam/", "/other/")}`, {
          headers: frag,
          body: fragment
        })
        assert.deepStrictEqual(code(elsewhere), [404, "resource_not_found"])
      }
      assert.strictEqual(publishing(app).length, 1)
      assert.deepStrictEqual(code(yield* patch("nonsense")), [400, "invalid_fragment"])
      assert.deepStrictEqual(code(yield* patch(fragment, sdp)), [415, "unsupported_media_type"])
      assert.deepStrictEqual(code(yield* patch(fragment.replace("ufrag:abcd", "ufrag:wxyz"))), [
        422,
        "ice_restart_unsupported"
      ])

      assert.strictEqual((yield* app.call(`DELETE ${at}`)).status, 200)
      assert.strictEqual(publishing(app).length, 0)
      assert.deepStrictEqual(code(yield* app.call(`DELETE ${at}`)), [404, "resource_not_found"])
      assert.deepStrictEqual(code(yield* patch(fragment)), [404, "resource_not_found"])
    }))

  it.live("and WHEP read a token, a room's pin and a mountpoint's pin that are given by reference, each time anew", () =>
    Effect.gen(function*() {
      const vault = new Map([["TOKEN", "first-token"], ["ROOM", "room-pin"], ["PIN", "watch-me"]])
      const read: SecretsService["read"] = ({ from }) =>
        Effect.suspend(() => {
          const text = vault.get("env" in from ? from.env : from.file)
          return text === undefined ? Effect.fail("it is not there") : Effect.succeed(Redacted.make(text))
        })
      const references = Layer.succeed(Secrets, { refusal: () => undefined, read })
      const app = yield* serve({ tokens: [reader, writer], references })
      const headers = { authorization: `Bearer ${Redacted.value(writer.token)}` }
      const body = {
        mountpoint: { create: { pin: { env: "PIN" } } },
        source: {
          kind: "browser_webrtc",
          token: { env: "TOKEN" },
          room: { id: 5, ifMissing: "create", pin: { env: "ROOM" } }
        }
      }
      assert.strictEqual((yield* app.call("PUT /v1/broadcasts/cam", { headers, body })).status, 201)
      const publish = (token: string) =>
        app.call("POST /whip/cam", { headers: { ...sdp, ...bearer(token) }, body: offerToSend })
      const play = (token: string) => app.call("POST /whep/cam", { headers: bearer(token) })
      assert.strictEqual((yield* publish("first-token")).status, 201)
      assert.strictEqual((yield* publish("other-token")).status, 401)
      assert.strictEqual((yield* play("watch-me")).status, 201)
      assert.strictEqual((yield* play("first-token")).status, 401)
      vault.set("TOKEN", "second-token")
      assert.strictEqual((yield* publish("first-token")).status, 401)
      assert.strictEqual((yield* publish("second-token")).status, 201)
      vault.clear()
      assert.strictEqual((yield* publish("second-token")).status, 401)
      assert.strictEqual((yield* play("watch-me")).status, 401)
      assert.deepStrictEqual(code(yield* play(Redacted.value(reader.token))), [503, "secret_unavailable"])
    }))

  it.live("leaves nobody in somebody else's room when the broadcast stops, also while somebody comes", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const room = { id: 77 }
      yield* start(app, { id: "host", source: { kind: "videoroom", room: { ...room, ifMissing: "create" } } })
      yield* Effect.repeat(Effect.sync(() => app.janus.rooms.size), {
        until: (n) => n === 1,
        schedule: Schedule.spaced("20 millis")
      })
      const nobody = Effect.repeat(Effect.sync(() => publishing(app).length), {
        until: (n) => n === 0,
        schedule: Schedule.spaced("20 millis")
      })
      yield* start(app, browser("cam", { room }))
      assert.strictEqual((yield* offer(app, "cam")).status, 201)
      assert.strictEqual(publishing(app).length, 1)
      yield* app.call("DELETE /v1/broadcasts/cam?wait=stopped")
      yield* nobody

      yield* start(app, browser("late", { room }))
      app.janus.faults.delayAnswers(2_000, ({ body }) => body?.request === "joinandconfigure")
      const [late] = yield* Effect.all([
        offer(app, "late"),
        Effect.delay(app.call("DELETE /v1/broadcasts/late?wait=stopped"), 200)
      ], { concurrency: 2 })
      assert.deepStrictEqual(code(late), [409, "broadcast_ended"])
      yield* nobody
      assert.strictEqual(app.janus.rooms.size, 1)
    }))

  it.live("refuses what is no offer, and broadcasts of other kinds", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      yield* start(app, browser("cam"))
      yield* start(app, { id: "own", source: { kind: "frontend_owned" } })
      const send = (body: string, headers: Ask["headers"] = sdp) => app.call("POST /whip/cam", { headers, body })
      assert.deepStrictEqual(code(yield* send("hello")), [400, "invalid_sdp"])
      for (const way of ["recvonly", "inactive"]) {
        const silent = offerToSend.replaceAll(/a=send\w+/g, `a=${way}`)
        assert.deepStrictEqual(code(yield* send(silent)), [400, "invalid_sdp"], way)
      }
      assert.deepStrictEqual(code(yield* send(offerToSend, {})), [415, "unsupported_media_type"])
      assert.deepStrictEqual(code(yield* send("v".repeat(1024 * 1024 + 1))), [413, "body_too_large"])
      assert.deepStrictEqual(code(yield* offer(app, "own")), [409, "source_not_whip"])
      assert.deepStrictEqual(code(yield* offer(app, "nobody")), [404, "broadcast_not_found"])
      yield* app.call("DELETE /v1/broadcasts/cam?wait=stopped")
      assert.deepStrictEqual(code(yield* offer(app, "cam")), [409, "broadcast_ended"])
    }))

  it.live("takes the broadcast's own token, or an API token that may write", () =>
    Effect.gen(function*() {
      const app = yield* serve({ tokens: [reader, writer] })
      const write = bearer(Redacted.value(writer.token))
      yield* start(app, browser("cam", { token: "let-me-in" }), write)
      yield* start(app, browser("bare"), write)
      const none = yield* offer(app, "cam")
      assert.deepStrictEqual(code(none), [401, "token_missing"])
      assert.strictEqual(none.headers["access-control-allow-origin"], "*")
      assert.strictEqual(none.headers["www-authenticate"], "Bearer")
      assert.deepStrictEqual(code(yield* offer(app, "cam", bearer("wrong"))), [401, "token_invalid"])
      assert.deepStrictEqual(code(yield* offer(app, "cam", bearer(Redacted.value(reader.token)))), [
        403,
        "scope_missing"
      ])
      assert.deepStrictEqual(code(yield* offer(app, "bare", bearer("let-me-in"))), [401, "token_invalid"])
      for (const kind of ["whip", "whep"]) {
        const unknown = yield* app.call(`POST /${kind}/nobody`, { headers: sdp, body: offerToSend })
        assert.deepStrictEqual(code(unknown), [401, "token_missing"], kind)
      }
      assert.deepStrictEqual(code(yield* offer(app, "nobody", write)), [404, "broadcast_not_found"])
      assert.strictEqual((yield* offer(app, "cam", bearer("let-me-in"))).status, 201)
      assert.strictEqual((yield* offer(app, "cam", write)).status, 201)
      assert.strictEqual((yield* offer(app, "bare", write)).status, 201)
    }))

  it.live("is open to this machine without API tokens, unless the broadcast has a token", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      yield* start(app, browser("cam", { token: "let-me-in" }))
      yield* start(app, browser("bare"))
      assert.deepStrictEqual(code(yield* offer(app, "cam")), [401, "token_missing"])
      assert.strictEqual(
        (yield* offer(app, "cam", { ...bearer("let-me-in"), origin: "http://tv.example" })).status,
        201
      )
      assert.strictEqual((yield* offer(app, "bare", { origin: "http://localhost:5173" })).status, 201)
      assert.deepStrictEqual(code(yield* offer(app, "bare", { origin: "http://tv.example" })), [403, "origin_refused"])
    }))

  it.live("answers preflights, and keeps credentials of ICE servers to those who were let in", () =>
    Effect.gen(function*() {
      const app = yield* serve({
        iceServers: [
          { url: "stun:stun.example" },
          { url: "turn:turn.example?transport=udp", username: "u", credential: Redacted.make("c") }
        ]
      })
      const preflight = yield* app.call("OPTIONS /whip/cam", {
        headers: { origin: "http://tv.example", "access-control-request-method": "POST" }
      })
      assert.strictEqual(preflight.status, 204)
      assert.strictEqual(preflight.headers["access-control-allow-origin"], "*")
      assert.include(preflight.headers["access-control-allow-methods"], "PATCH")
      assert.include(preflight.headers["access-control-allow-headers"], "Authorization")
      assert.strictEqual(preflight.headers.link, "<stun:stun.example>; rel=\"ice-server\"")
      assert.strictEqual((yield* app.call("OPTIONS /whep/cam/x")).status, 204)
      yield* start(app, browser("cam"))
      const { link } = (yield* offer(app, "cam")).headers
      assert.include(link, "<turn:turn.example?transport=udp>; rel=\"ice-server\"; username=\"u\"; credential=\"c\"")
    }))

  it.live("says so when Janus is away", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      yield* start(app, browser("cam"))
      const first = yield* offer(app, "cam")
      assert.strictEqual(first.status, 201)
      yield* Effect.promise(() => app.janus.kill())
      const gone = yield* Effect.repeat(offer(app, "cam"), { until: ({ status }) => status === 503 })
      assert.deepStrictEqual(code(gone), [503, "server_unavailable"])
      const ready = yield* app.call("GET /readyz")
      assert.deepStrictEqual(code(ready), [503, "not_ready"])
      assert.strictEqual((yield* app.call("GET /livez")).status, 200)
      assert.strictEqual((yield* app.call("GET /v1/health")).json<{ status: string }>().status, "down")
      assert.include((yield* app.call("GET /metrics")).text, "headend_janus_up 0")
      yield* Effect.promise(() => app.janus.restart())
      yield* Effect.repeat(app.call("GET /readyz"), { until: ({ status }) => status === 200 })
    }))
})
