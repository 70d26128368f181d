// A publisher without a browser: the test puts it into a room, and its virtual media flows to the forwarders.
import { knownCodec } from "./codecs.ts"
import type { MediaType, Participant, Stream } from "./model.ts"
import type { Gateway, State } from "./State.ts"
import { enterRoom, leaveRoom, mediaUp, unpublish } from "./videoroomMembers.ts"
import { type Id, isRefusal } from "./wire.ts"

/** A stream of a publisher. */
export interface StreamOptions {
  readonly type: MediaType
  /** The index of the stream by default, as browsers have it. */
  readonly mid?: string
  /** The room's first codec of this type by default. */
  readonly codec?: string
}

/** Who publishes, and what. */
export interface PublishOptions {
  readonly id?: Id
  readonly display?: string
  /** Audio and video by default. */
  readonly streams?: ReadonlyArray<StreamOptions>
}

const DEFAULT: ReadonlyArray<StreamOptions> = [{ type: "audio" }, { type: "video" }]

/** A publisher without a browser behind it. */
export class FakePublisher {
  readonly #state: State
  readonly #gateway: Gateway
  readonly #participant: Participant

  constructor(state: State, gateway: Gateway, participant: Participant) {
    this.#state = state
    this.#gateway = gateway
    this.#participant = participant
  }

  static join(state: State, gateway: Gateway, roomId: Id, options: PublishOptions): FakePublisher {
    const room = state.rooms.get(roomId)
    if (!room) throw new Error(`no room ${roomId}`)
    const who = { id: options.id, display: options.display, handle: undefined }
    const participant = enterRoom(state, gateway, room, who)
    if (isRefusal(participant)) throw new Error(participant.error)
    return new FakePublisher(state, gateway, participant)
  }

  get id(): Id {
    return this.#participant.id
  }

  /** Whether it is in its room and publishes. */
  get published(): boolean {
    return this.#participant.published
  }

  /** Starts to publish; the others hear of it at once. Nothing happens outside of a room. */
  publish(streams: ReadonlyArray<StreamOptions> = DEFAULT) {
    const { room } = this.#participant
    if (!room) return
    this.#participant.streams = streams.map(({ type, mid, codec }, mindex): Stream => {
      const first = type === "audio" ? room.audioCodecs[0] : room.videoCodecs[0]
      return {
        type,
        mindex,
        mid: mid ?? `${mindex}`,
        codec: knownCodec(type, codec ?? first),
        fec: false,
        h264Profile: undefined,
        description: undefined
      }
    })
    mediaUp(this.#gateway, this.#participant)
  }

  /** Stops publishing and stays in the room; its forwarders end. False when it did not publish. */
  unpublish(): boolean {
    if (!this.#participant.published) return false
    if (this.#participant.handle?.pc) this.#gateway.closePc(this.#participant.handle, "Close PC")
    else unpublish(this.#state, this.#gateway, this.#participant)
    return true
  }

  /** Leaves the room; its forwarders end. False when it was in no room. */
  leave(): boolean {
    if (!this.#participant.room) return false
    leaveRoom(this.#state, this.#participant, this.#gateway)
    return true
  }

  /** Still published, but no packet comes any more: a frozen camera or a lost uplink. */
  stall() {
    for (const forwarder of this.#participant.forwarders.values()) this.#state.touch(forwarder)
    this.#participant.sending = false
  }

  resume() {
    this.#participant.sending = true
  }
}
