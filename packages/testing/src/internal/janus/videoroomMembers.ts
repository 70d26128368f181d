// Participants of a room: how they join, publish and leave, and what the others hear of it.
import type { Handle, Participant, Room } from "./model.ts"
import { answerLines, describe, parse, streamsOf } from "./sdp.ts"
import type { Gateway, State } from "./State.ts"
import { byIdType } from "./videoroomAccess.ts"
import { publisherInfo } from "./videoroomInfo.ts"
import * as table from "./videoroomTables.ts"
import {
  type Answer,
  check,
  compact,
  type Fields,
  type Id,
  isRefusal,
  random32,
  randomId,
  type Refusal,
  text
} from "./wire.ts"

const { codes } = table

const others = (gateway: Gateway, room: Room, participant: Participant | undefined, event: Fields) => {
  for (const other of room.participants.values()) {
    if (other !== participant && other.handle) gateway.event(other.handle, event)
  }
}

const dropForwarders = (state: State, participant: Participant) => {
  for (const forwarder of participant.forwarders.values()) state.removeForwarder(forwarder)
}

/** The participant is out of its room; its forwarders end. With a gateway, the others are told. */
export const leaveRoom = (
  state: State,
  participant: Participant,
  gateway?: Gateway,
  word: "leaving" | "kicked" = "leaving"
) => {
  const { room } = participant
  if (!room) return
  dropForwarders(state, participant)
  room.participants.delete(participant.id)
  participant.room = undefined
  participant.published = false
  participant.streams = []
  if (gateway) others(gateway, room, participant, { videoroom: "event", room: room.id, [word]: participant.id })
}

/** The participant stays without media; its forwarders end. Janus says so even when nothing was published. */
export const unpublish = (state: State, gateway: Gateway, participant: Participant) => {
  dropForwarders(state, participant)
  participant.published = false
  participant.streams = []
  const { room } = participant
  if (room) others(gateway, room, participant, { videoroom: "event", room: room.id, unpublished: participant.id })
}

/** The media of a participant is up: from now on it counts as a publisher. */
export const mediaUp = (gateway: Gateway, participant: Participant) => {
  const { room } = participant
  if (!room || participant.published) return
  participant.published = true
  others(gateway, room, participant, { videoroom: "event", room: room.id, publishers: [publisherInfo(participant)] })
}

/** Puts somebody into a room, whoever that is: a handle, or a publisher made by the test. */
export const enterRoom = (
  state: State,
  gateway: Gateway,
  room: Room,
  who: { readonly id: Id | undefined; readonly display: string | undefined; readonly handle: Handle | undefined }
): Participant | Refusal => {
  const chosen = who.id === undefined || who.id === 0 ? undefined : who.id
  if (chosen !== undefined && room.participants.has(chosen)) {
    return { code: 436, error: `User ID ${chosen} already exists` }
  }
  const participant: Participant = {
    id: chosen ?? (state.settings.stringIds ? crypto.randomUUID() : randomId()),
    roomId: room.id,
    privateId: random32(),
    handle: who.handle,
    forwarders: new Map(),
    display: who.display,
    room,
    streams: [],
    published: false,
    sending: true,
    kicked: false
  }
  room.participants.set(participant.id, participant)
  if (room.notifyJoining) {
    const joining = compact({ id: participant.id, display: participant.display })
    others(gateway, room, participant, { videoroom: "event", room: room.id, joining })
  }
  return participant
}

const badDescriptions = (body: Fields): Refusal | undefined => {
  if (!Array.isArray(body.descriptions)) return undefined
  for (const one of body.descriptions) {
    const wrong = check(one, table.describable, codes)
    if (wrong) return wrong
  }
  return undefined
}

