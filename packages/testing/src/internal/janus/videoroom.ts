// The synchronous requests of the VideoRoom plugin about rooms. Order of checks and texts are those of Janus 1.1.2.
import { isAudioCodec, isVideoCodec } from "./codecs.ts"
import type { Room } from "./model.ts"
import type { Gateway, State } from "./State.ts"
import { accessRoom, byIdType } from "./videoroomAccess.ts"
import { listForwarders, rtpForward, stopRtpForward } from "./videoroomForward.ts"
import { leaveRoom } from "./videoroomMembers.ts"
import * as table from "./videoroomTables.ts"
import {
  type Answer,
  check,
  checkSecret,
  compact,
  type Fields,
  type Id,
  integer,
  isRefusal,
  randomId,
  type Refusal,
  text
} from "./wire.ts"

const { codes } = table

const named = (state: State, body: Fields, purpose: "read" | "modify"): Room | Refusal =>
  check(body, byIdType(state, table.roomId), codes) ?? accessRoom(state, body, purpose)

const codecs = (value: unknown, fallback: string): ReadonlyArray<string> =>
  (text(value) ?? fallback).split(",").slice(0, 5).map((name) => name.toLowerCase())

const badCodecs = (body: Fields): Refusal | undefined => {
  if (body.audiocodec !== undefined && !codecs(body.audiocodec, "").every(isAudioCodec)) {
    return {
      code: 430,
      error: "Invalid element (audiocodec can only be or contain opus, isac32, isac16, pcmu, pcma or g722)"
    }
  }
  if (body.videocodec !== undefined && !codecs(body.videocodec, "").every(isVideoCodec)) {
    return { code: 430, error: "Invalid element (videocodec can only be or contain vp8, vp9, av1, h264 or h265)" }
  }
  return undefined
}

/** Janus does not go below 64 kbit/s. */
const atLeast64k = (bitrate: number) => bitrate > 0 ? Math.max(bitrate, 64_000) : 0

const freshId = (state: State): Id => {
  const id = state.settings.stringIds ? crypto.randomUUID() : randomId()
  return state.rooms.has(id) ? freshId(state) : id
}

const make = (body: Fields, id: Id): Room => ({
  id,
  participants: new Map(),
  description: text(body.description) || `Room ${id}`,
  secret: text(body.secret) ?? null,
  pin: text(body.pin) ?? null,
  isPrivate: body.is_private === true,
  requirePvtid: body.require_pvtid === true,
  requireE2ee: body.require_e2ee === true,
  maxPublishers: body.publishers === undefined ? 3 : integer(body.publishers),
  bitrate: atLeast64k(integer(body.bitrate)),
  bitrateCap: body.bitrate_cap === true,
  firFreq: integer(body.fir_freq),
  audioCodecs: codecs(body.audiocodec, "opus"),
  videoCodecs: codecs(body.videocodec, "vp8"),
  opusFec: body.opus_fec !== false && codecs(body.audiocodec, "opus").includes("opus"),
  opusDtx: body.opus_dtx === true,
  videoSvc: body.video_svc === true,
  record: body.record === true,
  recDir: text(body.rec_dir),
  lockRecord: body.lock_record === true,
  notifyJoining: body.notify_joining === true,
  audiolevelExt: body.audiolevel_ext !== false,
  audiolevelEvent: body.audiolevel_event === true,
  audioActivePackets: integer(body.audio_active_packets) || 100,
  audioLevelAverage: integer(body.audio_level_average) || 25,
  videoorientExt: body.videoorient_ext !== false,
  playoutdelayExt: body.playoutdelay_ext !== false,
  transportWideCcExt: body.transport_wide_cc_ext !== false,
  allowed: Array.isArray(body.allowed) ? new Set(body.allowed as ReadonlyArray<string>) : undefined
})

const create = (state: State, body: Fields): Answer => {
  const wrong = check(body, table.creatable, codes) ??
    check(body, byIdType(state, table.maybeRoomId), codes) ??
    checkSecret(state.settings.videoroomAdminKey, body, "admin_key", codes) ??
    badCodecs(body)
  if (wrong) return wrong
  if (Array.isArray(body.allowed) && body.allowed.some((token) => typeof token !== "string")) {
    return { code: 430, error: "Invalid element in the allowed array (not a string)" }
  }
  const given = body.room as Id | undefined
  const id = given === undefined || given === 0 ? freshId(state) : given
  if (state.rooms.has(id)) return { code: 427, error: `Room ${id} already exists` }
  const room = make(body, id)
  state.rooms.set(id, room)
  const permanent = body.permanent === true
  if (permanent) state.saved.rooms.set(id, { ...room })
  return { data: { videoroom: "created", room: id, permanent } }
}

