// The connection's life on the fake Janus: down, up, lost, frozen, and what callers see of it.
import { assert, describe, it } from "@effect/vitest"
import * as JanusConfig from "@headend/janus/JanusConfig"
import * as Connection from "@headend/janus/JanusConnection"
import { type FakeJanusOptions, FakeJanusServer, scoped } from "@headend/testing/FakeJanusServer"
import { Effect, Fiber, Layer, Logger, Redacted, Schedule } from "effect"
import { createServer } from "node:net"
import { WebSocketServer } from "ws"

const { JanusConnection } = Connection

const connect = (
  url: string,
  options: JanusConfig.Options = {},
  timing: Partial<Connection.Timing> = {},
  loggers: ReadonlyArray<Logger.Logger<unknown, unknown>> = []
) =>
  Effect.map(
    Layer.build(
      Connection.layerWith(timing).pipe(
        Layer.provide(JanusConfig.layer({ url, ...options })),
        Layer.provide(Logger.layer(loggers))
      )
    ),
    (context) => context.pipe((_) => Effect.runSync(Effect.provide(JanusConnection, _)))
  )

const up = (options: JanusConfig.Options = {}, timing: Partial<Connection.Timing> = {}, fake: FakeJanusOptions = {}) =>
  Effect.gen(function*() {
    const server = yield* scoped(fake)
    const connection = yield* connect(server.url, options, timing)
    yield* connection.awaitUp
    return { server, connection }
  })

const list = { request: "list" }
const until = (holds: () => boolean) =>
  Effect.suspend(() => (holds() ? Effect.void : Effect.fail("not yet"))).pipe(
    Effect.retry(Schedule.upTo(Schedule.spaced("5 millis"), { duration: "10 seconds" }))
  )

const freePort = Effect.promise(() =>
  new Promise<number>((resolve) => {
    const server = createServer().listen(0, "127.0.0.1", () => {
      const address = server.address()
      server.close(() => resolve(typeof address === "object" && address !== null ? address.port : 0))
    })
  })
)