/** Takes the offer of a publisher, if the room has a place for it. */
const negotiate = (
  state: State,
  gateway: Gateway,
  participant: Participant,
  room: Room,
  jsep: Fields,
  body: Fields
): Refusal | { readonly data: Fields; readonly jsep: Fields } => {
  const publishing = [...room.participants.values()].filter((one) => one !== participant && one.published).length
  if (!participant.published && publishing === room.maxPublishers) {
    return { code: 432, error: `Maximum number of publishers (${room.maxPublishers}) already reached` }
  }
  if (room.requireE2ee && jsep.e2ee !== true) {
    return { code: 433, error: "Room requires end-to-end encrypted media" }
  }
  const offer = parse(text(jsep.sdp) ?? "")
  const wanted = (name: string, all: ReadonlyArray<string>) => {
    const codec = text(body[name])?.toLowerCase()
    return codec === undefined ? all : [codec]
  }
  participant.streams = streamsOf(
    offer,
    wanted("audiocodec", room.audioCodecs),
    wanted("videocodec", room.videoCodecs)
  )
  const { handle } = participant
  if (handle) gateway.negotiate(handle, "negotiated", offer[0]?.mid ?? "0")
  const { audio_codec, video_codec, streams } = publisherInfo(participant)
  return {
    data: compact({ audio_codec, video_codec, streams }),
    jsep: {
      type: "answer",
      sdp: describe(`VideoRoom ${room.id}`, answerLines(offer, participant.streams), {
        address: state.settings.address,
        setup: "active",
        candidates: state.candidates()
      })
    }
  }
}

/** `join` or `joinandconfigure` as a publisher. */
export const joinPublisher = (
  state: State,
  gateway: Gateway,
  handle: Handle,
  room: Room,
  body: Fields,
  jsep: Fields | undefined
): Answer => {
  const wrong = check(body, table.displayable, codes) ?? check(body, byIdType(state, table.maybeUserId), codes) ??
    badDescriptions(body)
  if (wrong) return wrong
  if (room.allowed && !room.allowed.has(text(body.token) ?? "")) {
    return { code: 433, error: "Unauthorized (not in the allowed list)" }
  }
  const participant = enterRoom(state, gateway, room, {
    id: body.id as Id | undefined,
    display: text(body.display),
    handle
  })
  if (isRefusal(participant)) return participant
  handle.participant = participant
  const present = [...room.participants.values()].filter((one) => one !== participant)
  const joined = compact({
    videoroom: "joined",
    room: room.id,
    description: room.description,
    id: participant.id,
    private_id: participant.privateId,
    publishers: present.filter(({ published }) => published).map(publisherInfo),
    attendees: room.notifyJoining ?
      present.filter(({ published }) => !published).map(({ id, display }) => compact({ id, display })) :
      undefined
  })
  if (jsep?.type !== "offer") return { data: joined }
  const done = negotiate(state, gateway, participant, room, jsep, body)
  return isRefusal(done) ? done : { data: { ...joined, ...done.data }, jsep: done.jsep }
}

const configure = (
  state: State,
  gateway: Gateway,
  participant: Participant,
  room: Room,
  body: Fields,
  jsep: Fields | undefined
): Answer => {
  if (participant.kicked) return { code: 433, error: "Unauthorized, you have been kicked" }
  const wrong = check(body, table.publishable, codes) ?? badDescriptions(body)
  if (wrong) return wrong
  const display = text(body.display)
  if (display !== undefined && display !== participant.display) {
    participant.display = display
    others(gateway, room, participant, { videoroom: "event", id: participant.id, display })
  }
  const configured = { videoroom: "event", room: room.id, configured: "ok" }
  if (jsep?.type !== "offer") return { data: configured }
  const done = negotiate(state, gateway, participant, room, jsep, body)
  return isRefusal(done) ? done : { data: { ...configured, ...done.data }, jsep: done.jsep }
}

/** Whatever somebody who is or was a publisher on this handle asks for. */
export const memberRequest = (
  state: State,
  gateway: Gateway,
  handle: Handle,
  participant: Participant,
  request: string,
  body: Fields,
  jsep: Fields | undefined
): Answer => {
  const joining = request === "join" || request === "joinandconfigure"
  const { room } = participant
  if (!room) {
    return joining ? { code: 425, error: "Not in a room (create a new handle)" } : { code: 426, error: "No such room" }
  }
  if (joining) return { code: 425, error: "Already in as a publisher on this handle" }
  switch (request) {
    case "publish":
    case "configure":
      if (request === "publish" && participant.published) {
        return { code: 434, error: "Can't publish, already published" }
      }
      return configure(state, gateway, participant, room, body, jsep)
    case "unpublish":
      if (!participant.published) return { code: 435, error: "Can't unpublish, not published" }
      gateway.closePc(handle, "Close PC")
      return { data: { videoroom: "event", room: room.id, unpublished: "ok" } }
    case "leave":
      leaveRoom(state, participant, gateway)
      return { data: { videoroom: "event", room: room.id, leaving: "ok" } }
    default:
      return { code: 423, error: `Unknown request '${request}'` }
  }
}
