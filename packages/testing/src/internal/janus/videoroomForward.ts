// rtp_forward and its two companions. Success with nothing done is how Janus answers an unknown mid, and so do we.
import type { Forwarder, Participant, Room, Stream } from "./model.ts"
import type { State } from "./State.ts"
import { accessRoom, byIdType } from "./videoroomAccess.ts"
import * as table from "./videoroomTables.ts"
import {
  type Answer,
  check,
  checkSecret,
  compact,
  type Fields,
  type Id,
  integer,
  isFields,
  isRefusal,
  port16,
  random32,
  type Refusal,
  text
} from "./wire.ts"

const { codes } = table
const invalid = (error: string): Refusal => ({ code: 430, error })

/** Only what needs no name server: addresses and localhost. Every other name cannot be resolved here. */
const resolveHost = (host: string): string | undefined => {
  if (host === "localhost") return "127.0.0.1"
  return /^\d{1,3}(\.\d{1,3}){3}$/.test(host) || /^[0-9a-f:]*:[0-9a-f:.]*$/i.test(host) ? host : undefined
}

const badFamily = (family: unknown): Refusal | undefined => {
  const name = text(family)?.toLowerCase()
  return name === undefined || name === "ipv4" || name === "ipv6" ?
    undefined :
    invalid(`Unsupported protocol family (${text(family)})`)
}

const badHost = (host: string): Refusal | undefined =>
  resolveHost(host) === undefined ? invalid(`Could not resolve address (${host})...`) : undefined

const keyed = (state: State, body: Fields): Refusal | undefined =>
  state.settings.lockRtpForward ?
    checkSecret(state.settings.videoroomAdminKey, body, "admin_key", codes) :
    undefined

/** Before 1.1.4 forwarders knew addresses only: a name in `host` ended as 0.0.0.0, an unknown one as the common host. */
const RESOLVES_SINCE = 1104

const badStream = (state: State, stream: Fields): Refusal | undefined => {
  const host = text(stream.host)
  const wrong = check(stream, table.forwardedStream, codes) ??
    (host === undefined ? undefined : badFamily(stream.host_family))
  return wrong ?? (host === undefined || state.settings.version < RESOLVES_SINCE ? undefined : badHost(host))
}

const target = (state: State, own: string | undefined, common: string): string => {
  const old = state.settings.version < RESOLVES_SINCE
  if (own !== undefined) return resolveHost(own) ?? resolveHost(common) ?? own
  return old && resolveHost(common) !== common ? "0.0.0.0" : common
}

const describe = (forwarder: Forwarder): Fields =>
  compact({
    stream_id: forwarder.id,
    host: forwarder.host,
    port: forwarder.port,
    type: forwarder.stream.type,
    local_rtcp_port: forwarder.localRtcpPort || undefined,
    remote_rtcp_port: forwarder.rtcpPort || undefined,
    pt: forwarder.pt || undefined,
    ssrc: forwarder.ssrc || undefined,
    substream: forwarder.substream || undefined,
    srtp: forwarder.srtp || undefined
  })

interface Target {
  readonly host: string
  readonly port: unknown
  readonly rtcpPort: unknown
  readonly pt: unknown
  readonly ssrc: unknown
  readonly substream?: number
  readonly srtp: boolean
}

const add = (state: State, participant: Participant, stream: Stream, target: Target): Forwarder => {
  const media = stream.type !== "data"
  const rtcpPort = media ? port16(target.rtcpPort) : 0
  const forwarder: Forwarder = {
    id: random32(),
    participant,
    stream,
    host: resolveHost(target.host) ?? target.host,
    port: port16(target.port),
    rtcpPort,
    localRtcpPort: rtcpPort > 0 ? state.localRtcpPort() : 0,
    pt: media ? integer(target.pt) & 0x7f : 0,
    ssrc: media ? integer(target.ssrc) : 0,
    substream: target.substream ?? 0,
    srtp: media && target.srtp
  }
  state.addForwarder(forwarder)
  return forwarder
}

