// A peer connection as effects: it closes with its scope, and tells when it is lost.
import { type Duration, Effect, Schema, type Scope } from "effect"
import { configuration } from "./ice.ts"

/** The connection broke, or never came about. */
export class PeerLost extends Schema.TaggedError<PeerLost>()("PeerLost", { reason: Schema.String }) {
  override get message() {
    return this.reason
  }
}

export const acquire: Effect.Effect<RTCPeerConnection, never, Scope.Scope> = Effect.acquireRelease(
  Effect.sync(() => new RTCPeerConnection(configuration())),
  (peer) => Effect.sync(() => peer.close())
)

/** One of the connection's own steps. */
export const step = <A>(does: () => Promise<A>): Effect.Effect<A, PeerLost> =>
  Effect.tryPromise({
    try: does,
    catch: (cause) => new PeerLost({ reason: cause instanceof Error ? cause.message : String(cause) })
  })

const on = (peer: RTCPeerConnection, event: string, is: () => boolean): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (is()) return resume(Effect.void)
    const look = () => {
      if (!is()) return
      peer.removeEventListener(event, look)
      resume(Effect.void)
    }
    peer.addEventListener(event, look)
    return Effect.sync(() => peer.removeEventListener(event, look))
  })

/** The local description with the candidates that were found within a second. */
export const described = (peer: RTCPeerConnection): Effect.Effect<string, PeerLost> =>
  step(() => peer.setLocalDescription()).pipe(
    Effect.andThen(
      on(peer, "icegatheringstatechange", () => peer.iceGatheringState === "complete").pipe(
        Effect.timeoutOption("1 second")
      )
    ),
    Effect.andThen(Effect.sync(() => peer.localDescription?.sdp ?? ""))
  )

const gone = new Set<RTCPeerConnectionState>(["failed", "closed"])

/** Waits until media can flow. */
export const connected = (peer: RTCPeerConnection, within: Duration.Input): Effect.Effect<void, PeerLost> =>
  on(peer, "connectionstatechange", () => peer.connectionState === "connected" || gone.has(peer.connectionState)).pipe(
    Effect.timeoutOption(within),
    Effect.andThen(Effect.suspend(() =>
      peer.connectionState === "connected"
        ? Effect.void
        : Effect.fail(new PeerLost({ reason: "no connection to the media server came about" }))
    ))
  )

/** Fails when the connection has ended, or has been interrupted for two seconds. */
export const lost = (peer: RTCPeerConnection): Effect.Effect<never, PeerLost> =>
  Effect.gen(function*() {
    while (true) {
      yield* on(
        peer,
        "connectionstatechange",
        () => peer.connectionState === "disconnected" || gone.has(peer.connectionState)
      )
      if (!gone.has(peer.connectionState)) yield* Effect.sleep("2 seconds")
      if (peer.connectionState !== "connected") {
        return yield* new PeerLost({ reason: "the connection to the media server was lost" })
      }
    }
  })
