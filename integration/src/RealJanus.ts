// The distribution's Janus, started for a test on ports of its own with a configuration of its own, so that any
// number run side by side. It can be killed, restarted on the same ports, frozen and thawed.
import { Context, Effect, Layer, Scope } from "effect"
import { mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { configuration } from "./internal/janusConfiguration.ts"
import { firstAddress } from "./Machine.ts"
import { awaitPort, type PortUnavailable, reserve } from "./Ports.ts"
import { type Ending, type Program, type ProgramEnded, type ProgramMissing, spawn } from "./Processes.ts"

export interface RealJanusOptions {
  /** Asked of every request when given; none by default. */
  readonly apiSecret?: string
  /** Room and mountpoint ids are strings; default false, so they are numbers. */
  readonly stringIds?: boolean
  /** `rtp_forward` and `stop_rtp_forward` need the VideoRoom admin key; default true. */
  readonly lockRtpForward?: boolean
  /** Ports for mountpoints, three for one with audio, video and RTCP; default 700, at most 20 000. */
  readonly rtpPorts?: number
  /** Seconds without keepalive after which a session ends; default 60. */
  readonly sessionTimeout?: number
  /** Seconds for which a session whose WebSocket is lost may be claimed; default 0. */
  readonly reclaimSessionTimeout?: number
  /** 0 to 7; default 3 (errors and warnings). From 4 on a Streaming `disable` can crash the server. */
  readonly debugLevel?: number
}

/** Why Janus could not be started, or started again. */
export type RealJanusError = PortUnavailable | ProgramEnded | ProgramMissing

/** A running Janus. Its addresses and keys stay the same over `kill` and `restart`. */
export interface RunningJanus {
  /** WebSocket address of the Janus API. */
  readonly url: string
  /** WebSocket address of the Admin API. */
  readonly adminUrl: string
  readonly port: number
  readonly adminPort: number
  readonly adminSecret: string
  readonly apiSecret: string | undefined
  readonly streamingAdminKey: string
  readonly videoroomAdminKey: string
  /** The address offered for ICE; absent on a machine with loopback only, where no WebRTC works. */
  readonly address: string | undefined
  /** Ports that mountpoints get. */
  readonly rtpPorts: { readonly first: number; readonly last: number }
  /** The folder with its configuration, which a `permanent` request rewrites. */
  readonly folder: string
  /** The process id now; another one after `restart`. */
  readonly pid: Effect.Effect<number>
  readonly isRunning: Effect.Effect<boolean>
  /** The last lines of its log, of the present process only. */
  readonly log: Effect.Effect<ReadonlyArray<string>>
  /** SIGKILL, and waits until the process is gone. */
  readonly kill: Effect.Effect<Ending>
  /** SIGTERM, and waits until the process is gone. */
  readonly terminate: Effect.Effect<Ending>
  /** Kills it if it still runs, and starts it again; done when it accepts connections. */
  readonly restart: Effect.Effect<void, RealJanusError>
  /** SIGSTOP: it accepts connections still and answers nothing. */
  readonly freeze: Effect.Effect<void>
  /** SIGCONT: it goes on, and works off what was asked meanwhile. */
  readonly thaw: Effect.Effect<void>
}

const ICE_PORTS = 300
const STREAMING_ADMIN_KEY = "streaming-admin"
const VIDEOROOM_ADMIN_KEY = "videoroom-admin"
const ADMIN_SECRET = "janusoverlord"

const scratchFolder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "headend-janus-"))),
  (folder) => Effect.sync(() => rmSync(folder, { recursive: true, force: true }))
)

/**
 * Starts a Janus and waits until it accepts connections. It is ended when the scope closes, however that comes
 * about. Fails with the last lines of its log when it ends by itself.
 */
export const make = Effect.fnUntraced(
  function*(options: RealJanusOptions = {}): Effect.fn.Return<RunningJanus, RealJanusError, Scope.Scope> {
    const scope = yield* Effect.scope
    const block = yield* reserve({ tcp: 2, udp: ICE_PORTS + (options.rtpPorts ?? 700) })
    const [port = 0, adminPort = 0] = block.tcp
    const icePorts = { first: block.udp.first, last: block.udp.first + ICE_PORTS - 1 }
    const rtpPorts = { first: icePorts.last + 1, last: block.udp.last }
    const address = firstAddress()
    const folder = yield* scratchFolder
    yield* Effect.sync(() => {
      const files = configuration({
        ...options,
        port,
        adminPort,
        icePorts,
        rtpPorts,
        adminSecret: ADMIN_SECRET,
        streamingAdminKey: STREAMING_ADMIN_KEY,
        videoroomAdminKey: VIDEOROOM_ADMIN_KEY
      })
      for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
    })

    const start = Effect.gen(function*() {
      const started = yield* spawn("janus", ["-F", folder, ...(address === undefined ? [] : ["-E", address])])
      yield* started.whileRunning(Effect.andThen(awaitPort(port), awaitPort(adminPort)))
      return started
    }).pipe(Scope.provide(scope))

    let program: Program = yield* start
    const current = Effect.sync(() => program)

    return {
      url: `ws://127.0.0.1:${port}`,
      adminUrl: `ws://127.0.0.1:${adminPort}`,
      port,
      adminPort,
      adminSecret: ADMIN_SECRET,
      apiSecret: options.apiSecret,
      streamingAdminKey: STREAMING_ADMIN_KEY,
      videoroomAdminKey: VIDEOROOM_ADMIN_KEY,
      address,
      rtpPorts,
      folder,
      pid: Effect.map(current, (_) => _.pid),
      isRunning: Effect.flatMap(current, (_) => _.isRunning),
      log: Effect.flatMap(current, (_) => _.tail),
      kill: Effect.flatMap(current, (_) => _.kill),
      terminate: Effect.flatMap(current, (_) => _.terminate()),
      restart: Effect.gen(function*() {
        yield* program.kill
        program = yield* start
      }),
      freeze: Effect.flatMap(current, (_) => _.signal("SIGSTOP")),
      thaw: Effect.flatMap(current, (_) => _.signal("SIGCONT"))
    }
  }
)

/** A running Janus as a service, for tests that share one. */
export class RealJanus extends Context.Service<RealJanus, RunningJanus>()("@headend/integration/RealJanus") {}

/** One Janus for everything that is built on this layer. */
export const layer = (options: RealJanusOptions = {}): Layer.Layer<RealJanus, RealJanusError> =>
  Layer.effect(RealJanus, make(options))
