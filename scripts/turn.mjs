// One set-up at a time in this folder: two commands that install or build at once would write the same files. Whose turn it
// is, the kernel knows: who holds the name of a socket. It forgets that with the process, however that ends.
// Runs on Node 20, like run.mjs.
import { createHash } from "node:crypto"
import { createServer } from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { root, toldToEnd } from "./processes.mjs"

/** A name without a file, which only Linux has; elsewhere nobody waits. */
const name = process.platform === "linux"
  ? `\0headend-set-up-${createHash("sha256").update(root).digest("hex").slice(0, 24)}`
  : undefined

/** What lets the next one in; undefined while it is another's turn. */
const take = () =>
  new Promise((resolve) => {
    const holder = createServer((socket) => socket.destroy())
    // where names may not be held at all, nobody waits, either
    holder.once("error", ({ code }) => resolve(code === "EADDRINUSE" ? undefined : () => undefined))
    holder.listen(name, () => resolve(() => new Promise((closed) => holder.close(closed))))
    holder.unref()
  })

/** Does the work once nobody else sets up in this folder. Told to end, it does not wait any longer: `run` does nothing then. */
export const inTurn = async (work) => {
  let pass = name === undefined ? () => undefined : await take()
  if (pass === undefined) console.error("Another command sets up in this folder: waiting until it has …")
  while (pass === undefined && toldToEnd() === undefined) {
    await sleep(200)
    pass = await take()
  }
  try {
    return await work()
  } finally {
    await pass?.()
  }
}
