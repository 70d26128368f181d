// One life of the connection: socket, session, and the two handles for management. It ends with its scope.
import { Data, Effect, Option, Redacted, Schema, type Scope } from "effect"
import type { Settings } from "../JanusConfig.ts"
import { pluginName } from "./attached.ts"
import { textOf } from "./exchange.ts"
import * as Janode from "./janode.ts"

export interface Link {
  readonly connection: Janode.RawConnection
  readonly session: Janode.RawSession
  readonly streaming: Janode.RawHandle
  readonly videoroom: Janode.RawHandle
  readonly version: number
  readonly versionText: string
}

/** Why there is no link. `silent`: somebody accepts the connection, and says nothing. */
export class OpenFailed extends Data.TaggedError("OpenFailed")<{ readonly reason: string; readonly silent: boolean }> {}

const ServerInfo = Schema.decodeUnknownOption(Schema.Struct({ version: Schema.Int, version_string: Schema.String }))

const silence = "it does not answer"

const step = <A>(name: string, timeoutMs: number, promise: (signal: AbortSignal) => Promise<A>) =>
  Effect.tryPromise({
    try: promise,
    catch: (error) => {
      const text = textOf(error)
      return text.includes("handshake has timed out")
        ? new OpenFailed({ reason: silence, silent: true })
        : new OpenFailed({ reason: `${name}: ${text}`, silent: false })
    }
  }).pipe(Effect.timeoutOrElse({
    duration: timeoutMs,
    orElse: () => Effect.fail(new OpenFailed({ reason: silence, silent: true }))
  }))

const goodbyeMillis = 500

/** Opens it. `onEnd` is called once, when the socket, the session or a handle is lost. */
export const open = (
  settings: Settings,
  timeoutMs: number,
  onEnd: (reason: string) => void
): Effect.Effect<Link, OpenFailed, Scope.Scope> =>
  Effect.suspend(() => {
    let ended: string | undefined
    const end = (reason: string) => {
      if (ended !== undefined) return
      ended = reason
      onEnd(reason)
    }
    return Effect.mapError(
      begin(settings, timeoutMs, end, () => ended !== undefined),
      (error) => ended === undefined || error.silent ? error : new OpenFailed({ reason: ended, silent: false })
    )
  })

const begin = (settings: Settings, timeoutMs: number, end: (reason: string) => void, isOver: () => boolean) =>
  Effect.gen(function*() {
    const optional = (secret: Redacted.Redacted | undefined) =>
      secret === undefined ? undefined : Redacted.value(secret)
    const apiSecret = optional(settings.apiSecret)
    const token = optional(settings.token)
    const connection = yield* Effect.acquireRelease(
      step("connect", timeoutMs + 500, (signal) =>
        Janode.dial({
          url: settings.url,
          ...(apiSecret === undefined ? {} : { apiSecret }),
          ...(token === undefined ? {} : { token }),
          handshakeTimeoutMs: timeoutMs,
          signal,
          onClose: end
        })),
      (connection) => Effect.sync(connection.terminate),
      { interruptible: true }
    )
    // a session that is not destroyed lives on as long as Janus lets sessions be claimed again
    const session = yield* Effect.acquireRelease(
      step("create session", timeoutMs, () => connection.createSession(() => end("the session was ended"))),
      (session) => Effect.suspend(() => isOver() ? Effect.void : farewell(session)),
      { interruptible: true }
    )
    const { version, version_string } = yield* Effect.mapError(
      Effect.flatMap(step("info", timeoutMs, connection.serverInfo), (info) => Effect.fromOption(ServerInfo(info))),
      (error) =>
        error._tag === "OpenFailed"
          ? error
          : new OpenFailed({ reason: "it does not say which version it is", silent: false })
    )
    const manage = (plugin: "streaming" | "videoroom") =>
      step(`attach ${plugin}`, timeoutMs, () =>
        session.attach(pluginName(plugin), (event) => {
          if (event.type === "detached") end(`the ${plugin} handle was detached`)
        }))
    const streaming = yield* manage("streaming")
    const videoroom = yield* manage("videoroom")
    return { connection, session, streaming, videoroom, version, versionText: version_string }
  })

const farewell = (session: Janode.RawSession) =>
  Effect.ignore(Effect.timeoutOption(Effect.tryPromise(() => session.destroy()), goodbyeMillis))

/**
 * Asks every `everyMs` whether Janus is still there, which also keeps the session; done when it has been silent for as
 * long after a question. A pause of this process itself is told from one of Janus by the timer's own lateness.
 */
export const heartbeat = (link: Link, everyMs: number): Effect.Effect<string> =>
  Effect.gen(function*() {
    let excused = 0
    while (true) {
      yield* Effect.sleep(everyMs)
      const asked = Date.now()
      const answer = yield* Effect.tryPromise({ try: link.session.keepalive, catch: textOf }).pipe(
        Effect.timeoutOption(everyMs),
        Effect.result
      )
      if (answer._tag === "Failure") return answer.failure
      if (Option.isSome(answer.success) || link.connection.heardAt() >= asked) {
        excused = 0
        continue
      }
      const late = Date.now() - asked - everyMs > 500
      if (!late || ++excused > 2) return silence
    }
  })

export { silence }
