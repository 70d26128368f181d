// Child processes of the scripts. Each leads a process group of its own, so that Ctrl-C reaches us alone and we end
// them in our order; when we are told to end, or our parent is gone, nothing that they started stays behind.
// Runs on Node 20, like run.mjs.
import { spawn } from "node:child_process"
import { existsSync, readdirSync, readFileSync } from "node:fs"
import { constants } from "node:os"
import { dirname } from "node:path"
import { setTimeout as sleep } from "node:timers/promises"
import { fileURLToPath } from "node:url"

/** The repository's root folder. */
export const root = dirname(dirname(fileURLToPath(import.meta.url)))

/** The exit code that a shell gives to a command ended by this signal. */
export const exitCodeOf = (signal) => 128 + (constants.signals[signal] ?? 0)

let told

/** The signal that told us to end, if one did. */
export const toldToEnd = () => told

/** Calls the listener once: on Ctrl-C, SIGTERM, a closed terminal, or (as SIGTERM) when our parent process is gone. */
export const whenToldToEnd = (listener) => {
  const parent = process.ppid
  const tell = (signal) => {
    if (told !== undefined) return
    told = signal
    listener(signal)
  }
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, tell)
  setInterval(() => process.ppid !== parent && tell("SIGTERM"), 500).unref()
}

/** Every process there is as [pid, parent, start time]; empty where there is no /proc. */
const processTable = () => {
  const rows = []
  const pids = existsSync("/proc/self/stat") ? readdirSync("/proc").filter((name) => /^\d+$/.test(name)) : []
  for (const pid of pids) {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, "utf8")
      const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ")
      if (fields[0] !== "Z") rows.push([Number(pid), Number(fields[1]), fields[19]])
    } catch {
      // It ended while we were reading.
    }
  }
  return rows
}

/** Adds the descendants of `pid`, and of those in `family` (a map from pid to start time), to the family. */
const lookAfter = (family, pid) => {
  const table = processTable()
  const isOurs = (id) => id === pid || family.has(id)
  for (let size = -1; size !== family.size;) {
    size = family.size
    for (const [id, parent, start] of table) if (isOurs(parent)) family.set(id, start)
  }
}

/** Those of the family that live; a pid that was given to another process since is not one of them. */
const survivors = (family) => processTable().filter(([id, , start]) => family.get(id) === start).map(([id]) => id)

const kill = (pid, signal) => {
  try {
    process.kill(pid, signal)
  } catch {
    // It has ended already.
  }
}

/** Signals the process, gives it `grace` ms, and what it started two more seconds; then SIGKILL. */
const end = async ({ child, exited }, signal, grace) => {
  const isOver = () => child.exitCode !== null || child.signalCode !== null
  if (isOver()) return exited
  const family = new Map()
  lookAfter(family, child.pid)
  kill(-child.pid, signal)
  for (const limit = Date.now() + grace; !isOver() && Date.now() < limit; await sleep(50)) lookAfter(family, child.pid)
  if (!isOver()) kill(child.pid, "SIGKILL")
  for (const limit = Date.now() + 2_000; survivors(family).length > 0 && Date.now() < limit;) await sleep(50)
  for (const pid of survivors(family)) kill(pid, "SIGKILL")
  return exited
}

const running = new Set()
let ending

/** Ends every command of `run` that is still running; `run` then returns once all that it started is gone. */
export const endAll = (signal, grace) => {
  ending = Promise.all([...running].map((command) => end(command, signal, grace)))
}

/**
 * Runs a command in the repository's root, and resolves with its exit code.
 * With `quiet`, its output is shown only when it fails.
 */
export const run = async (command, args, { env = process.env, quiet = false } = {}) => {
  if (told !== undefined) return exitCodeOf(told)
  const output = quiet ? "pipe" : "inherit"
  const child = spawn(command, args, { cwd: root, env, detached: true, stdio: ["ignore", output, output] })
  const chunks = []
  for (const stream of [child.stdout, child.stderr]) stream?.on("data", (chunk) => chunks.push(chunk))
  const exited = new Promise((resolve) => {
    child.once("error", (error) => {
      chunks.push(Buffer.from(`${error.message}\n`))
      resolve(127)
    })
    // What it left running may hold the pipes open: a second for the last words, then we do not wait for them.
    child.once("exit", (code, signal) => {
      const result = code ?? exitCodeOf(signal)
      child.once("close", () => resolve(result))
      setTimeout(resolve, 1_000, result).unref()
    })
  })
  const entry = { child, exited }
  if (child.pid !== undefined) running.add(entry)
  const code = await exited
  running.delete(entry)
  await ending
  if (code !== 0 && told === undefined) process.stderr.write(Buffer.concat(chunks))
  return code
}

/**
 * Starts a command that stays, its output going to the file descriptor `log`. Where the system can, it gets SIGTERM
 * when we die without having ended it. `end(grace)` gives it so many milliseconds from SIGTERM to SIGKILL.
 */
export const launch = (command, args, { cwd = root, env = process.env, log }) => {
  const guard = existsSync("/usr/bin/setpriv") ? ["/usr/bin/setpriv", "--pdeathsig", "TERM"] : []
  const [program, ...rest] = [...guard, command, ...args]
  const child = spawn(program, rest, { cwd, env, detached: true, stdio: ["ignore", log, log] })
  const exited = new Promise((resolve) => {
    child.once("error", (error) => resolve(error.message))
    child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`))
  })
  return { exited, end: (grace) => child.pid === undefined ? exited : end({ child, exited }, "SIGTERM", grace) }
}
