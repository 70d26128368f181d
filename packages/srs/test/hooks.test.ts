import { assert, describe, it } from "@effect/vitest"
import * as NginxHook from "@headend/srs/NginxHook"
import * as NodeMediaServerHook from "@headend/srs/NodeMediaServerHook"
import * as SrsHook from "@headend/srs/SrsHook"
import { Effect } from "effect"

describe("a hook", () => {
  it.effect("of SRS, as it was recorded", () =>
    Effect.gen(function*() {
      const body = (action: string, param: string) =>
        JSON.stringify({
          server_id: "vid-21c26i0",
          service_id: "1166p1w9",
          action,
          client_id: "85266307",
          ip: "127.0.0.1",
          vhost: "__defaultVhost__",
          app: "live",
          tcUrl: "rtmp://127.0.0.1:19351/live",
          stream: "cam1",
          param,
          stream_url: "/live/cam1",
          stream_id: "vid-3i2292y"
        })
      assert.deepStrictEqual(yield* SrsHook.decode(body("on_publish", "?token=abc")), {
        what: "publish",
        app: "live",
        stream: "cam1",
        parameters: [["token", "abc"]],
        client: { client: "85266307", address: "127.0.0.1" }
      })
      const whats = ["on_unpublish", "on_play", "on_stop", "on_connect"]
      assert.deepStrictEqual(
        yield* Effect.forEach(whats, (one) => Effect.map(SrsHook.decode(body(one, "")), ({ what }) => what)),
        ["unpublished", "other", "other", "other"]
      )
      // it has no stream yet
      const connects = JSON.stringify({ action: "on_connect", client_id: "85266307", ip: "127.0.0.1", app: "live" })
      assert.deepStrictEqual(yield* SrsHook.decode(connects), { what: "other" })
    }))

  it.effect("of nginx-rtmp, whose values are escaped in part only", () =>
    Effect.gen(function*() {
      const body = "app=live&flashver=FMLE/3.0%20(compatible%3B%20FMSc/1.0)&swfurl=&tcurl=rtmp://127.0.0.1:19350/live"
        + "&pageurl=&addr=192.0.2.7&clientid=1&call=publish&name=cam%201+x&type=live&token=a=b&name=other"
      assert.deepStrictEqual(yield* NginxHook.decode(body), {
        what: "publish",
        app: "live",
        stream: "cam 1+x",
        parameters: [["token", "a=b"], ["name", "other"]],
        client: { client: "1", address: "192.0.2.7" }
      })
      const done = yield* NginxHook.decode("app=live&addr=127.0.0.1&clientid=1&call=publish_done&name=caf%C3%A9")
      assert.deepInclude(done, { what: "unpublished", stream: "café", parameters: [] })
      // recorded: a client that tries to smuggle fields in
      const smuggled = yield* NginxHook.decode(
        "app=live&flashver=x%26call=publish%26name=evil%2541&swfurl=&tcurl=rtmp://127.0.0.1:36047/live&pageurl="
          + "&addr=127.0.0.1&clientid=1&call=publish&name=cam%2541%C3%A9%2B1&type=live&café=%C3%A9"
      )
      assert.deepInclude(smuggled, { stream: "cam%41é+1", parameters: [["café", "é"]] })
      const update = yield* NginxHook.decode("app=live&clientid=1&call=update_publish&time=10&timestamp=10005&name=a")
      assert.strictEqual(update.what, "other")
      const connects = yield* NginxHook.decode(
        "app=live&flashver=&tcurl=rtmp://a/live&addr=192.0.2.7&clientid=1&call=connect"
      )
      assert.strictEqual(connects.what, "other")
    }))

  it.effect("of node-media-server, sent as text, its address with a port", () =>
    Effect.gen(function*() {
      const body = (action: string, ip = "127.0.0.1:43212") =>
        JSON.stringify({
          id: "AB12CD34",
          ip,
          app: "live",
          name: "cam1",
          query: { token: "abc", list: ["x", "y"] },
          protocol: "rtmp",
          createtime: 1,
          endtime: 0,
          inbytes: 0,
          outbytes: 0,
          filePath: "",
          action
        })
      assert.deepStrictEqual(yield* NodeMediaServerHook.decode(body("prePublish")), {
        what: "asks",
        app: "live",
        stream: "cam1",
        parameters: [["token", "abc"], ["list", "x"], ["list", "y"]],
        client: { client: "AB12CD34", address: "127.0.0.1" }
      })
      const six = yield* NodeMediaServerHook.decode(body("postPublish", "[::1]:43212"))
      assert.deepInclude(six, { what: "published", client: { client: "AB12CD34", address: "[::1]" } })
      assert.strictEqual((yield* NodeMediaServerHook.decode(body("donePublish"))).what, "unpublished")
      assert.strictEqual((yield* NodeMediaServerHook.decode(body("postPlay"))).what, "other")
    }))

  it.effect("that is none is refused", () =>
    Effect.gen(function*() {
      for (const decode of [SrsHook.decode, NginxHook.decode, NodeMediaServerHook.decode]) {
        for (const body of ["", "{}", "[]", "call=publish", "{\"action\":\"on_publish\"}"]) {
          assert.strictEqual((yield* Effect.flip(decode(body)))._tag, "SchemaError")
        }
      }
    }))
})
