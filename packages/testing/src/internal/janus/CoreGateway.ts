// The side of the Janus core that plugins see: events to clients, and peer connections that only exist in signalling.
import type { Handle } from "./model.ts"
import type { Gateway, State } from "./State.ts"
import { stopWatching } from "./streamingViewer.ts"
import { leaveRoom, mediaUp, unpublish } from "./videoroomMembers.ts"
import { compact, type Fields } from "./wire.ts"

export class CoreGateway implements Gateway {
  readonly #state: State
  readonly #timers = new Set<ReturnType<typeof setTimeout>>()

  constructor(state: State) {
    this.#state = state
  }

  #send(handle: Handle, janus: string, fields: Fields) {
    handle.session.channel?.send({ janus, session_id: handle.session.id, sender: handle.id, ...fields })
  }

  #after(handle: Handle, millis: number, run: () => void) {
    const { pc } = handle
    const timer = setTimeout(() => {
      this.#timers.delete(timer)
      if (pc !== undefined && handle.pc === pc) run()
    }, millis)
    this.#timers.add(timer)
  }

  event(handle: Handle, data: Fields, transaction?: string, jsep?: Fields) {
    this.#send(handle, "event", compact({ transaction, plugindata: { plugin: handle.plugin, data }, jsep }))
  }

  negotiate(handle: Handle, state: "offered" | "negotiated", mid: string) {
    const fresh = handle.pc === undefined
    handle.pc ??= { state }
    if (handle.pc.state !== "up") handle.pc.state = state
    if (fresh && this.#state.settings.fullTrickle) this.#after(handle, 1, () => this.#trickle(handle, mid))
    if (state === "negotiated" && handle.pc.state !== "up" && Number.isFinite(this.#state.settings.connectMillis)) {
      this.#after(handle, this.#state.settings.connectMillis, () => this.connect(handle))
    }
  }

  #trickle(handle: Handle, mid: string) {
    const candidate = { sdpMid: mid, sdpMLineIndex: 0, candidate: this.#state.candidate() }
    this.#send(handle, "trickle", { candidate })
    this.#send(handle, "trickle", { candidate: { completed: true } })
  }

  /** ICE and DTLS are done, as they are some time after the answer. */
  connect(handle: Handle) {
    if (handle.pc?.state !== "negotiated") return
    handle.pc.state = "up"
    this.#send(handle, "webrtcup", {})
    const { participant, viewer } = handle
    if (viewer && !viewer.started) {
      viewer.started = true
      this.event(handle, { streaming: "event", result: { status: "started" } })
    }
    if (!participant?.room) return
    mediaUp(this, participant)
    for (const { mid, type } of participant.streams) {
      if (type !== "data") this.#send(handle, "media", { mid, type, receiving: true })
    }
  }

  closePc(handle: Handle, reason: string) {
    if (!handle.pc) return
    handle.pc = undefined
    this.mediaDown(handle)
    this.#send(handle, "hangup", { reason })
  }

  /** The client asked for it; without a peer connection the plugin still acts as if there had been one. */
  hangup(handle: Handle) {
    if (handle.pc) this.closePc(handle, "Janus API")
    else this.mediaDown(handle)
  }

  mediaDown(handle: Handle) {
    stopWatching(handle)
    if (handle.participant?.room) unpublish(this.#state, this, handle.participant)
  }

  /** The handle goes, and with it its viewer or participant. Janus says `unpublished` twice, for media and for handle. */
  detach(handle: Handle) {
    handle.session.handles.delete(handle.id)
    if (handle.pc) this.#send(handle, "hangup", { reason: "Detach" })
    handle.pc = undefined
    this.mediaDown(handle)
    if (!handle.participant?.room) return
    unpublish(this.#state, this, handle.participant)
    leaveRoom(this.#state, handle.participant, this)
  }

  detached(handle: Handle) {
    this.#send(handle, "detached", {})
  }

  stop() {
    for (const timer of this.#timers) clearTimeout(timer)
    this.#timers.clear()
  }
}
