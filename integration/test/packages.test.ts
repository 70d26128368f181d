// What a stranger gets: every package packed, looked at by publint and attw, installed by plain npm without install
// scripts into an empty folder, and used by a project that is strictly type-checked and run.
import { assert, layer } from "@effect/vitest"
import { requires } from "@headend/integration/Requires"
import * as FakeJanusServer from "@headend/testing/FakeJanusServer"
import { Context, Effect, Layer } from "effect"
import { execFile } from "node:child_process"
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { promisify } from "node:util"

const root = join(import.meta.dirname, "../..")
const consumer = join(import.meta.dirname, "../consumer")
const tools = join(import.meta.dirname, "../node_modules/.bin")

const manifestOf = (folder: string) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))

/** The packages that are published, by name without scope, and their folders. */
const published = readdirSync(join(root, "packages"))
  .filter((name) =>
    existsSync(join(root, "packages", name, "src")) && manifestOf(join(root, "packages", name)).private !== true
  )
  .filter((name) => readdirSync(join(root, "packages", name, "src")).some((file) => file.endsWith(".ts")))

const run = (folder: string, command: string, ...args: ReadonlyArray<string>) =>
  Effect.promise((signal) =>
    promisify(execFile)(command, [...args], {
      cwd: folder,
      signal,
      maxBuffer: 1 << 26,
      // as a CI that publishes would have it
      env: { ...process.env, REPOSITORY_URL: "https://robot:hush@git.example/acme/headend" }
    }).then(
      ({ stdout }) => stdout,
      (error) => Promise.reject(new Error(`${command} ${args.join(" ")} failed:\n${error.stdout}\n${error.stderr}`))
    )
  )

// pnpm says how it was started; otherwise it is found like any program
const pnpm = (folder: string, ...args: ReadonlyArray<string>) => {
  const self = process.env["npm_execpath"]
  return self !== undefined && /pnpm[^/\\]*\.[cm]?js$/.test(self)
    ? run(folder, process.execPath, self, ...args)
    : run(folder, "pnpm", ...args)
}

class Packed extends Context.Service<Packed, {
  readonly tarballs: ReadonlyArray<string>
  /** A project with the packages installed. */
  readonly project: string
}>()("test/Packed") {}

const packed = Layer.effect(
  Packed,
  Effect.gen(function*() {
    const folder = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "headend-pack-"))),
      (made) => Effect.sync(() => rmSync(made, { recursive: true, force: true }))
    )
    yield* pnpm(root, "exec", "turbo", "run", "build", ...published.map((name) => `--filter=@headend/${name}`))
    for (const name of published) {
      yield* pnpm(join(root, "packages", name), "pack", "--pack-destination", folder)
    }
    const tarballs = readdirSync(folder).filter((file) => file.endsWith(".tgz")).map((file) => join(folder, file))
    const project = join(folder, "project")
    cpSync(consumer, project, { recursive: true })
    writeFileSync(join(project, "package.json"), JSON.stringify({ name: "consumer", private: true, type: "module" }))
    const { devDependencies } = manifestOf(root)
    // what a backend needs, its user installs; here all of them
    const peers = published.flatMap((name) => {
      const { peerDependencies, peerDependenciesMeta = {} } = manifestOf(join(root, "packages", name))
      return Object.keys(peerDependenciesMeta).map((peer) => `${peer}@${peerDependencies[peer]}`)
    })
    const pinned = ["effect", "@effect/vitest", "vitest", "typescript", "@types/node"].map((name) =>
      `${name}@${devDependencies[name]}`
    )
    yield* run(
      project,
      "npm",
      "install",
      "--ignore-scripts",
      "--no-audit",
      "--no-fund",
      ...tarballs,
      ...pinned,
      ...peers,
      `@effect/platform-node@${devDependencies.effect}`
    )
    return Packed.of({ tarballs, project })
  })
)

