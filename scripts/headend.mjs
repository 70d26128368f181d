// Behind `pnpm headend`: builds the command where something has changed, without a word unless that fails, and runs it.
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
const build = ["run", "build", "--filter=@headend/cli", "--output-logs=errors-only"]
const { error, status, stderr, stdout } = spawnSync("turbo", build, { cwd: root, encoding: "utf8" })
if (status !== 0) {
  process.stderr.write(`${stdout ?? ""}${stderr ?? ""}${error === undefined ? "" : `${error.message}\n`}`)
  process.exit(3)
}
// in this process: signals, exit codes and the terminal are the command's own
await import("../apps/cli/dist/main.js")
