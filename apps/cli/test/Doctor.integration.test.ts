// The doctor at the bedside of servers beside Janus: what it finds where they are well, and where a file cannot be.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import * as Redis from "@headend/integration/Redis"
import { requires } from "@headend/integration/Requires"
import { FakeObsServer } from "@headend/testing/FakeObsServer"
import { FakeSrsServer } from "@headend/testing/FakeSrsServer"
import { Effect } from "effect"
import { mkdirSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { folder, headend } from "./support.ts"

interface Finding {
  readonly what: string
  readonly status: string
  readonly evidence: string
}

const fake = { HEADEND_JANUS_URL: "fake", HEADEND_HTTP_PORT: "0" }

const findings = (args: ReadonlyArray<string>, env: Readonly<Record<string, string>>, cwd?: string) =>
  Effect.map(
    headend(["doctor", "--json", ...args], { ...fake, ...env }, "", cwd),
    ({ err, out }) => {
      const found = out.trim().split("\n").filter((line) => line !== "").map((line): Finding => JSON.parse(line))
      return (what: string) => found.find((one) => one.what === what) ?? assert.fail(`no ${what} in ${out}${err}`)
    }
  )

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
  }).pipe(Effect.scoped), 60_000)

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
  }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)), 60_000)

requires("redis-server")("the doctor", () => {
  it.live("tells the version of a Redis that answers, and not its password", () =>
    Effect.gen(function*() {
      const redis = yield* Redis.make({ password: "open-sesame" })
      const url = redis.url.includes("open-sesame") ? redis.url : redis.url.replace("//", "//:open-sesame@")
      const found = yield* findings([], { HEADEND_REDIS_URL: url, HEADEND_REGISTRY: "memory" })
      assert.strictEqual(found("redis").status, "ok")
      assert.match(found("redis").evidence, new RegExp(`^127\\.0\\.0\\.1:${redis.port}, version \\d+\\.`))
    }).pipe(Effect.scoped), 60_000)
})