const edit = (state: State, body: Fields): Answer => {
  const wrong = check(body, byIdType(state, table.roomId), codes) ?? check(body, table.editable, codes)
  if (wrong) return wrong
  const room = accessRoom(state, body, "modify")
  if (isRefusal(room)) return room
  if (text(body.new_description)) room.description = text(body.new_description) ?? room.description
  if (text(body.new_secret)) room.secret = text(body.new_secret) ?? null
  if (text(body.new_pin)) room.pin = text(body.new_pin) ?? null
  if (body.new_is_private !== undefined) room.isPrivate = body.new_is_private === true
  if (body.new_require_pvtid !== undefined) room.requirePvtid = body.new_require_pvtid === true
  if (body.new_publishers !== undefined) room.maxPublishers = integer(body.new_publishers)
  if (body.new_bitrate !== undefined) room.bitrate = atLeast64k(integer(body.new_bitrate))
  if (body.new_fir_freq !== undefined) room.firFreq = integer(body.new_fir_freq)
  if (body.new_lock_record !== undefined) room.lockRecord = body.new_lock_record === true
  if (body.new_rec_dir !== undefined) room.recDir = text(body.new_rec_dir)
  const permanent = body.permanent === true
  if (permanent) state.saved.rooms.set(room.id, { ...room })
  return { data: { videoroom: "edited", room: room.id, permanent } }
}

const destroy = (state: State, gateway: Gateway, body: Fields): Answer => {
  const wrong = check(body, byIdType(state, table.roomId), codes) ?? check(body, table.destroyable, codes)
  if (wrong) return wrong
  const room = accessRoom(state, body, "modify")
  if (isRefusal(room)) return room
  state.rooms.delete(room.id)
  for (const participant of room.participants.values()) {
    leaveRoom(state, participant)
    if (!participant.handle) continue
    gateway.event(participant.handle, { videoroom: "destroyed", room: room.id })
    gateway.closePc(participant.handle, "Close PC")
  }
  const permanent = body.permanent === true
  if (permanent) state.saved.rooms.delete(room.id)
  return { data: { videoroom: "destroyed", room: room.id, permanent } }
}

const listed = (room: Room): Fields =>
  compact({
    room: room.id,
    description: room.description,
    pin_required: room.pin !== null,
    is_private: room.isPrivate,
    max_publishers: room.maxPublishers,
    bitrate: room.bitrate,
    bitrate_cap: room.bitrateCap || undefined,
    fir_freq: room.firFreq,
    require_pvtid: room.requirePvtid,
    require_e2ee: room.requireE2ee,
    dummy_publisher: false,
    notify_joining: room.notifyJoining,
    audiocodec: room.audioCodecs.join(","),
    videocodec: room.videoCodecs.join(","),
    opus_fec: room.opusFec || undefined,
    opus_dtx: room.opusDtx || undefined,
    video_svc: room.videoSvc || undefined,
    record: room.record,
    rec_dir: room.recDir,
    lock_record: room.lockRecord,
    num_participants: room.participants.size,
    audiolevel_ext: room.audiolevelExt,
    audiolevel_event: room.audiolevelEvent,
    audio_active_packets: room.audiolevelEvent ? room.audioActivePackets : undefined,
    audio_level_average: room.audiolevelEvent ? room.audioLevelAverage : undefined,
    videoorient_ext: room.videoorientExt,
    playoutdelay_ext: room.playoutdelayExt,
    transport_wide_cc_ext: room.transportWideCcExt
  })

const list = (state: State, body: Fields): Answer => {
  let all = false
  if (state.settings.videoroomAdminKey !== null && text(body.admin_key)) {
    const wrong = checkSecret(state.settings.videoroomAdminKey, body, "admin_key", codes)
    if (wrong) return wrong
    all = true
  }
  const rooms = [...state.rooms.values()].filter((room) => all || !room.isPrivate)
  return { data: { videoroom: "success", list: rooms.map(listed) } }
}

const exists = (state: State, body: Fields): Answer =>
  check(body, byIdType(state, table.roomId), codes) ??
    { data: { videoroom: "success", room: body.room, exists: state.rooms.has(body.room as Id) } }

const listParticipants = (state: State, body: Fields): Answer => {
  const room = named(state, body, "read")
  if (isRefusal(room)) return room
  const participants = [...room.participants.values()].map(({ id, display, published }) =>
    compact({ id, display, publisher: published })
  )
  return { data: { videoroom: "participants", room: room.id, participants } }
}

const kick = (state: State, gateway: Gateway, body: Fields): Answer => {
  const wrong = check(body, byIdType(state, table.roomId), codes) ??
    check(body, byIdType(state, table.userId), codes) ??
    check(body, table.kickable, codes)
  if (wrong) return wrong
  const room = accessRoom(state, body, "modify")
  if (isRefusal(room)) return room
  const participant = room.participants.get(body.id as Id)
  if (!participant) return { code: 428, error: `No such user ${body.id} in room ${room.id}` }
  participant.kicked = true
  const { handle } = participant
  if (handle) gateway.event(handle, { videoroom: "event", room: room.id, leaving: "ok", reason: "kicked" })
  leaveRoom(state, participant, gateway, "kicked")
  if (handle) gateway.closePc(handle, "Close PC")
  return { data: { videoroom: "success" } }
}

/** Answers a synchronous request; undefined for one that is asynchronous or unknown. */
export const videoroomNow = (state: State, gateway: Gateway, request: string, body: Fields): Answer | undefined => {
  switch (request) {
    case "create":
      return create(state, body)
    case "edit":
      return edit(state, body)
    case "destroy":
      return destroy(state, gateway, body)
    case "list":
      return list(state, body)
    case "exists":
      return exists(state, body)
    case "listparticipants":
      return listParticipants(state, body)
    case "kick":
      return kick(state, gateway, body)
    case "rtp_forward":
      return rtpForward(state, body)
    case "stop_rtp_forward":
      return stopRtpForward(state, body)
    case "listforwarders":
      return listForwarders(state, body)
    default:
      return undefined
  }
}
