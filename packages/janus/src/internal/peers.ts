// The sessions of WHIP and WHEP clients: a handle each, kept by an id that nobody can guess until the peer is gone.
import type { ServerUnavailable } from "@headend/core/Failure"
import { Effect, Exit, FiberSet, Option, Schema, Scope } from "effect"
import { randomUUID } from "node:crypto"
import { type Attached, type Failure, type HandleEvent, JanusConnection, type Plugin } from "../JanusConnection.ts"
import {
  DescriptionRefused,
  EtagMismatch,
  FragmentRefused,
  ResourceMissing,
  RestartUnsupported
} from "../SignallingError.ts"
import { unavailable } from "./exchange.ts"
import * as Sdp from "./sdp.ts"

/** How long Janus may take to tell its candidates, and a peer to connect. */
const gatheringMillis = 2_000
const connectingMillis = 30_000

/**
 * A publisher from whom nothing has come on any line for so long is gone. Janus alone would keep it for ever when it
 * vanished without a word, unless it runs with `ice_consent_freshness`.
 */
const silentMillis = 15_000

const Description = Schema.decodeUnknownOption(
  Schema.Struct({ type: Schema.Literals(["offer", "answer"]), sdp: Schema.String })
)

const CandidateEvent = Schema.decodeUnknownOption(Schema.Struct({ candidate: Schema.String }))

export class Peer {
  readonly id = randomUUID()
  readonly scope: Scope.Closeable
  /** What this side has said, as the client knows it, and whose mids a fragment names. */
  etag = ""
  mids: ReadonlyArray<string> = []
  clientUfrag: string | undefined
  /** Called once it is gone, however that came about. */
  onGone: () => void = () => {}
  /** It sends audio or video, so silence means something. */
  sendsMedia = false
  isUp = false
  isOver = false
  /** Its handle is gone already: nothing can be said on it. */
  isLost = false
  readonly #candidates: Array<string> = []
  #complete = false
  #told: () => void = () => {}
  readonly #end: (peer: Peer) => void
  readonly #sending = new Set<string>()
  #silence: ReturnType<typeof setTimeout> | undefined

  constructor(scope: Scope.Closeable, end: (peer: Peer) => void) {
    this.scope = scope
    this.#end = end
  }

