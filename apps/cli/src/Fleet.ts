/**
 * How the installation is: its workers with the room that each has left, and what the app stands on.
 */
import { Effect } from "effect"
import { Command } from "effect/cli"
import { codes, CommandFailed } from "./ExitCode.ts"
import { duration, print, printJson, since, table } from "./Output.ts"
import * as Remote from "./Remote.ts"
import { asking, root } from "./Root.ts"

const rounded = (cost: number) => String(Math.round(cost * 10) / 10)

export const workers = Command.make("workers", {}, () =>
  asking(Effect.gen(function*() {
    const fleet = yield* Remote.call(({ workers }) => workers.fleet())
    const { json } = yield* root
    if (json) return yield* printJson(fleet)
    const rows = yield* Effect.forEach(fleet.workers, (one) =>
      Effect.map(since(one.seenAt), (ago) => [
        one.id,
        String(one.broadcasts),
        `${rounded(one.used)} of ${rounded(one.capacity)}`,
        one.draining ? "drains" : one.reachesJanus ? "ok" : "without Janus",
        `${ago} ago`
      ]))
    yield* print(table([["WORKER", "BROADCASTS", "USED", "STATE", "SEEN"], ...rows]))
    const { broadcasts, cost, oldestMs } = fleet.unplaced
    if (broadcasts === 0) return
    const oldest = oldestMs === null ? "" : `, the oldest for ${duration(oldestMs)}`
    yield* print(`no worker has taken ${broadcasts} (cost ${rounded(cost)})${oldest}`)
  }))).pipe(Command.withDescription("The workers, the room that each has left, and what waits for one"))

const signs = { ok: "✓", warn: "!", down: "✗" } as const

export const health = Command.make("health", {}, () =>
  asking(Effect.gen(function*() {
    const now = yield* Remote.call(({ health }) => health.health())
    const { json } = yield* root
    if (json) yield* printJson(now)
    else {
      for (const { evidence, name, status } of now.components) {
        yield* print(`${signs[status]} ${name}${evidence === null ? "" : `: ${evidence}`}`)
      }
    }
    if (now.status !== "down") return
    const down = now.components.filter(({ status }) => status === "down").map(({ name }) => name)
    return yield* new CommandFailed({ code: codes.failed, message: `down: ${down.join(", ")}`, problem: now })
  }))).pipe(Command.withDescription("What the app stands on: Janus, registry, queue, broadcasts, its worker"))
