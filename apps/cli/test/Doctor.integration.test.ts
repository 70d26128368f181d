// The doctor at the bedside of servers beside Janus: what it finds where they are well, and where a file cannot be.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import * as Redis from "@headend/integration/Redis"
import { requires } from "@headend/integration/Requires"
import { FakeObsServer } from "@headend/testing/FakeObsServer"
import { FakeSrsServer } from "@headend/testing/FakeSrsServer"
import { Effect } from "effect"
import { createSocket, type Socket } from "node:dgram"
import { mkdirSync, writeFileSync } from "node:fs"
import { type AddressInfo, createServer, type Server } from "node:net"
import { join } from "node:path"
import { arrives } from "../src/doctor/rtp.ts"
import { type Env, findings as found, folder } from "./support.ts"

const fake = { HEADEND_JANUS_URL: "fake", HEADEND_HTTP_PORT: "0" }

const findings = (args: ReadonlyArray<string>, env: Env, cwd?: string) => found(args, { ...fake, ...env }, cwd)

const listening = Effect.acquireRelease(
  Effect.callback<Server>((resume) => {
    const server = createServer((socket) => void socket.end("HTTP/1.1 400 Bad Request\r\n\r\n"))
    server.listen(0, "127.0.0.1", () => resume(Effect.succeed(server)))
  }),
  (server) => Effect.sync(() => server.close())
).pipe(Effect.map((server) => (server.address() as AddressInfo).port)) // it listens on a port

it.live("says when packets are lost on their way to Janus, and nobody tells why", () =>
  Effect.gen(function*() {
    // takes them and keeps them, as a firewall does
    const sink = yield* Effect.acquireRelease(
      Effect.callback<Socket>((resume) => {
        const socket = createSocket("udp4")
        socket.bind(0, "127.0.0.1", () => resume(Effect.succeed(socket)))
      }),
      (socket) => Effect.sync(() => void socket.close())
    )
    let came = 0
    sink.on("message", (bytes) => void (came += bytes[0] === 0x80 ? 1 : 0))
    const began = performance.now()
    const unfed = Effect.sync(() => ({
      enabled: true,
      viewers: 0,
      tracks: [{ mid: "v", ageMs: performance.now() - began + 50 }]
    }))
    const finding = yield* arrives({ mid: "v", host: "127.0.0.1", port: sink.address().port, pt: 96 }, unfed, 500)
    assert.deepStrictEqual([finding.what, finding.status], ["rtp", "bad"])
    assert.match(finding.evidence, /^no packet of this machine to 127\.0\.0\.1:\d+ arrives at Janus/)
    assert.match(finding.advice ?? "", /firewall.*rtp_port_range|rtp_port_range.*firewall/)
    assert.isAbove(came, 0)
  }).pipe(Effect.scoped), 30_000)

it.live("looks at the ports of both apps, and says who has one that is taken", () =>
  Effect.gen(function*() {
    const port = yield* listening
    const settings = { HEADEND_REGISTRY: "memory", HEADEND_HTTP_PORT: String(port) }
    const taken = yield* findings([], settings)
    assert.deepInclude(taken("port"), { status: "bad", evidence: `127.0.0.1:${port} is taken by something else` })
    assert.match(taken("port").advice ?? "", /HEADEND_HTTP_PORT/)
    assert.strictEqual(taken.code, 1)
    const elsewhere = yield* findings([], { ...settings, HEADEND_HTTP_HOST: "192.0.2.1" })
    assert.match(elsewhere("port").evidence, /cannot be listened on \(EADDRNOTAVAIL\)$/)
    assert.match(elsewhere("port").advice ?? "", /HEADEND_HTTP_HOST must be an address of this machine/)
    // the ports that the apps take by themselves: who has them on this machine is not for a test to say
    const both = yield* findings([], { HEADEND_REGISTRY: "memory", HEADEND_HTTP_PORT: "" })
    assert.match(both("port").evidence, /127\.0\.0\.1:8080/)
    assert.match(both("worker port").evidence, /127\.0\.0\.1:8081/)
  }).pipe(Effect.scoped), 120_000)

