// What this machine has: programs, processes, an address.
import { readFileSync, statSync } from "node:fs"
import { networkInterfaces } from "node:os"
import { delimiter, join } from "node:path"

/** The full path of a program on `PATH`, or `undefined`. */
export const locate = (command: string): string | undefined =>
  (command.includes("/") ? [command] : (process.env["PATH"] ?? "").split(delimiter).map((dir) => join(dir, command)))
    .find((path) => {
      const found = statSync(path, { throwIfNoEntry: false })
      return found !== undefined && found.isFile() && (found.mode & 0o111) !== 0
    })

/** Whether the process runs or is stopped; one that has ended and waits to be reaped does not. */
export const isAlive = (pid: number): boolean => {
  const status = `/proc/${pid}/status`
  return statSync(status, { throwIfNoEntry: false }) !== undefined &&
    !/^State:\s+[ZX]/m.test(readFileSync(status, "utf8"))
}

/** The first IPv4 address of this machine that is not loopback: the one that Janus offers for ICE. */
export const firstAddress: () => string | undefined = () =>
  Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find((address) => address.family === "IPv4" && !address.internal)?.address
