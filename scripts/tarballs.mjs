// Behind `npm run tarballs`, once run.mjs has done the set-up: builds the packages and packs them, as they would be
// published, into a folder (`tarballs/` unless another is named), for projects outside this repository.
import { mkdirSync, readdirSync, readFileSync } from "node:fs"
import { delimiter, join, resolve } from "node:path"
import { endAll, root, run, whenToldToEnd } from "./processes.mjs"
import { inTurn } from "./turn.mjs"

whenToldToEnd((signal) => endAll(signal, 10_000))

const target = resolve(process.env.INIT_CWD ?? process.cwd(), process.argv[2] ?? join(root, "tarballs"))
mkdirSync(target, { recursive: true })

const path = `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH}`
const env = { ...process.env, PATH: path, TURBO_TELEMETRY_DISABLED: "1" }
const folders = readdirSync(join(root, "packages")).map((name) => join(root, "packages", name)).filter((folder) =>
  JSON.parse(readFileSync(join(folder, "package.json"), "utf8")).private !== true
)

const pack = async () => {
  console.log("Building …")
  const build = ["run", "build", "--filter=./packages/*", "--output-logs=errors-only"]
  if (await run("turbo", build, { env, quiet: true }) !== 0) return 1
  for (const folder of folders) {
    const code = await run("pnpm", ["--dir", folder, "pack", "--pack-destination", target], { env, quiet: true })
    if (code !== 0) return code
  }
  return 0
}

const code = await inTurn(pack)
if (code !== 0) process.exit(code)
console.log(
  `\nIn ${target}:\n${readdirSync(target).filter((name) => name.endsWith(".tgz")).map((name) => `  ${name}`).join("\n")}

In your project:
  npm install ${join(target, "*.tgz")} effect@^4.1.0 @effect/platform-node@^4.1.0`
)
