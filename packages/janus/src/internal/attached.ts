// A handle of its own on the session: for a watcher in a room, a WHIP publisher, a WHEP viewer.
import { Effect, type Scope } from "effect"
import type { Source } from "../JanusError.ts"
import { type Answer, exchange, type Failure, textOf, unavailable } from "./exchange.ts"
import type { HandleEvent, RawHandle, RawSession } from "./janode.ts"

/** A plugin of Janus that we use. */
export type Plugin = Exclude<Source, "core">

export const pluginName = (plugin: Plugin) => `janus.plugin.${plugin}`

/** An ICE candidate, or the end of them. */
export interface Candidate {
  readonly candidate?: string
  readonly sdpMid?: string
  readonly sdpMLineIndex?: number
  readonly completed?: true
}

/** A handle at a plugin. */
export interface Attached {
  readonly request: (body: Readonly<Record<string, unknown>>, jsep?: Jsep) => Effect.Effect<Answer, Failure>
  /** Tells Janus candidates of the peer. */
  readonly trickle: (candidates: ReadonlyArray<Candidate>) => Effect.Effect<void, Failure>
}

/** An offer or an answer, as Janus writes it. */
export interface Jsep {
  readonly type: "offer" | "answer"
  readonly sdp: string
}

const detachMillis = 2_000

const settled = (promise: Promise<unknown>, timeoutMs: number) =>
  Effect.callback<void>((resume) => {
    const timer = setTimeout(() => resume(Effect.void), timeoutMs)
    const done = () => {
      clearTimeout(timer)
      resume(Effect.void)
    }
    promise.then(done, done)
  })

/** Attaches one. An answer that comes after its time is detached at once. */
export const make = (
  session: RawSession,
  plugin: Plugin,
  timeoutMs: number,
  listener: (event: HandleEvent) => void
): Effect.Effect<Attached, Failure, Scope.Scope> =>
  Effect.suspend(() => {
    let gone = false
    const hear = (event: HandleEvent) => {
      if (event.type === "detached") gone = true
      listener(event)
    }
    const attach = Effect.callback<RawHandle, Failure>((resume) => {
      let late = false
      const timer = setTimeout(() => {
        late = true
        resume(Effect.fail(unavailable(`no answer to attach within ${timeoutMs} ms`)))
      }, timeoutMs)
      session.attach(pluginName(plugin), hear).then(
        (handle) => {
          if (late) return void handle.detach().catch(() => {})
          clearTimeout(timer)
          resume(Effect.succeed(handle))
        },
        (error) => {
          clearTimeout(timer)
          resume(Effect.fail(unavailable(`attach: ${textOf(error)}`, error)))
        }
      )
    })
    const detach = (handle: RawHandle) =>
      Effect.suspend(() => gone ? Effect.void : settled(handle.detach(), detachMillis))
    return Effect.map(Effect.acquireRelease(attach, detach), (handle): Attached => {
      const on = { handle, source: plugin, timeoutMs, onGone: () => hear({ type: "detached" }) }
      return {
        request: (body, jsep) => exchange(on, body, jsep),
        trickle: (candidates) =>
          Effect.asVoid(Effect.tryPromise({
            try: () => handle.send({ janus: "trickle", candidates }, timeoutMs),
            catch: (error) => unavailable(`trickle: ${textOf(error)}`, error)
          }))
      }
    })
  })