describe("the connection", () => {
  it.live("says once that nothing is there yet, and why", () =>
    Effect.gen(function*() {
      const url = `ws://127.0.0.1:${yield* freePort}`
      const said: Array<unknown> = []
      const connection = yield* connect(url, {}, { spacing: "10 millis" }, [
        Logger.make(({ message }) => said.push(String(message)))
      ])
      yield* until(() => said.length > 0)
      const { since } = connection.current()
      yield* Effect.sleep("200 millis") // some twenty more attempts
      assert.strictEqual(connection.current().since, since)
      assert.strictEqual(said.length, 1)
      assert.match(String(said[0]), new RegExp(`^Janus at ${url} is not there yet, and is waited for: .*ECONNREFUSED`))
    }))

  it.live("is down with a reason until Janus listens, and comes up by itself", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      const connection = yield* connect(`ws://127.0.0.1:${port}`)
      assert.strictEqual(connection.epoch(), 0)
      const error = yield* Effect.flip(connection.request("streaming", list))
      assert.strictEqual(error._tag, "ServerUnavailable")
      yield* until(() => {
        const status = connection.current()
        return status.state === "down" && status.reason.includes("ECONNREFUSED")
      })
      yield* Effect.acquireRelease(
        Effect.promise(() => FakeJanusServer.start({ port })),
        (server) => Effect.promise(() => server.close())
      )
      yield* connection.awaitUp
      const status = connection.current()
      assert.strictEqual(status.state === "up" ? status.version : 0, 1102)
      assert.strictEqual(connection.epoch(), 1)
    }))

  it.live("fails what is under way at once when it is lost, and opens a fresh session", () =>
    Effect.gen(function*() {
      const { connection, server } = yield* up({ requestTimeout: "1 minute" })
      server.faults.loseAnswers(2)
      const pending = yield* Effect.forkChild(Effect.all(
        [
          Effect.flip(connection.request("streaming", list)),
          Effect.flip(connection.request("videoroom", list))
        ],
        { concurrency: 2 }
      ))
      yield* until(() => server.journal.filter(({ request }) => request === "list").length === 2)
      const [before] = server.sessions.keys()
      server.dropConnections()
      const errors = yield* Effect.timeout(Fiber.join(pending), "20 seconds")
      assert.deepStrictEqual(errors.map((error) => error._tag), ["ServerUnavailable", "ServerUnavailable"])
      yield* connection.awaitUp
      assert.strictEqual(connection.epoch(), 2)
      assert.notStrictEqual([...server.sessions.keys()][0], before)
      yield* connection.request("streaming", { ...list, admin_key: "streaming-admin" })
    }))

  it.live("gives up on one answer after the request's time, and stays", () =>
    Effect.gen(function*() {
      const { connection, server } = yield* up({ requestTimeout: "1 second" })
      server.faults.loseAnswers(1)
      const error = yield* Effect.flip(connection.request("streaming", list))
      assert.include(error.message, "no answer to list within 1000 ms")
      yield* connection.request("streaming", list)
      assert.strictEqual(connection.epoch(), 1)
    }))

  it.live("sees that Janus is frozen though nobody asks it anything, and comes back when it thaws", () =>
    Effect.gen(function*() {
      const { connection, server } = yield* up({}, { heartbeat: "500 millis", opening: "500 millis" })
      const before = connection.epoch()
      server.freeze()
      yield* connection.awaitLoss(before)
      const status = connection.current()
      assert.deepInclude(status, { state: "frozen", reason: "it does not answer" })
      yield* Effect.sleep("1200 millis")
      assert.deepInclude(connection.current(), { state: "frozen", reason: "it does not answer" })
      assert.strictEqual(connection.current().since, status.since)
      server.thaw()
      yield* connection.awaitUp
      assert.isAbove(connection.epoch(), before)
    }))

  it.live("keeps its session alive longer than Janus would without a word", () =>
    Effect.gen(function*() {
      const fake = { sessionTimeout: 2, watchdogMillis: 100 }
      const { connection } = yield* up({}, { heartbeat: "200 millis" }, fake)
      yield* Effect.sleep("3500 millis")
      yield* connection.request("streaming", list)
      assert.strictEqual(connection.epoch(), 1)
    }))

  it.live("begins anew when Janus does not know the session any more", () =>
    Effect.gen(function*() {
      const { connection, server } = yield* up({}, { heartbeat: "300 millis" })
      server.faults.refuse(1, { code: 458, reason: "No such session" }, ({ janus }) => janus === "keepalive")
      yield* connection.awaitLoss(1)
      yield* connection.awaitUp
      const second = connection.epoch()
      assert.isAbove(second, 1)
      for (const session of server.sessions.values()) session.handles.clear()
      assert.strictEqual((yield* Effect.flip(connection.request("streaming", list)))._tag, "ServerUnavailable")
      yield* connection.awaitLoss(second)
      yield* connection.awaitUp
    }))

  it.live("says that the secret is wrong", () =>
    Effect.gen(function*() {
      const server = yield* scoped({ apiSecret: "right" })
      const connection = yield* connect(server.url, { apiSecret: Redacted.make("wrong") })
      yield* until(() => {
        const status = connection.current()
        return status.state === "down" && status.reason.includes("403")
      })
      assert.notInclude(JSON.stringify(connection.current()), "wrong\"")
      const right = yield* connect(server.url, { apiSecret: Redacted.make("right") })
      yield* right.awaitUp
    }))

  it.live("survives a server that talks nonsense", () =>
    Effect.gen(function*() {
      const port = yield* freePort
      yield* Effect.acquireRelease(
        Effect.sync(() => {
          const server = new WebSocketServer({ port, host: "127.0.0.1", handleProtocols: () => "janus-protocol" })
          server.on("connection", (socket) => socket.on("message", () => socket.send("<html>")))
          return server
        }),
        (server) => Effect.sync(() => server.close())
      )
      const connection = yield* connect(`ws://127.0.0.1:${port}`)
      yield* until(() => {
        const status = connection.current()
        return status.state === "down" && /nonsense|connection closed/.test(status.reason)
      })
    }))

  it.live("leaves neither session nor socket when its scope closes", () =>
    Effect.gen(function*() {
      const server = yield* scoped({ reclaimSessionTimeout: 60 })
      yield* Effect.scoped(Effect.flatMap(connect(server.url), (connection) => connection.awaitUp))
      yield* until(() => server.connections === 0 && server.sessions.size === 0)
    }))

  it.live("detaches a handle of one's own with its scope, and tells it when the connection is lost", () =>
    Effect.gen(function*() {
      const { connection, server } = yield* up()
      const handles = () => [...server.sessions.values()].reduce((sum, session) => sum + session.handles.size, 0)
      assert.strictEqual(handles(), 2)
      yield* Effect.scoped(Effect.gen(function*() {
        yield* connection.attach("videoroom", () => {})
        assert.strictEqual(handles(), 3)
      }))
      assert.strictEqual(handles(), 2)
      const events: Array<string> = []
      const handle = yield* connection.attach("streaming", (event) => events.push(event.type))
      server.dropConnections()
      yield* connection.awaitLoss(1)
      yield* until(() => events.length === 1)
      assert.deepStrictEqual(events, ["detached"])
      assert.strictEqual((yield* Effect.flip(handle.request(list)))._tag, "ServerUnavailable")
    }))
})
