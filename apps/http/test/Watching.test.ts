import { assert, describe, it } from "@effect/vitest"
import { Effect, Redacted } from "effect"
import { type App, reader, serve, writer } from "./support/App.ts"
import type { Ask } from "./support/Call.ts"
import { answerTo, fragment, offerToReceive } from "./support/Sdp.ts"
import { bearer, browser, code, frag, offer, onAir, sdp, start } from "./support/Sessions.ts"

describe("WHEP", () => {
  const play = (app: App, id: string, body?: string, headers: Ask["headers"] = {}) =>
    app.call(`POST /whep/${id}`, body === undefined ? { headers } : { headers: { ...sdp, ...headers }, body })
  const cam = Effect.fnUntraced(function*(app: App, spec: object, headers: Ask["headers"] = {}) {
    yield* start(app, spec, headers)
    yield* offer(app, "cam", headers)
    yield* onAir(app, "cam", headers)
  })

  it.live("offers itself on an old Janus: empty POST, answer by PATCH", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      yield* cam(app, browser("cam"))
      const refused = yield* play(app, "cam", offerToReceive)
      assert.deepStrictEqual(code(refused), [406, "viewer_offer_unsupported"])
      assert.include(refused.json<{ detail: string }>().detail, "Janus 1.1.2 ")
      const invited = yield* play(app, "cam")
      assert.strictEqual(invited.status, 201)
      assert.strictEqual(invited.headers["accept-patch"], "application/sdp, application/trickle-ice-sdpfrag")
      assert.strictEqual(invited.headers["content-type"], "application/sdp")
      assert.match(invited.headers.location!, /^\/whep\/cam\/[0-9a-f-]{36}-[0-9a-f]{24}$/)
      const at = invited.headers.location!
      const patch = (body: string, headers: Ask["headers"] = sdp) => app.call(`PATCH ${at}`, { headers, body })
      assert.deepStrictEqual(code(yield* patch("hello")), [400, "invalid_sdp"])
      assert.strictEqual((yield* patch(answerTo(invited.text))).status, 204)
      assert.strictEqual(
        (yield* patch(fragment.replace("mid:0", `mid:${/^a=mid:(\S+)/m.exec(invited.text)![1]}`), frag)).status,
        204
      )
      assert.strictEqual((yield* app.call(`DELETE ${at}`)).status, 200)
      assert.deepStrictEqual(code(yield* app.call(`DELETE ${at}`)), [404, "resource_not_found"])
      assert.deepStrictEqual(code(yield* patch(answerTo(invited.text))), [404, "resource_not_found"])
    }))

  it.live("answers the viewer's offer where Janus takes one", () =>
    Effect.gen(function*() {
      const app = yield* serve({ janus: { version: 1104 } })
      yield* cam(app, browser("cam"))
      const played = yield* play(app, "cam", offerToReceive)
      assert.strictEqual(played.status, 201)
      assert.match(played.text, /a=setup:active/)
      assert.strictEqual((yield* app.call(`DELETE ${played.headers.location}`)).status, 200)
      assert.strictEqual((yield* play(app, "cam")).status, 201)
    }))

  it.live("takes the pin or an API token, and is open without a pin", () =>
    Effect.gen(function*() {
      const app = yield* serve({ tokens: [reader, writer] })
      const write = bearer(Redacted.value(writer.token))
      const media = [{ type: "video", codec: "h264" }]
      yield* cam(app, browser("cam", {}, { mountpoint: { create: { type: "rtp", pin: "1234", media } } }), write)
      assert.deepStrictEqual(code(yield* play(app, "cam")), [401, "token_missing"])
      assert.deepStrictEqual(code(yield* play(app, "cam", undefined, bearer("4321"))), [401, "token_invalid"])
      assert.strictEqual((yield* play(app, "cam", undefined, bearer("1234"))).status, 201)
      assert.strictEqual((yield* play(app, "cam", undefined, bearer(Redacted.value(reader.token)))).status, 201)
      yield* start(app, browser("open"), write)
      yield* offer(app, "open", write)
      yield* onAir(app, "open", write)
      assert.strictEqual((yield* play(app, "open", undefined, { origin: "http://tv.example" })).status, 201)
    }))

  it.live("has nothing to play where there is no mountpoint", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      yield* start(app, { id: "own", source: { kind: "frontend_owned" } })
      assert.deepStrictEqual(code(yield* play(app, "own")), [409, "nothing_to_play"])
      assert.deepStrictEqual(code(yield* play(app, "nobody")), [404, "broadcast_not_found"])
      assert.deepStrictEqual(code(yield* play(app, "own", undefined, { origin: "http://tv.example" })), [
        403,
        "origin_refused"
      ])
    }))
})
