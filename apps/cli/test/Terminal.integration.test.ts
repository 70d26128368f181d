// The command on a terminal of its own, made by `script`: the line that is written over, and a window that is closed.
import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, it } from "@effect/vitest"
import * as JanusLists from "@headend/integration/JanusLists"
import { spawn } from "@headend/integration/Processes"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Effect, Schedule } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { commandOf, folder, settings } from "./support.ts"

requires("janus", "ffmpeg", "ffprobe", "network", "script")("headend, on a terminal,", () => {
  it.live(
    "shows one line that is written over, and takes all down when the terminal is closed",
    () =>
      Effect.gen(function*() {
        const janus = yield* RealJanus.make()
        const untilListed = (isSo: (all: ReadonlyArray<unknown>) => boolean) =>
          Effect.repeat(JanusLists.make(janus).mountpoints, { until: isSo, schedule: Schedule.spaced("50 millis") })
        const cwd = yield* folder
        const mountpoint = { create: { id: 9001 } }
        const source = { kind: "test_pattern", width: 320, height: 180 }
        writeFileSync(join(cwd, "pattern.json"), JSON.stringify({ id: "pattern", mountpoint, source }))
        const command = [process.execPath, ...commandOf(["run", "pattern.json"])].join(" ")
        const terminal = yield* spawn("script", ["-qefc", command, "/dev/null"], { cwd, env: settings(janus) })
        const live = yield* terminal.awaitLine(
          /\[Kpattern {2}running \d+s {2}.*\d+ fps {2}[\d.]+ Mbit\/s/,
          60_000
        )
        assert.match(live, /mountpoint 9001$/)
        yield* terminal.awaitLine(/\d\d:\d\d:\d\d pattern {2}running$/)
        // what is logged takes a line of its own
        yield* janus.restart
        yield* terminal.awaitLine(/^(?:.\[K)?\d\d:\d\d:\d\d warn: Janus at .* is lost/)
        yield* untilListed((all) => all.length === 1)
        yield* terminal.kill
        yield* untilListed((all) => all.length === 0)
      }).pipe(Effect.scoped, Effect.provide(NodeServices.layer)),
    120_000
  )
})