requires("ffmpeg", "ffprobe")("what is published", () => {
  layer(packed, { excludeTestServices: true, timeout: "10 minutes" })((it) => {
    it.effect("is clean for publint and for attw", () =>
      Effect.gen(function*() {
        const { tarballs } = yield* Packed
        assert.strictEqual(tarballs.length, published.length)
        const looks = tarballs.flatMap((tarball) => [
          run(root, join(tools, "publint"), tarball, "--strict"),
          run(root, join(tools, "attw"), tarball, "--profile", "esm-only", "--no-color")
        ])
        yield* Effect.all(looks, { concurrency: 2, discard: true })
      }), 300_000)

    it.effect("says what it is: a licence, a peer, every module by name, nothing of the workspace", () =>
      Effect.gen(function*() {
        const { project } = yield* Packed
        for (const name of published) {
          const folder = join(project, "node_modules/@headend", name)
          assert.match(readFileSync(join(folder, "LICENSE"), "utf8"), /MIT License/)
          const manifest = manifestOf(folder)
          assert.isDefined(manifest.peerDependencies.effect, name)
          assert.deepStrictEqual(manifest.publishConfig, { access: "public", provenance: true })
          const url = "git+https://git.example/acme/headend.git"
          assert.deepStrictEqual(manifest.repository, { type: "git", url, directory: `packages/${name}` })
          assert.notMatch(JSON.stringify(manifest), /workspace:|catalog:|@headend\/source/)
          const modules = Object.keys(manifest.exports)
          assert.isFalse(modules.some((module) => module.includes("*") || module.includes("internal")), name)
          assert.isAbove(modules.length, 1)
          for (const module of modules.filter((one) => one !== "./package.json")) {
            assert.isTrue(existsSync(join(folder, "dist/api", `${module.slice(2)}.md`)), `${name} ${module}`)
          }
        }
      }))

    it.effect("needs no native addon, no compiler and no janode", () =>
      Effect.gen(function*() {
        const { project } = yield* Packed
        const all = readdirSync(join(project, "node_modules"))
        assert.notInclude(all, "janode")
        assert.notInclude(all, "unix-dgram")
        const installed = join(project, "node_modules/@headend/janus/dist")
        assert.include(readFileSync(join(installed, "internal/janode.LICENSE"), "utf8"), "Meetecho")
        for (const file of readdirSync(installed, { recursive: true, encoding: "utf8" })) {
          if (!file.endsWith(".d.ts")) continue
          assert.notMatch(readFileSync(join(installed, file), "utf8"), /(?:from|import\() ?["']janode/, file)
        }
      }))

    it.effect("type-checks in a strict project, its own declarations included", () =>
      Effect.gen(function*() {
        const { project } = yield* Packed
        yield* run(project, "npx", "tsc", "-p", ".")
      }), 300_000)

    it.effect("has modules that are imported, all of them", () =>
      Effect.gen(function*() {
        const { project } = yield* Packed
        const modules = published.flatMap((name) =>
          Object.keys(manifestOf(join(project, "node_modules/@headend", name)).exports)
            .filter((module) => module !== "./package.json" && !module.endsWith("Test"))
            .map((module) => `@headend/${name}${module.slice(1)}`)
        )
        const program = `for (const name of ${JSON.stringify(modules)}) await import(name)`
        yield* run(project, process.execPath, "--input-type=module", "--eval", program)
        assert.match(yield* run(project, "npx", "headend-fake-janus", "--help"), /^headend-fake-janus: a Janus server/)
      }))

    it.effect("is composed into a layer of the project's own: a broadcast in a scope", () =>
      Effect.gen(function*() {
        const { project } = yield* Packed
        const janus = yield* FakeJanusServer.scoped()
        const said = yield* run(project, process.execPath, "src/composed.ts", janus.url)
        assert.match(said, /relay ok.*; mountpoint 9001\n.*undone: MountpointMissing/s)
        assert.deepStrictEqual([...janus.mountpoints.keys()], [])
      }).pipe(Effect.scoped), 120_000)

    it.effect("runs managed broadcasts inside the project's own app", () =>
      Effect.gen(function*() {
        const { project } = yield* Packed
        const janus = yield* FakeJanusServer.scoped()
        const said = yield* run(project, process.execPath, "src/managed.ts", janus.url)
        assert.match(said, /stage is waiting; publish to \S*\/whip\/stage\n.*stage is stopped: \w+/s)
        assert.strictEqual(janus.rooms.size + janus.mountpoints.size, 0)
      }).pipe(Effect.scoped), 120_000)

    it.effect("tests the project's own code: six hours without Janus, in no time", () =>
      Effect.gen(function*() {
        const { project } = yield* Packed
        yield* run(project, "npx", "vitest", "run", "--root", ".", "--reporter=json", "--outputFile.json=report.json")
        const { numFailedTests, numPassedTests } = JSON.parse(readFileSync(join(project, "report.json"), "utf8"))
        assert.deepStrictEqual([numPassedTests, numFailedTests], [2, 0])
      }), 120_000)
  })
})
