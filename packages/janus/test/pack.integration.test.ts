// What a stranger gets: both packages packed, installed by plain npm without install scripts into an empty folder, every
// module imported, and a real request made.
import { assert, it } from "@effect/vitest"
import * as FakeJanusServer from "@headend/testing/FakeJanusServer"
import { Effect } from "effect"
import { execFile } from "node:child_process"
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"

const packages = join(import.meta.dirname, "../..")

const run = (folder: string, command: string, ...args: ReadonlyArray<string>) =>
  Effect.promise((signal) =>
    promisify(execFile)(command, [...args], { cwd: folder, signal, maxBuffer: 1 << 24 }).then(({ stdout }) => stdout)
  )

// pnpm says how it was started; otherwise it is found like any program
const pnpm = (folder: string, ...args: ReadonlyArray<string>) => {
  const self = process.env["npm_execpath"]
  return self !== undefined && /pnpm[^/\\]*\.[cm]?js$/.test(self)
    ? run(folder, process.execPath, self, ...args)
    : run(folder, "pnpm", ...args)
}

const emptyFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "headend-pack-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

const use = `
import { readdirSync } from "node:fs"
for (const name of ["core", "janus"]) {
  const files = readdirSync(\`node_modules/@headend/\${name}/dist\`).filter((file) => file.endsWith(".js"))
  for (const file of files) await import(\`@headend/\${name}/\${file.slice(0, -3)}\`)
}
const { Effect, Layer, Redacted } = await import("effect")
const Janus = await import("@headend/janus/Janus")
const { JanusConnection } = await import("@headend/janus/JanusConnection")
const { Mountpoints } = await import("@headend/core/Mountpoints")
const Keyring = await import("@headend/core/Keyring")
const mark = { instance: "i", broadcast: "b", run: 1, epoch: 1, worker: "w" }
const layer = Janus.layer({ url: process.argv[2], streamingAdminKey: Redacted.make("streaming-admin") })
const made = await Effect.runPromise(Effect.gen(function*() {
  yield* (yield* JanusConnection).awaitUp
  return yield* (yield* Mountpoints).ensure({ type: "rtp", id: 7 }, mark)
}).pipe(Effect.provide(Layer.provide(layer, Keyring.layerRandom))))
console.log("made " + JSON.stringify(made))
`

it.live("installed without scripts or a compiler, it is imported and used", () =>
  Effect.gen(function*() {
    const janus = yield* FakeJanusServer.scoped()
    const folder = yield* emptyFolder
    for (const name of ["core", "janus"]) {
      yield* pnpm(join(packages, name), "run", "build")
      yield* pnpm(join(packages, name), "pack", "--pack-destination", folder)
    }
    const tarballs = readdirSync(folder).filter((file) => file.endsWith(".tgz"))
    assert.strictEqual(tarballs.length, 2)
    const { peerDependencies } = JSON.parse(readFileSync(join(packages, "janus/package.json"), "utf8"))
    writeFileSync(join(folder, "package.json"), JSON.stringify({ name: "empty", private: true, type: "module" }))
    writeFileSync(join(folder, "use.mjs"), use)
    const files = tarballs.map((file) => `./${file}`)
    const effect = `effect@${peerDependencies.effect}`
    yield* run(folder, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", ...files, effect)

    assert.notInclude(readdirSync(join(folder, "node_modules")), "janode")
    assert.notInclude(readdirSync(join(folder, "node_modules")), "unix-dgram")
    const installed = join(folder, "node_modules/@headend/janus/dist")
    assert.include(readFileSync(join(installed, "internal/janode.LICENSE"), "utf8"), "Meetecho")
    for (const file of readdirSync(installed, { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".d.ts")) continue
      assert.notMatch(readFileSync(join(installed, file), "utf8"), /(?:from|import\() ?["']janode/, file)
    }

    const said = yield* run(folder, process.execPath, "use.mjs", janus.url)
    assert.match(said, /^made \{"id":7,.*"port":\d{5}/m)
    assert.isTrue(janus.mountpoints.has(7))
  }), 180_000)
