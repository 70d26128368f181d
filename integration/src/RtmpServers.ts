// RTMP servers for tests, each on a free port of its own: node-media-server, which has a GOP cache and says nothing
// where nobody publishes, and nginx-rtmp, which refuses that at once; and FFmpeg as somebody who publishes.
import { Effect, type Scope } from "effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { createRequire } from "node:module"
import { createServer, type Socket } from "node:net"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { awaitPort, freePort, type PortUnavailable } from "./Ports.ts"
import { type NotInTime, type Program, type ProgramEnded, type ProgramMissing, spawn } from "./Processes.ts"

export interface RtmpServer {
  /** `rtmp://127.0.0.1:port`. */
  readonly url: string
  readonly port: number
  readonly program: Program
}

type Starting = Effect.Effect<RtmpServer, PortUnavailable | ProgramEnded | ProgramMissing, Scope.Scope>

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "headend-rtmp-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const listening = Effect.fnUntraced(function*(port: number, command: string, args: ReadonlyArray<string>, cwd: string) {
  const program = yield* spawn(command, args, { cwd })
  yield* program.whileRunning(awaitPort(port))
  return { url: `rtmp://127.0.0.1:${port}`, port, program }
})

const packageOf = (name: string) => dirname(createRequire(import.meta.url).resolve(`${name}/package.json`))

export interface ServerOptions {
  /** Starts another one where one was. */
  readonly port?: number
  /** Whom it tells of its clients, and asks who may publish: `http://…`. */
  readonly hook?: string
}

/** node-media-server. */
export const nodeMediaServer = (options: ServerOptions = {}): Starting =>
  Effect.gen(function*() {
    const cwd = yield* folder
    const port = options.port ?? (yield* freePort)
    const config = {
      bind: "127.0.0.1",
      notify: { url: options.hook ?? "" },
      auth: {
        play: false,
        publish: false,
        secret: "",
        jwt: { secret: "x", expiresIn: "1h", refreshExpiresIn: "1h", algorithm: "HS256", users: [] }
      },
      rtmp: { port },
      store: { path: join(cwd, "data") }
    }
    // without one of its own it rewrites the configuration inside its package
    writeFileSync(join(cwd, "config.json"), JSON.stringify(config))
    const app = join(packageOf("node-media-server"), "bin", "app.js")
    return yield* listening(port, process.execPath, [app, "-c", join(cwd, "config.json"), "--no-admin"], cwd)
  })

/** Where Debian puts them: not on everybody's PATH. */
export const nginxProgram = "/usr/sbin/nginx"
export const nginxRtmpModule = "/usr/lib/nginx/modules/ngx_rtmp_module.so"

/** nginx-rtmp. In `live` an absent stream is refused at once, `denied` lets nobody play, `closed` nobody publish (its hook is
 * away, which denies). */
export const nginxWith = (options: ServerOptions): Starting =>
  Effect.gen(function*() {
    const cwd = yield* folder
    const port = options.port ?? (yield* freePort)
    const hooks = options.hook === undefined
      ? ""
      : `notify_method post; on_publish ${options.hook}; on_publish_done ${options.hook};`
    writeFileSync(
      join(cwd, "nginx.conf"),
      `load_module ${nginxRtmpModule};
daemon off; master_process off; worker_processes 1; pid nginx.pid; error_log error.log info;
events { worker_connections 64; }
rtmp { server { listen 127.0.0.1:${port}; chunk_size 4096;
  application live { live on; record off; wait_key on; wait_video on; interleave on; idle_streams off; ${hooks} }
  application denied { live on; deny play all; }
  application closed { live on; on_publish http://127.0.0.1:1/; }
} }
`
    )
    return yield* listening(port, nginxProgram, ["-p", `${cwd}/`, "-c", "nginx.conf", "-e", "error.log"], cwd)
  })

/** Without hooks, on a free port. */
export const nginx: Starting = nginxWith({})

export interface Silent {
  readonly url: string
  readonly port: number
  /** Ends the connections that it never answered. */
  readonly hangUp: Effect.Effect<void>
  /** Ends, itself. */
  readonly close: Effect.Effect<void>
}

/** One that accepts connections and never answers, until it hangs up on all of them. */
export const silent = Effect.acquireRelease(
  Effect.callback<Silent>((resume) => {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on("error", () => socket.destroy())
      socket.once("close", () => sockets.delete(socket))
      socket.resume()
    })
    const hangUp = Effect.sync(() => {
      for (const socket of sockets) socket.destroy()
    })
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      const port = typeof address === "object" && address !== null ? address.port : 0
      const close = Effect.andThen(hangUp, Effect.sync(() => void server.close()))
      resume(Effect.succeed({ url: `rtmp://127.0.0.1:${port}`, port, hangUp, close }))
    })
  }),
  ({ close }) => close
)

export interface PublishOptions {
  /** 0 unless given; with more, frames must be put in order. */
  readonly bFrames?: number
  readonly audio?: boolean
  readonly video?: boolean
}

/** Publishes a small moving picture with a tone, a keyframe each second. */
export const publish = (
  url: string,
  options: PublishOptions = {}
): Effect.Effect<Program, ProgramMissing, Scope.Scope> => {
  const { audio = true, bFrames = 0, video = true } = options
  return spawn("ffmpeg", [
    "-hide_banner",
    "-nostdin",
    "-nostats",
    "-loglevel",
    "info",
    ...(video ? ["-re", "-f", "lavfi", "-i", "testsrc=size=320x180:rate=25"] : []),
    ...(audio === false ? [] : [
      "-re",
      "-f",
      "lavfi",
      "-i",
      "sine=frequency=1000:sample_rate=48000"
    ]),
    ...(video
      ? [
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-profile:v",
        "main",
        "-pix_fmt",
        "yuv420p",
        "-bf",
        `${bFrames}`,
        "-g",
        "25",
        "-b:v",
        "300k"
      ]
      : []),
    ...(audio === false ? [] : ["-c:a", "aac", "-b:a", "64k"]),
    "-f",
    "flv",
    url
  ])
}

/** Waits until the server has taken somebody who publishes: FFmpeg tells of its output once that is open. */
export const onAir = (publisher: Program): Effect.Effect<Program, ProgramEnded | NotInTime> =>
  Effect.as(publisher.awaitLine(/^Output #0/, 60_000), publisher)
