// Behind `npm test`, once run.mjs has done the set-up: lint, type check, build, unit and integration tests. Counts
// tests over all vitest runs, a failed step as one failure, and closes with "N passed, N failed" alone on a line.
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { delimiter, join } from "node:path"
import { endAll, exitCodeOf, root, run, toldToEnd, whenToldToEnd } from "./processes.mjs"
import { ensurePrograms } from "./programs.mjs"
import { inTurn } from "./turn.mjs"

whenToldToEnd((signal) => endAll(signal, 10_000))

const folder = mkdtempSync(join(tmpdir(), "headend-test-"))
const env = {
  ...process.env,
  PATH: `${join(root, "node_modules", ".bin")}${delimiter}${process.env.PATH}`,
  TURBO_TELEMETRY_DISABLED: "1"
}
const total = { passed: 0, failed: 0, skipped: 0 }

/** Runs one step, says how long it took, and returns whether it went well. */
const step = async (name, command, ...args) => {
  console.log(`\n── ${name}: ${command} ${args.join(" ")}`)
  const began = performance.now()
  const code = await run(command, args, { env })
  const seconds = ((performance.now() - began) / 1000).toFixed(1)
  console.log(`── ${name}: ${code === 0 ? "ok" : `failed (exit code ${code})`}, ${seconds} s`)
  return code === 0
}

/** A step without tests of its own: nothing is counted when it goes well. */
const check = async (...args) => {
  const ok = await step(...args)
  if (!ok) total.failed += 1
  return ok
}

const countIn = (report) => {
  try {
    const { numPassedTests, numFailedTests, numPendingTests, numTodoTests } = JSON.parse(readFileSync(report, "utf8"))
    return { passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests + numTodoTests }
  } catch {
    return { passed: 0, failed: 0, skipped: 0 }
  }
}

const vitest = async (project) => {
  const report = join(folder, `${project}.json`)
  const reporters = ["--reporter=default", "--reporter=json", `--outputFile.json=${report}`]
  const ok = await step(`${project} tests`, "vitest", "run", "--project", project, ...reporters)
  const { passed, failed, skipped } = countIn(report)
  total.passed += passed
  total.skipped += skipped
  // A file that does not load, an unhandled error, no tests at all: vitest fails without a failed test.
  total.failed += ok && passed + failed > 0 ? failed : Math.max(failed, 1)
}

const everything = async () => {
  if (!await check("lint", "oxlint", "--deny-warnings")) return
  if (!await check("format", "dprint", "check")) return
  if (!await check("type check", "tsc", "-b")) return
  if (!await inTurn(() => check("build", "turbo", "run", "build", "--output-logs=errors-only"))) return
  await vitest("unit")
  if (toldToEnd() !== undefined) return

  console.log("")
  const missing = ensurePrograms([
    "janus",
    "ffmpeg",
    "chromium",
    "nginx-rtmp",
    "gst-rtsp-server",
    "redis-server",
    "openssl",
    "obs",
    "kafka"
  ])
  if (missing.length > 0 && process.env.CI === "true") {
    console.error(`With CI=true every program is required. Missing: ${missing.join(", ")}`)
    total.failed += 1
  }
  await vitest("integration")
}

await everything()
rmSync(folder, { recursive: true, force: true })

const { passed, failed, skipped } = total
console.log(`\n${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ""}`)
process.exit(toldToEnd() !== undefined ? exitCodeOf(toldToEnd()) : failed > 0 || passed === 0 ? 1 : 0)
