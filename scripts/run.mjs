// Behind `npm run demo` and `npm test`: needs any Node from 20 on and npm, and nothing else. Gets Node 24 and pnpm 12
// into .tools/ unless they are there, installs the packages, and runs scripts/<command>.mjs with them.
import { join } from "node:path"
import { endAll, exitCodeOf, root, run, toldToEnd, whenToldToEnd } from "./processes.mjs"
import { installPackages, noTools, withTools } from "./tools.mjs"
import { inTurn } from "./turn.mjs"

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

if (!["demo", "test", "tarballs"].includes(command)) {
  console.error("Usage: node scripts/run.mjs demo | test | tarballs")
  process.exit(2)
}

// The scripts end what they started by themselves; half a minute is more than they take.
whenToldToEnd((signal) => endAll(signal, 30_000))

const env = await inTurn(async () => {
  const env = await withTools() ?? fail(noTools)
  if (!await installPackages(env)) fail("pnpm install failed.")
  return env
})

process.exit(await run("node", [join(root, "scripts", `${command}.mjs`), ...args], { env }))
