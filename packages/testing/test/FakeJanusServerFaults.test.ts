// What the real Janus cannot do on demand: faults and the journal; and the layer.
import { assert, describe, it } from "@effect/vitest"
import { FakeJanus, layer } from "@headend/testing/FakeJanusServer"
import { Effect } from "effect"
import { creates, mountpoint, rejected, withClient } from "./support/fakeClient.ts"
import { RawJanus } from "./support/RawJanus.ts"

describe("faults", () => {
  it("a lost answer belongs to a request that was executed", () =>
    withClient({}, async ({ server, streaming }) => {
      server.faults.loseAnswers(1, creates)
      assert.isTrue(await rejected(streaming(mountpoint(1), 100)))
      // answered in order: it was asked before
      assert.strictEqual((await streaming(mountpoint(2))).streaming, "created")
      assert.isTrue(server.mountpoints.has(1))
    }))

  it("a delayed answer comes later, and only for what matches", () =>
    withClient({}, async ({ server, streaming }) => {
      server.faults.delayAnswers(150, creates, 1)
      const order: Array<string> = []
      await Promise.all([
        streaming(mountpoint(1)).then(() => order.push("create")),
        streaming({ request: "list" }).then(() => order.push("list"))
      ])
      assert.deepStrictEqual(order, ["list", "create"])
    }))

  it("a refused request is not executed; the next one is", () =>
    withClient({}, async ({ server, streaming }) => {
      server.faults.refuse(2, { code: 456, reason: "no" }, creates)
      for (const _ of [1, 2]) assert.deepStrictEqual((await streaming(mountpoint(1))).error_code, 456)
      assert.strictEqual(server.mountpoints.size, 0)
      assert.strictEqual((await streaming(mountpoint(1))).streaming, "created")
      assert.deepStrictEqual(
        server.journal.filter(creates).map(({ code, executed }) => [code, executed]),
        [[456, false], [456, false], [0, true]]
      )
    }))

  it("an asynchronous request is refused by an event after the acknowledgement, as Janus does it", () =>
    withClient({}, async ({ server, raw, session, handle }) => {
      server.faults.refuse(1, { code: 455, reason: "no" }, ({ request }) => request === "watch")
      const answer = await raw.message(session, await handle("streaming"), { request: "watch", id: 1 })
      assert.deepStrictEqual([answer.janus, answer.plugindata.data.error], ["event", "no"])
    }))

  for (const gone of ["discard", "execute"] as const) {
    it(`what a client sent before it went away: ${gone} on thaw`, () =>
      withClient({}, async ({ server, raw, session }) => {
        const other = await RawJanus.connect(server.url)
        const handle_id = await raw.attach(session, "janus.plugin.streaming")
        server.freeze()
        const late = raw.request({ janus: "message", session_id: session, handle_id, body: mountpoint(1) }, 50)
        assert.isTrue(await rejected(late))
        await raw.close(50)
        await server.thaw(gone)
        assert.strictEqual((await other.request({ janus: "ping" })).janus, "pong")
        assert.deepStrictEqual([server.mountpoints.has(1), server.sessions.size], [gone === "execute", 0])
        await other.close()
      }))
  }

  it("the connection is cut after executing a request, or before it", () =>
    withClient({}, async ({ server, streaming, raw, session }) => {
      server.faults.dropConnection(1, creates, "after")
      assert.isTrue(await rejected(streaming(mountpoint(1), 100)))
      await raw.closed
      assert.isTrue(server.mountpoints.has(1))
      const again = await RawJanus.connect(server.url)
      assert.strictEqual((await again.request({ janus: "keepalive", session_id: session })).error.code, 458)
      const next = (await again.request({ janus: "create" })).data.id
      const handle_id = await again.attach(next, "janus.plugin.streaming")
      server.faults.dropConnection(1, creates)
      const cut = again.request({ janus: "message", session_id: next, handle_id, body: mountpoint(2) }, 100)
      assert.isTrue(await rejected(cut))
      await again.closed
      assert.isFalse(server.mountpoints.has(2))
    }))

  it("kill loses everything and refuses connections until the restart on the same port", () =>
    withClient({}, async ({ server, streaming, raw }) => {
      await streaming(mountpoint(1))
      const { url } = server
      await server.kill()
      assert.isTrue(await rejected(RawJanus.connect(url)))
      await raw.closed
      await server.restart()
      assert.deepStrictEqual([server.url, server.mountpoints.size, server.sessions.size, server.portsTaken], [
        url,
        0,
        0,
        0
      ])
      await (await RawJanus.connect(url)).close()
    }))

  it("the journal has every request in order, and no secret", () =>
    withClient({}, async ({ server, streaming }) => {
      await streaming(mountpoint(1))
      await streaming({ request: "destroy", id: 1, secret: "wrong-one" })
      const entries = server.journal.filter(({ janus }) => janus === "message")
      assert.deepStrictEqual(entries.map(({ request, code, error }) => [request, code, error]), [
        ["create", 0, undefined],
        ["destroy", 457, "Unauthorized (wrong secret)"]
      ])
      const written = JSON.stringify(server.journal)
      for (const secret of ["hush", "wrong-one", "streaming-admin"]) assert.notInclude(written, secret)
    }))
})

describe("as a layer", () => {
  it.live("the server lives as long as the layer", () =>
    Effect.gen(function*() {
      const url = yield* FakeJanus.use((server) =>
        Effect.promise(async () => {
          const raw = await RawJanus.connect(server.url)
          assert.strictEqual((await raw.request({ janus: "ping" })).janus, "pong")
          return server.url
        })
      ).pipe(Effect.provide(layer()))
      assert.isTrue(yield* Effect.promise(() => rejected(RawJanus.connect(url))))
    }))
})

describe("speed", () => {
  it("thousands of mountpoints, and far more than 4000 requests a second", () =>
    withClient({}, async ({ server, streaming }) => {
      const before = process.cpuUsage()
      for (let id = 1; id <= 2000; id++) await streaming(mountpoint(id))
      assert.strictEqual(server.mountpoints.size, 2000)
      for (let id = 1; id <= 2000; id++) await streaming({ request: "destroy", id, secret: "hush" })
      assert.deepStrictEqual([server.mountpoints.size, server.portsTaken], [0, 0])
      // The true figure is near 30 000 a second. What others on the machine do is not counted.
      const { system, user } = process.cpuUsage(before)
      assert.isBelow((system + user) / 1_000, 4000)
    }))
})