it.live("says what is wrong with an RTMP server and an OBS that are not there", () =>
  Effect.gen(function*() {
    const port = yield* listening
    const settings = { HEADEND_REGISTRY: "memory" }
    const other = yield* findings(["--ingest", `rtmp://127.0.0.1:${port}/live`, "--obs", `127.0.0.1:${port}`], settings)
    assert.deepInclude(other("ingest"), {
      status: "bad",
      evidence: `rtmp://127.0.0.1:${port}: what answers there speaks no RTMP`
    })
    assert.deepInclude(other("obs"), { status: "bad", advice: "give it as ws://host:4455" })
    const away = yield* findings(["--ingest", "rtmp://127.0.0.1:1/live", "--obs", "ws://127.0.0.1:1"], settings)
    assert.match(away("ingest").evidence, /ECONNREFUSED/)
    assert.match(away("ingest").advice ?? "", /^start the RTMP server there/)
    assert.match(away("obs").evidence, /^ws:\/\/127\.0\.0\.1:1: .*nobody listens there$/)
    assert.match(away("obs").advice ?? "", /^start OBS there and enable its websocket/)
  }).pipe(Effect.scoped), 120_000)

it.live("tells the versions of an OBS and an SRS that answer", () =>
  Effect.gen(function*() {
    const obs = yield* Effect.acquireRelease(
      Effect.promise(() => FakeObsServer.start({ password: "hush-hush" })),
      (server) => Effect.promise(() => server.kill())
    )
    const srs = yield* Effect.acquireRelease(
      Effect.promise(() => FakeSrsServer.start()),
      (server) => Effect.promise(() => server.kill())
    )
    const settings = { HEADEND_OBS_PASSWORD: "hush-hush", HEADEND_REGISTRY: "memory" }
    const found = yield* findings(["--obs", obs.url, "--srs", srs.url], settings)
    assert.strictEqual(found("obs").status, "ok")
    assert.match(found("obs").evidence, /OBS \d+\.\d+\.\d+ with obs-websocket 5\.\d+\.\d+; it is idle$/)
    assert.notInclude(found("obs").evidence, "hush-hush")
    assert.strictEqual(found("srs").status, "ok")
    assert.match(found("srs").evidence, /, version \d/)
    const away = yield* findings(["--srs", "http://127.0.0.1:1"], settings)
    assert.strictEqual(away("srs").status, "bad")
  }).pipe(Effect.scoped), 120_000)

it.live("says whether the file of SQLite can be where it is to be", () =>
  Effect.gen(function*() {
    const cwd = yield* folder
    const sqlite = { HEADEND_REGISTRY: "sqlite" }
    const fresh = yield* findings([], sqlite, cwd)
    assert.deepStrictEqual(
      [fresh("sqlite").status, fresh("sqlite").evidence.endsWith("to be made at the first start")],
      [
        "ok",
        true
      ]
    )
    writeFileSync(join(cwd, "headend.db"), "")
    assert.match((yield* findings([], sqlite, cwd))("sqlite").evidence, /which is there$/)
    const nowhere = yield* findings([], { ...sqlite, HEADEND_SQLITE_PATH: "./no/such/headend.db" }, cwd)
    assert.deepStrictEqual([nowhere("sqlite").status, nowhere("sqlite").evidence], [
      "bad",
      `there is no folder ${join(cwd, "no/such")}`
    ])
    mkdirSync(join(cwd, "a-folder"))
    const folderInstead = yield* findings([], { ...sqlite, HEADEND_SQLITE_PATH: "./a-folder" }, cwd)
    assert.deepStrictEqual([folderInstead("sqlite").status, folderInstead("sqlite").evidence], [
      "bad",
      `${join(cwd, "a-folder")} is a folder`
    ])
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)), 120_000)

requires("redis-server")("the doctor", () => {
  it.live("tells the version of a Redis that answers, and not its password", () =>
    Effect.gen(function*() {
      const redis = yield* Redis.make({ password: "open-sesame", durable: true })
      const url = redis.url.includes("open-sesame") ? redis.url : redis.url.replace("//", "//:open-sesame@")
      const found = yield* findings([], { HEADEND_REDIS_URL: url, HEADEND_REGISTRY: "memory" })
      assert.strictEqual(found("redis").status, "ok")
      assert.match(found("redis").evidence, new RegExp(`^127\\.0\\.0\\.1:${redis.port}, version \\d+\\.`))
      const guessed = yield* findings([], {
        HEADEND_REDIS_URL: `redis://:guessed@127.0.0.1:${redis.port}`,
        HEADEND_REGISTRY: "memory"
      })
      assert.strictEqual(guessed("redis").status, "bad")
      assert.match(guessed("redis").advice ?? "", /^put its user and password into HEADEND_REDIS_URL/)
      assert.notInclude(JSON.stringify(guessed.all), "guessed")

      const forgetful = yield* Redis.make()
      const warned = yield* findings([], { HEADEND_REDIS_URL: forgetful.url, HEADEND_REGISTRY: "memory" })
      assert.deepStrictEqual([warned.code, warned("redis").status], [0, "warn"])
      assert.match(warned("redis").evidence, /appendonly no/)
    }).pipe(Effect.scoped), 120_000)
})
