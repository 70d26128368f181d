// Behind `npm run headend`, `http`, `worker` and `example`: gets what is missing of tools and packages, builds the app where
// something has changed, and runs it; what it says of that goes to the standard error. Needs any Node from 20 on and npm.
import { existsSync, readdirSync } from "node:fs"
import { delimiter, join } from "node:path"
import { endAll, exitCodeOf, root, run, toldToEnd, whenToldToEnd } from "./processes.mjs"
import { hasPackages, installPackages, noTools, withTools } from "./tools.mjs"
import { inTurn } from "./turn.mjs"

/** The exit code of the command where something that it needs is out of reach. */
const UNREACHABLE = 3

const fail = (message, code = UNREACHABLE) => {
  console.error(message)
  process.exit(code)
}

const [name = "", ...args] = process.argv.slice(2)
if (!["cli", "http", "worker", "example"].includes(name)) {
  fail("Usage: node scripts/start.mjs cli | http | worker | example …", 2)
}

const folder = join(root, "examples", "src")
const example = join(folder, `${args[0]}.ts`)
if (name === "example" && !existsSync(example)) {
  const names = readdirSync(folder).map((file) => file.replace(/\.ts$/, "")).filter((one) => /^[a-z]/.test(one))
  fail(`Which example? npm run example ${names.join(" | ")}`, 2)
}

// what is under way here ends with us; the app listens to signals by itself
whenToldToEnd((signal) => endAll(signal, 30_000))

const env = await inTurn(async () => {
  const env = await withTools() ?? fail(noTools)
  if (!hasPackages() && !await installPackages(env)) fail("pnpm install failed.")
  return env
})

if (name === "example") {
  // a process of its own: sources need a Node that reads types, and that condition
  process.exit(await run("node", ["--conditions=@headend/source", example], { env }))
}

const main = join(root, "apps", name, "dist", "main.js")
if (!existsSync(main)) console.error("Building …")
const path = `${join(root, "node_modules", ".bin")}${delimiter}${env.PATH}`
const build = ["run", "build", `--filter=@headend/${name}`, "--output-logs=errors-only"]
const code = await inTurn(() =>
  run("turbo", build, { env: { ...env, PATH: path, TURBO_TELEMETRY_DISABLED: "1" }, quiet: true })
)
// a build that was told to end may say that all went well
if (toldToEnd() !== undefined) process.exit(exitCodeOf(toldToEnd()))
if (code !== 0) process.exit(code > 128 ? code : UNREACHABLE)

// The files that the command is told are meant from where it was called; npm and pnpm run scripts in the root.
if (name === "cli" && existsSync(process.env.INIT_CWD ?? "")) process.chdir(process.env.INIT_CWD)
// In this process: signals, exit codes and the terminal are the app's own. It sees its arguments as those of its own file.
process.argv.splice(1, 2, main)
await import(`../apps/${name}/dist/main.js`)
