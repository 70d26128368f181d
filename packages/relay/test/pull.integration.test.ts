// Files: looped without an end of the picture, and played once to their end.
import { assert, layer } from "@effect/vitest"
import * as Browsers from "@headend/integration/Browser"
import { spawn } from "@headend/integration/Processes"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Effect, Layer } from "effect"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { relayProcesses } from "./support/bench.ts"
import { start, station, until } from "./support/station.ts"

const folder = mkdtempSync(join(tmpdir(), "headend-films-"))

/** Four seconds of a moving picture with a tone. */
const film = Effect.gen(function*() {
  const path = join(folder, "it's a film.mp4")
  const args = "-y -loglevel error -f lavfi -i testsrc=size=320x180:rate=25:duration=4 "
    + "-f lavfi -i sine=frequency=1000:sample_rate=48000:duration=4 -c:v libx264 -preset ultrafast "
    + "-pix_fmt yuv420p -bf 0 -g 25 -movflags +faststart -c:a aac"
  const made = yield* spawn("ffmpeg", [...args.split(" "), path])
  assert.deepInclude(yield* made.ended, { code: 0 })
  return path
})

const address = (path: string) => `file://${path.split("/").map(encodeURIComponent).join("/")}`

requires("janus", "chromium", "ffmpeg", "ffprobe", "network")("a pulled source", () => {
  const programs = Layer.mergeAll(
    station({ policy: { folder } }),
    Browsers.layer,
    Layer.effectDiscard(Effect.addFinalizer(() => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))))
  )
  layer(programs, { excludeTestServices: true, timeout: "60 seconds" })((it) => {
    it.effect("a file goes on after its end, picture and sound, when it loops", () =>
      Effect.gen(function*() {
        const janus = yield* RealJanus.RealJanus
        const browser = yield* Browsers.Browser
        const source = { kind: "pull", url: address(yield* film), loop: true }
        yield* start({ id: "film", source, mountpoint: { create: { id: 51 } } })
        const running = yield* until("film", ({ state }) => state === "running")
        const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id: 51 })
        // more frames than the file has: the second pass is seen, from the same process
        yield* viewer.awaitFrames(100, 20_000)
        yield* viewer.awaitSound()
        const later = yield* until("film", ({ state }) => state === "running")
        assert.strictEqual(later.relay?.pid, running.relay?.pid)
      }), 60_000)

    it.effect(
      "a file that does not loop stops the broadcast at its end, and leaves no process",
      () =>
        Effect.gen(function*() {
          yield* start({ id: "once", source: { kind: "pull", url: address(yield* film) } })
          const stopped = yield* until("once", ({ state }) => state === "stopped" || state === "failed")
          assert.deepInclude(stopped.endReason, { code: "source_finished", fault: null })
          assert.strictEqual(stopped.state, "stopped")
          assert.deepStrictEqual(relayProcesses(), [])
        }),
      60_000
    )

    it.effect("a file over HTTP is on air at its own pace", () =>
      Effect.gen(function*() {
        const path = yield* film
        const server = yield* Effect.acquireRelease(
          Effect.callback<ReturnType<typeof createServer>>((resume) => {
            const body = readFileSync(path)
            const made = createServer((_, answer) => answer.setHeader("content-length", body.length).end(body))
            made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
          }),
          (made) => Effect.sync(() => made.close())
        )
        const url = `http://localhost:${(server.address() as AddressInfo).port}/film.mp4`
        yield* start({ id: "web", source: { kind: "pull", url } })
        yield* until("web", ({ state }) => state === "running")
      }), 60_000)
  })
})
