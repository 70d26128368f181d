// The built command, run as a user runs it, and the built HTTP app on the embedded fake Janus.
import { assert } from "@effect/vitest"
import { spawn, type SpawnOptions } from "@headend/integration/Processes"
import { Effect, FileSystem, type Scope } from "effect"
import { execFile } from "node:child_process"
import { fileURLToPath } from "node:url"

const main = fileURLToPath(new URL("../dist/main.js", import.meta.url))
const httpMain = fileURLToPath(new URL("../../http/dist/main.js", import.meta.url))

/** Nothing of the machine's own settings. */
const clean: Readonly<Record<string, string | undefined>> = Object.fromEntries(
  Object.entries(process.env).filter(([name]) => !name.startsWith("HEADEND_"))
)

export interface Said {
  readonly code: number
  readonly out: string
  readonly err: string
}

export type Env = Readonly<Record<string, string>>

/** Runs it to its end. */
export const headend = (args: ReadonlyArray<string>, env: Env = {}, input = "", cwd?: string): Effect.Effect<Said> =>
  Effect.callback((resume) => {
    const child = execFile(
      process.execPath,
      [main, ...args],
      { env: { ...clean, ...env }, maxBuffer: 2 ** 24, ...(cwd === undefined ? {} : { cwd }) },
      (error, out, err) => resume(Effect.succeed({ code: error === null ? 0 : Number(error.code), out, err }))
    )
    child.stdin?.end(input)
    return Effect.sync(() => void child.kill("SIGKILL"))
  })

/** Starts it, for as long as the scope. */
export const headendRunning = (args: ReadonlyArray<string>, options: SpawnOptions & { readonly env?: Env } = {}) =>
  spawn(process.execPath, [main, ...args], { ...options, env: { ...clean, ...options.env } })

export const folder = Effect.flatMap(FileSystem.FileSystem, (files) => Effect.orDie(files.makeTempDirectoryScoped()))

/** The app on the fake Janus; its address. */
export const app = Effect.fnUntraced(function*(env: Env = {}): Effect.fn.Return<
  string,
  unknown,
  Scope.Scope | FileSystem.FileSystem
> {
  const program = yield* spawn(process.execPath, [httpMain], {
    cwd: yield* folder,
    env: { ...clean, HEADEND_JANUS_URL: "fake", HEADEND_HTTP_PORT: "0", HEADEND_REGISTRY: "memory", ...env }
  })
  const line = yield* program.awaitLine(/Listening on http/)
  return /http:\/\/127\.0\.0\.1:\d+/.exec(line)![0]
})

export interface Finding {
  readonly what: string
  readonly status: string
  readonly evidence: string
  readonly advice?: string
}

/** What `doctor --json` finds, by what it is about; fails where it finds nothing of that. */
export const findings = (args: ReadonlyArray<string>, env: Env, cwd?: string) =>
  Effect.map(headend(["doctor", "--json", ...args], env, "", cwd), ({ code, err, out }) => {
    const all = out.trim().split("\n").filter((line) => line !== "").map((line): Finding => JSON.parse(line))
    const of = (what: string) => all.find((one) => one.what === what) ?? assert.fail(`no ${what} in ${out}${err}`)
    return Object.assign(of, { code, all })
  })