/** The `streams` form: a mid that is not there is passed over. */
const forwardStreams = (
  state: State,
  participant: Participant,
  streams: ReadonlyArray<Fields>,
  host: string,
  srtp: boolean
): ReadonlyArray<Fields> => {
  const made: Array<Forwarder> = []
  for (const wanted of streams) {
    const stream = participant.streams.find(({ mid }) => mid === wanted.mid)
    if (!stream) continue
    const to = target(state, text(wanted.host), host)
    const first = { host: to, port: wanted.port, rtcpPort: wanted.rtcp_port, pt: wanted.pt, ssrc: wanted.ssrc, srtp }
    made.push(add(state, participant, stream, first))
    if (stream.type !== "video" || wanted.simulcast === true) continue
    for (const n of [2, 3]) {
      if (integer(wanted[`port_${n}`]) === 0) continue
      made.push(add(state, participant, stream, {
        host: to,
        port: wanted[`port_${n}`],
        rtcpPort: undefined,
        pt: wanted[`pt_${n}`],
        ssrc: wanted[`ssrc_${n}`],
        substream: n - 1,
        srtp
      }))
    }
  }
  return made.map(describe)
}

/** The old form: one port for each kind of media, and only the first stream of that kind. */
const forwardOldForm = (state: State, participant: Participant, body: Fields, host: string, srtp: boolean): Fields => {
  const out: Fields = {}
  for (const type of ["audio", "video", "data"] as const) {
    const port = body[`${type}_port`]
    const stream = participant.streams.find((one) => one.type === type)
    if (integer(port) === 0 || !stream) continue
    const forwarder = add(state, participant, stream, {
      host,
      port,
      rtcpPort: body[`${type}_rtcp_port`],
      pt: body[`${type}_pt`],
      ssrc: body[`${type}_ssrc`],
      srtp
    })
    out[`${type}_stream_id`] = forwarder.id
    out[type] = forwarder.port
  }
  return { ...out, warning: "deprecated_api", host: resolveHost(host) }
}

const publisherOf = (room: Room, body: Fields): Participant | Refusal =>
  room.participants.get(body.publisher_id as Id) ?? { code: 428, error: `No such feed (${body.publisher_id})` }

export const rtpForward = (state: State, body: Fields): Answer => {
  const wrong = check(body, table.forwardable, codes) ??
    check(body, byIdType(state, table.roomId), codes) ??
    check(body, byIdType(state, table.publisherId), codes) ??
    keyed(state, body) ??
    badFamily(body.host_family) ??
    badHost(text(body.host) ?? "")
  if (wrong) return wrong
  const streams = Array.isArray(body.streams) ? body.streams.map((one) => isFields(one) ? one : {}) : undefined
  for (const stream of streams ?? []) {
    const bad = badStream(state, stream)
    if (bad) return bad
  }
  const srtp = body.srtp_suite !== undefined && body.srtp_crypto !== undefined
  if (srtp && body.srtp_suite !== 32 && body.srtp_suite !== 80) {
    return invalid(`Invalid SRTP suite (${body.srtp_suite})`)
  }
  const room = accessRoom(state, body, "modify")
  if (isRefusal(room)) return room
  const participant = publisherOf(room, body)
  if (isRefusal(participant)) return participant
  const host = text(body.host) ?? ""
  const done = streams ?
    { forwarders: forwardStreams(state, participant, streams, host, srtp) } :
    { rtp_stream: forwardOldForm(state, participant, body, host, srtp) }
  return { data: { publisher_id: participant.id, ...done, room: room.id, videoroom: "rtp_forward" } }
}

export const stopRtpForward = (state: State, body: Fields): Answer => {
  const wrong = check(body, byIdType(state, table.roomId), codes) ??
    check(body, byIdType(state, table.publisherId), codes) ??
    check(body, table.stoppable, codes) ??
    keyed(state, body)
  if (wrong) return wrong
  const room = accessRoom(state, body, "modify")
  if (isRefusal(room)) return room
  const participant = publisherOf(room, body)
  if (isRefusal(participant)) return participant
  const id = integer(body.stream_id)
  const forwarder = participant.forwarders.get(id)
  if (!forwarder) return { code: 428, error: `No such stream (${id})` }
  state.removeForwarder(forwarder)
  return {
    data: { videoroom: "stop_rtp_forward", room: room.id, publisher_id: participant.id, stream_id: id }
  }
}

export const listForwarders = (state: State, body: Fields): Answer => {
  const wrong = check(body, byIdType(state, table.roomId), codes)
  if (wrong) return wrong
  const room = accessRoom(state, body, "modify")
  if (isRefusal(room)) return room
  const publishers = [...room.participants.values()]
    .filter(({ forwarders }) => forwarders.size > 0)
    .map(({ id, display, forwarders }) =>
      compact({ publisher_id: id, display, forwarders: [...forwarders.values()].map(describe) })
    )
  return { data: { videoroom: "forwarders", room: room.id, publishers } }
}
