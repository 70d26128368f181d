// Files and live streams to pull: made by FFmpeg, served on loopback.
import { freePort } from "@headend/integration/Ports"
import { awaitHttp, spawn } from "@headend/integration/Processes"
import { Effect } from "effect"
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"

export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "headend-films-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const picture = (more = "") => ["-f", "lavfi", "-i", `testsrc=size=320x180:rate=25${more}`]
const tone = (more = "") => ["-f", "lavfi", "-i", `sine=frequency=1000:sample_rate=48000${more}`]
const encoding = "-c:v libx264 -preset ultrafast -profile:v main -pix_fmt yuv420p -bf 0 -g 25 -c:a aac -ac 2".split(" ")
const quiet = ["-nostdin", "-y", "-loglevel", "error"]

/** A moving picture with a tone, of four seconds unless more are asked for; the container is that of the name. */
export const film = Effect.fnUntraced(function*(path: string, seconds = 4) {
  const length = `:duration=${seconds}`
  const fast = path.endsWith(".mp4") ? ["-movflags", "+faststart"] : []
  const made = yield* spawn("ffmpeg", [...quiet, ...picture(length), ...tone(length), ...encoding, ...fast, path])
  const { code } = yield* made.ended
  return code === 0 ? path : yield* Effect.die(new Error(`no film: ${(yield* made.tail).join("\n")}`))
})

const live = (to: ReadonlyArray<string>) =>
  spawn("ffmpeg", [...quiet, "-re", ...picture(), "-re", ...tone(), ...encoding, ...to])

/** Serves the files of a folder; answers 404 for others. */
export const serve = Effect.fnUntraced(function*(path: string) {
  const server = yield* Effect.acquireRelease(
    Effect.callback<ReturnType<typeof createServer>>((resume) => {
      const made = createServer((request, answer) => {
        const file = join(path, new URL(request.url ?? "/", "http://x").pathname)
        if (!existsSync(file)) return answer.writeHead(404).end()
        const body = readFileSync(file)
        return answer.setHeader("content-length", body.length).end(body)
      })
      made.listen(0, "127.0.0.1", () => resume(Effect.succeed(made)))
    }),
    (made) =>
      Effect.sync(() => {
        made.close()
        made.closeAllConnections()
      })
  )
  return (server.address() as AddressInfo).port
})

/** A live HLS stream, segments of one second. */
export const hls = Effect.gen(function*() {
  const path = yield* folder
  const program = yield* live(["-f", "hls", "-hls_time", "1", "-hls_flags", "delete_segments", join(path, "live.m3u8")])
  const port = yield* serve(path)
  yield* awaitHttp(`http://127.0.0.1:${port}/live.m3u8`)
  return { program, url: `http://localhost:${port}/live.m3u8` }
})

/** Somebody on that port who waits to be called over SRT, by one at a time. */
export const srtOn = (port: number) =>
  Effect.map(
    live(["-f", "mpegts", `srt://127.0.0.1:${port}?mode=listener`]),
    (program) => ({ program, url: `srt://127.0.0.1:${port}` })
  )

/** The same on a port that is free of TCP: nobody else is likely to have that of UDP. */
export const srt = Effect.flatMap(freePort, srtOn)
