/**
 * Whoever started the command may leave without a word to it: the terminal is closed, or what read its output has enough, as
 * `head` has. Either is a signal to end in order; what is written after that nobody reads.
 */
import { Effect } from "effect"
import { existsSync, readFileSync } from "node:fs"

const own = "/proc/self/status"

/** Started under `nohup`: then the terminal may be closed. Elsewhere than on Linux that shows in the output only. */
const isHangupIgnored = (): boolean =>
  existsSync(own)
    ? /^SigIgn:\s*[0-9a-f]*[13579bdf]$/m.test(readFileSync(own, "utf8"))
    : process.stdout.isTTY !== true && process.stderr.isTTY !== true

/** Once, and not after another signal: a second one would end at once. */
export const noticed = Effect.sync(() => {
  let isTold = false
  const told = () => {
    isTold = true
  }
  const end = () => {
    if (!isTold) process.kill(process.pid, "SIGTERM")
    told()
  }
  if (!isHangupIgnored()) process.on("SIGHUP", end)
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, told)
  for (const stream of [process.stdout, process.stderr]) stream.on("error", end)
})
