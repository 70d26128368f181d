/**
 * Runs the benchmarks named on the command line, or all of them: `pnpm bench start-stop memory`.
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { Effect, Logger } from "effect"
import { fleet } from "./fleet.ts"
import { memory } from "./memory.ts"
import { firstFrame, janusRecovery } from "./onAir.ts"
import { queue } from "./queue.ts"
import { relayRecovery } from "./relayRecovery.ts"
import { startStop } from "./startStop.ts"

const all: Record<string, Effect.Effect<void, unknown>> = {
  "start-stop": startStop,
  memory,
  "first-frame": firstFrame,
  "janus-recovery": janusRecovery,
  "relay-recovery": relayRecovery,
  queue,
  fleet
}

const asked = process.argv.slice(2)
const unknown = asked.filter((name) => !(name in all))

if (unknown.length > 0) {
  console.error(`no benchmark is named ${unknown.join(", ")}; there are ${Object.keys(all).join(", ")}`)
  process.exitCode = 1
} else {
  const names = asked.length === 0 ? Object.keys(all) : asked
  NodeRuntime.runMain(Effect.provide(
    Effect.forEach(names, (name) => all[name]!, { discard: true }),
    Logger.layer([])
  ))
}
