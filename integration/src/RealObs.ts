// A real OBS under a virtual display, in a folder and on ports of its own, with a moving picture on its only scene. It can
// be killed, started again with what it had saved, frozen and thawed.
import { Effect, Scope } from "effect"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { awaitPort, type PortUnavailable, reserve } from "./Ports.ts"
import {
  type Ending,
  type NotInTime,
  type Program,
  type ProgramEnded,
  type ProgramMissing,
  spawn
} from "./Processes.ts"

export interface RealObsOptions {
  /** Of its websocket; `probe-secret-1` unless given. */
  readonly password?: string
  /** What is added to x264's options; a keyframe each second and no B-frames unless given. */
  readonly x264?: string
}

export type RealObsError = PortUnavailable | ProgramEnded | ProgramMissing | NotInTime

export interface RunningObs {
  /** `ws://127.0.0.1:port`; the same over `kill` and `restart`. */
  readonly url: string
  readonly password: string
  readonly pid: Effect.Effect<number>
  readonly isRunning: Effect.Effect<boolean>
  readonly log: Effect.Effect<ReadonlyArray<string>>
  /** SIGKILL, and waits until it is gone. */
  readonly kill: Effect.Effect<Ending>
  /** Kills it if it still runs, and starts it again; done when its websocket accepts. */
  readonly restart: Effect.Effect<void, RealObsError>
  readonly freeze: Effect.Effect<void>
  readonly thaw: Effect.Effect<void>
}

const size = { width: 640, height: 360 }
const fps = 30

const ini = (sections: Readonly<Record<string, Readonly<Record<string, string | number | boolean>>>>) =>
  Object.entries(sections)
    .map(([name, values]) =>
      `[${name}]\n${Object.entries(values).map(([key, value]) => `${key}=${value}`).join("\n")}\n`
    )
    .join("\n")

const global = (port: number, password: string) =>
  ini({
    General: { FirstRun: true, EnableAutoUpdates: false },
    Basic: {
      Profile: "Untitled",
      ProfileDir: "Untitled",
      SceneCollection: "Untitled",
      SceneCollectionFile: "Untitled"
    },
    OBSWebSocket: {
      FirstLoad: false,
      ServerEnabled: true,
      ServerPort: port,
      AuthRequired: true,
      ServerPassword: password,
      AlertsEnabled: false
    }
  })

const profile = (x264: string) =>
  ini({
    Video: {
      BaseCX: size.width,
      BaseCY: size.height,
      OutputCX: size.width,
      OutputCY: size.height,
      FPSCommon: fps
    },
    Output: { Mode: "Simple", Reconnect: true, RetryDelay: 2, MaxRetries: 25 },
    SimpleOutput: {
      VBitrate: 800,
      ABitrate: 96,
      StreamEncoder: "x264",
      Preset: "ultrafast",
      UseAdvanced: true,
      x264Settings: x264
    }
  })

/** One scene with a test picture of FFmpeg's. */
const scenes = {
  name: "Untitled",
  current_scene: "Scene",
  current_program_scene: "Scene",
  scene_order: [{ name: "Scene" }],
  sources: [
    {
      id: "ffmpeg_source",
      versioned_id: "ffmpeg_source",
      name: "picture",
      settings: {
        is_local_file: false,
        input: `testsrc=size=${size.width}x${size.height}:rate=${fps}`,
        input_format: "lavfi"
      }
    },
    {
      id: "scene",
      versioned_id: "scene",
      name: "Scene",
      settings: {
        id_counter: 1,
        custom_size: false,
        items: [{
          id: 1,
          name: "picture",
          visible: true,
          align: 5,
          bounds_type: 0,
          pos: { x: 0, y: 0 },
          scale: { x: 1, y: 1 },
          rot: 0
        }]
      }
    }
  ]
}

const write = (home: string, port: number, password: string, x264: string) => {
  const config = join(home, ".config", "obs-studio")
  mkdirSync(join(config, "basic", "profiles", "Untitled"), { recursive: true })
  mkdirSync(join(config, "basic", "scenes"), { recursive: true })
  mkdirSync(join(home, "run"), { mode: 0o700 })
  writeFileSync(join(config, "global.ini"), global(port, password))
  writeFileSync(join(config, "basic", "profiles", "Untitled", "basic.ini"), profile(x264))
  writeFileSync(join(config, "basic", "scenes", "Untitled.json"), JSON.stringify(scenes))
}

/** Starts one, and waits until its websocket accepts. It is ended when the scope closes. */
export const make = Effect.fnUntraced(
  function*(options: RealObsOptions = {}): Effect.fn.Return<RunningObs, RealObsError, Scope.Scope> {
    const scope = yield* Effect.scope
    const { password = "probe-secret-1", x264 = `keyint=${fps} bframes=0 tune=zerolatency` } = options
    const [port = 0] = (yield* reserve({ tcp: 1, udp: 0 })).tcp
    const home = yield* Effect.acquireRelease(
      Effect.sync(() => mkdtempSync(join(tmpdir(), "headend-obs-"))),
      (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true, maxRetries: 3 }))
    )
    write(home, port, password, x264)
    // it chooses a display number that is free, and says it
    const screen = ["-screen", "0", `${size.width}x${size.height}x24`, "-nolisten", "tcp"]
    const display = yield* spawn("Xvfb", ["-displayfd", "1", ...screen])
    const number = yield* display.awaitLine(/^\d+$/)

    const start = Effect.gen(function*() {
      const program = yield* spawn("obs", ["--multi", "--disable-updater", "--disable-missing-files-check"], {
        env: {
          HOME: home,
          XDG_CONFIG_HOME: undefined,
          XDG_RUNTIME_DIR: join(home, "run"),
          DISPLAY: `:${number}`,
          LIBGL_ALWAYS_SOFTWARE: "1",
          DBUS_SESSION_BUS_ADDRESS: undefined
        }
      })
      yield* program.whileRunning(awaitPort(port, { timeoutMs: 60_000 }))
      return program
    }).pipe(Scope.provide(scope))

    let program: Program = yield* start
    const current = Effect.sync(() => program)
    return {
      url: `ws://127.0.0.1:${port}`,
      password,
      pid: Effect.map(current, (_) => _.pid),
      isRunning: Effect.flatMap(current, (_) => _.isRunning),
      log: Effect.flatMap(current, (_) => _.tail),
      kill: Effect.flatMap(current, (_) => _.kill),
      restart: Effect.gen(function*() {
        yield* program.kill
        program = yield* start
      }),
      freeze: Effect.flatMap(current, (_) => _.signal("SIGSTOP")),
      thaw: Effect.flatMap(current, (_) => _.signal("SIGCONT"))
    }
  }
)