  #media(mid: string, receiving: boolean) {
    if (receiving) this.#sending.add(mid)
    else this.#sending.delete(mid)
    this.#watchSilence()
  }

  #watchSilence() {
    clearTimeout(this.#silence)
    if (this.sendsMedia && this.#sending.size === 0 && !this.isOver) {
      this.#silence = setTimeout(() => this.#end(this), silentMillis)
    }
  }

  /** Nothing of it must go on when it is over. */
  over() {
    this.isOver = true
    clearTimeout(this.#silence)
    this.onGone()
  }

  hear = (event: HandleEvent, isStop: (data: unknown) => boolean): void => {
    switch (event.type) {
      case "candidate": {
        const told = Option.getOrUndefined(CandidateEvent(event.candidate))
        if (told !== undefined) this.#candidates.push(told.candidate.replace(/^a=/, ""))
        return
      }
      case "candidates_complete":
        this.#complete = true
        return this.#told()
      case "webrtcup":
        this.isUp = true
        return this.#watchSilence()
      case "media":
        return this.#media(event.mid, event.receiving)
      case "plugin":
        return isStop(event.data) ? this.#end(this) : undefined
      case "detached":
        this.isLost = true
        return this.#end(this)
      case "hangup":
        return this.#end(this)
    }
  }

  /** Waits for the candidates of Janus, but not for long, and puts them in. */
  gathered(sdp: string): Effect.Effect<string> {
    if (Sdp.hasCandidates(sdp)) return Effect.succeed(sdp)
    return Effect.callback<void>((resume) => {
      if (this.#complete) return resume(Effect.void)
      this.#told = () => resume(Effect.void)
    }).pipe(
      Effect.timeoutOption(gatheringMillis),
      Effect.map(() => Sdp.withCandidates(sdp, this.#candidates))
    )
  }
}

/** Reads a description out of an answer. */
export const descriptionOf = (
  jsep: unknown,
  type: "offer" | "answer"
): Effect.Effect<string, ServerUnavailable | DescriptionRefused> =>
  Option.match(Option.filter(Description(jsep), (found) => found.type === type), {
    onNone: () => Effect.fail(unavailable(`Janus gave no ${type}`)),
    onSome: ({ sdp }) =>
      Sdp.isRejected(sdp)
        ? Effect.fail(new DescriptionRefused({ reason: "there is no codec in common" }))
        : Effect.succeed(sdp)
  })

export interface Peers {
  /** Attaches a handle and lets `talk` use it; the peer is kept when that succeeds. */
  readonly open: <A, E, R>(
    isStop: (data: unknown) => boolean,
    talk: (handle: Attached, peer: Peer) => Effect.Effect<A, E, R>
  ) => Effect.Effect<A, E | Failure, R>
  readonly use: (id: string) => Effect.Effect<{ readonly peer: Peer; readonly handle: Attached }, ResourceMissing>
  /** Tells Janus candidates of the client. */
  readonly trickle: (
    id: string,
    fragment: string,
    ifMatch: string | undefined
  ) => Effect.Effect<
    void,
    ResourceMissing | EtagMismatch | FragmentRefused | RestartUnsupported | Failure
  >
  readonly remove: (id: string) => Effect.Effect<void, ResourceMissing>
}

/** Those of one plugin. All end with the scope. */
export const make = (plugin: Plugin): Effect.Effect<Peers, never, JanusConnection | Scope.Scope> =>
  Effect.gen(function*() {
    const connection = yield* JanusConnection
    const kept = new Map<string, { readonly peer: Peer; readonly handle: Attached }>()
    yield* Effect.addFinalizer(() =>
      Effect.forEach([...kept.values()], ({ peer }) => close(peer), { concurrency: 16, discard: true })
    )
    const run = yield* FiberSet.makeRuntime<never>()

    const close = (peer: Peer) =>
      Effect.suspend(() => {
        if (peer.isOver) return Effect.void
        kept.delete(peer.id)
        peer.over()
        return Scope.close(peer.scope, Exit.void)
      })
    const end = (peer: Peer) => void run(close(peer))

    const use: Peers["use"] = (id) =>
      Effect.suspend(() => {
        const found = kept.get(id)
        return found === undefined ? Effect.fail(new ResourceMissing({ id })) : Effect.succeed(found)
      })

    const open: Peers["open"] = (isStop, talk) =>
      Effect.flatMap(Scope.make(), (scope) => {
        const peer = new Peer(scope, end)
        const listener = (event: HandleEvent) => peer.hear(event, isStop)
        return Scope.provide(connection.attach(plugin, listener), scope).pipe(
          Effect.flatMap((handle) =>
            Effect.flatMap(talk(handle, peer), (answer) => {
              if (peer.isOver) return Effect.fail(unavailable("the peer was lost while it was connecting"))
              kept.set(peer.id, { peer, handle })
              return Effect.succeed(answer)
            })
          ),
          Effect.onError(() => close(peer)),
          Effect.tap(() =>
            Effect.sync(() => {
              // a client that never comes would stay in the room for ever
              run(Effect.andThen(
                Effect.sleep(connectingMillis),
                Effect.suspend(() => peer.isUp ? Effect.void : close(peer))
              ))
            })
          )
        )
      })

    const trickle: Peers["trickle"] = Effect.fnUntraced(function*(id, text, ifMatch) {
      const { handle, peer } = yield* use(id)
      const read = Sdp.fragment(text, peer.mids)
      if (typeof read === "string") return yield* new FragmentRefused({ reason: read })
      const isRestart = read.ufrag !== undefined && peer.clientUfrag !== undefined && read.ufrag !== peer.clientUfrag
      if (isRestart || ifMatch === "*") return yield* new RestartUnsupported({ id })
      if (ifMatch !== undefined && ifMatch !== peer.etag) return yield* new EtagMismatch({ etag: peer.etag })
      if (read.candidates.length > 0) yield* handle.trickle(read.candidates)
    })

    const remove = (id: string) => Effect.flatMap(use(id), ({ peer }) => close(peer))

    return { open, use, trickle, remove }
  })
