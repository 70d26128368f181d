// `create` of the Streaming plugin for every type of mountpoint.
import { existsSync } from "node:fs"
import type { Media, Mountpoint } from "./model.ts"
import type { State } from "./State.ts"
import { rtpMedia } from "./streamingMedia.ts"
import { codes, common, file, NOTHING, numberId, refuse, rtspOnly, stringId } from "./streamingTables.ts"
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

const fileMedia = (body: Fields, type: "live" | "ondemand"): ReadonlyArray<Media> | Refusal => {
  const wrong = check(body, file, codes)
  if (wrong) return wrong
  const name = text(body.filename) ?? ""
  if (body.audio !== true || body.video === true) {
    return refuse(`Can't add '${type}' stream, we only support audio file streaming right now...`)
  }
  if (![".opus", ".alaw", ".mulaw"].some((suffix) => name.includes(suffix))) {
    return refuse(
      `Can't add '${type}' stream, unsupported format (we only support raw mu-Law and a-Law files right now)`
    )
  }
  if (!existsSync(name)) return refuse(`Can't add '${type}' stream, no such file '${name}'\n`)
  if (name.includes(".opus") && text(body.audiocodec) !== "opus") return refuse(`Error creating '${type}' stream`)
  const codec = name.includes(".opus") ? "opus" : name.includes(".alaw") ? "pcma" : "pcmu"
  return [{ ...SILENT, codec, pt: codec === "opus" ? 111 : codec === "pcma" ? 8 : 0 }]
}

const SILENT: Media = {
  mindex: 0,
  type: "audio",
  mid: "a",
  label: "audio",
  msid: undefined,
  pt: 0,
  codec: undefined,
  fmtp: undefined,
  iface: undefined,
  host: undefined,
  port: 0,
  rtcpPort: undefined,
  port2: undefined,
  port3: undefined,
  bufferKeyframes: false,
  simulcast: false,
  svc: false,
  skew: false,
  lastPacket: 0,
  feeds: 0
}

/** An RTSP mountpoint gets its media from the camera; without `rtsp_failcheck: false` the camera must answer. */
const rtspMedia = (body: Fields): ReadonlyArray<Media> | Refusal => {
  const wrong = check(body, rtspOnly, codes)
  if (wrong) return wrong
  if (body.audio !== true && body.video !== true) return refuse(`Can't add 'rtsp' stream, ${NOTHING}`)
  if (text(body.url) === undefined || body.rtsp_failcheck !== false) return refuse("Error creating 'RTSP' stream")
  return []
}

const mediaOf = (state: State, body: Fields, type: string): ReadonlyArray<Media> | Refusal => {
  switch (type) {
    case "rtp":
      return rtpMedia(state, body)
    case "live":
    case "ondemand":
      return fileMedia(body, type)
    case "rtsp":
      return rtspMedia(body)
    default:
      return { code: 454, error: `Unknown stream type '${text(body.type)}'...\n` }
  }
}

const freshId = (state: State): Id => {
  const id = randomId()
  const asId = state.settings.stringIds ? crypto.randomUUID() : id
  return state.mountpoints.has(asId) ? freshId(state) : asId
}

/** The ports in the words of the form in which they were asked for. */
const createdPorts = (media: ReadonlyArray<Media>, oldForm: boolean): Fields => {
  const out: Fields = {}
  const host = media.find((line) => line.host !== undefined)?.host
  if (!oldForm) {
    if (host !== undefined) out.host = host
    out.ports = media.map((line) =>
      compact({
        type: line.type,
        mid: line.mid,
        msid: line.msid,
        port: line.port,
        rtcp_port: line.rtcpPort,
        port_2: line.port2,
        port_3: line.port3
      })
    )
    return out
  }
  for (const line of media) {
    out[`${line.type}_host`] = line.host
    out[`${line.type}_port`] = line.port
    out[`${line.type}_rtcp_port`] = line.rtcpPort
    out[`${line.type}_port_2`] = line.port2
    out[`${line.type}_port_3`] = line.port3
  }
  return compact(out)
}

const make = (body: Fields, id: Id, type: Mountpoint["type"], media: ReadonlyArray<Media>): Mountpoint => {
  const name = text(body.name) ?? (type === "rtsp" ? `${id}` : `mp-${id}`)
  return {
    id,
    name,
    type,
    media,
    description: text(body.description) ?? name,
    metadata: text(body.metadata),
    secret: text(body.secret) ?? null,
    pin: text(body.pin) ?? null,
    isPrivate: body.is_private === true,
    enabled: true,
    collision: integer(body.collision),
    threads: integer(body.threads),
    srtp: body.srtpsuite !== undefined && body.srtpcrypto !== undefined,
    filename: type === "live" || type === "ondemand" ? text(body.filename) : undefined,
    rtsp: type === "rtsp" ?
      { url: text(body.url) ?? "", user: text(body.rtsp_user), password: text(body.rtsp_pwd) } :
      undefined,
    viewers: new Set()
  }
}

/** Makes a mountpoint, or says in Janus' words why not. */
export const create = (state: State, body: Fields): Answer => {
  const { stringIds, streamingAdminKey } = state.settings
  const wrong = check(body, common, codes) ??
    check(body, stringIds ? stringId : numberId, codes) ??
    checkSecret(streamingAdminKey, body, "admin_key", codes)
  if (wrong) return wrong
  const given = body.id as Id | undefined
  const chosen = given === undefined || given === 0 ? undefined : given
  if (chosen !== undefined && state.mountpoints.has(chosen)) {
    return refuse("A stream with the provided ID already exists")
  }
  const type = (text(body.type) ?? "").toLowerCase()
  const media = mediaOf(state, body, type)
  if (isRefusal(media)) return media
  const mountpoint = make(body, chosen ?? freshId(state), type as Mountpoint["type"], media)
  state.addMountpoint(mountpoint)
  const permanent = body.permanent === true
  if (permanent) state.saved.mountpoints.set(mountpoint.name, { ...mountpoint })
  const oldForm = type === "rtp" && body.media === undefined
  return {
    data: compact({
      streaming: "created",
      created: mountpoint.name,
      permanent,
      stream: {
        id: mountpoint.id,
        type: type === "ondemand" ? "on demand" : "live",
        description: mountpoint.description,
        is_private: mountpoint.isPrivate,
        ...(type === "rtp" ? createdPorts(media, oldForm) : {})
      },
      warning: oldForm ? "deprecated_api" : undefined
    })
  }
}
