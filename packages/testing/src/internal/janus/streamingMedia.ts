// The media lines of an RTP mountpoint: their ports are taken here, and what Janus accepts in silence is accepted.
import { knownCodec } from "./codecs.ts"
import type { Media, MediaType } from "./model.ts"
import { mediaPorts, type State } from "./State.ts"
import { codes, mediaLine, NOTHING, oldLines, refuse, rtpOnly } from "./streamingTables.ts"
import { check, type Fields, integer, isRefusal, port16, type Refusal, text } from "./wire.ts"

const BROKEN = "Can't add 'rtp' stream, error creating data source stream"
/** Janus 1.1.2 forgets the sockets of the first lines when a later one fails: their ports stay taken. */
const CLEANS_UP_SINCE = 1300

type Line = Fields & { readonly type: MediaType; readonly mid: string }

/** Binds the ports of one line; undefined when one of them cannot be had, and then none is kept. */
const bind = (state: State, line: Line, mindex: number, host: string | undefined): Media | undefined => {
  const codec = text(line.codec) ?? text(line.rtpmap)?.split("/")[0]
  if (line.type !== "data" && codec === undefined) return undefined
  const simulcast = line.type === "video" && line.simulcast === true
  const wanted = [
    port16(line.port),
    line.rtcpport === undefined ? undefined : port16(line.rtcpport),
    simulcast ? port16(line.port2) : undefined,
    simulcast ? port16(line.port3) : undefined
  ]
  const bound: Array<number | undefined> = []
  for (const port of wanted) {
    const got = port === undefined ? undefined : state.ports.take(port)
    if (port !== undefined && got === undefined) {
      for (const earlier of bound) if (earlier !== undefined) state.ports.give(earlier)
      return undefined
    }
    bound.push(got)
  }
  const msid = text(line.msid)?.split(" ")
  return {
    mindex,
    type: line.type,
    mid: line.mid,
    label: text(line.label) ?? line.type,
    msid: msid?.[0] && msid[1] ? `${msid[0]} ${msid[1]}` : undefined,
    pt: integer(line.pt) & 0xff,
    codec: knownCodec(line.type, codec),
    fmtp: text(line.fmtp),
    iface: text(line.iface),
    host,
    port: bound[0] ?? 0,
    rtcpPort: bound[1],
    port2: bound[2],
    port3: bound[3],
    bufferKeyframes: line.type === "video" && line.bufferkf === true && !simulcast,
    simulcast,
    svc: line.type === "video" && line.svc === true && knownCodec("video", codec) === "vp9",
    skew: line.skew === true,
    lastPacket: state.settings.now(),
    feeds: 0
  }
}

const isType = (type: string): type is MediaType => type === "audio" || type === "video" || type === "data"

/** The lines of the old form, written as the new one. */
const fromOldForm = (body: Fields): Array<Line> | Refusal => {
  const lines: Array<Line> = []
  for (const [type, mid] of [["audio", "a"], ["video", "v"], ["data", "d"]] as const) {
    if (body[type] !== true) continue
    const wrong = check(body, oldLines[type], codes)
    if (wrong) return wrong
    lines.push({
      type,
      mid,
      port: body[`${type}port`],
      rtcpport: body[`${type}rtcpport`],
      pt: body[`${type}pt`],
      codec: body[`${type}codec`],
      rtpmap: body[`${type}rtpmap`],
      fmtp: body[`${type}fmtp`],
      iface: body[`${type}iface`],
      skew: body[`${type}skew`],
      bufferkf: body[`${type}bufferkf`],
      simulcast: body[`${type}simulcast`],
      port2: body[`${type}port2`],
      port3: body[`${type}port3`],
      svc: body[`${type}svc`]
    })
  }
  return lines
}

export const rtpMedia = (state: State, body: Fields): ReadonlyArray<Media> | Refusal => {
  const wrong = check(body, rtpOnly, codes)
  if (wrong) return wrong
  if (body.srtpsuite !== undefined && body.srtpsuite !== 32 && body.srtpsuite !== 80) {
    return refuse("Can't add 'rtp' stream, invalid SRTP suite...")
  }
  const lines = Array.isArray(body.media) ? body.media as Array<Line> : fromOldForm(body)
  if (isRefusal(lines)) return lines
  if (lines.length === 0) return refuse(`Can't add 'rtp' stream, ${NOTHING}`)
  const media: Array<Media> = []
  const fail = (refusal: Refusal) => {
    if (state.settings.version >= CLEANS_UP_SINCE) { for (const line of media) release(state, line) }
    return refusal
  }
  for (const line of lines) {
    const bad = check(line, mediaLine, codes)
    if (bad && Array.isArray(body.media)) return fail(bad)
    const type = text(line.type)?.toLowerCase() ?? ""
    if (!isType(type)) return fail(refuse("Unsupported media type in media stream"))
    const host = line.iface === undefined ? undefined : state.interfaceAddress(text(line.iface) ?? "")
    if (line.iface !== undefined && host === undefined) {
      return fail(refuse(
        Array.isArray(body.media) ?
          "Invalid network interface configuration for media stream" :
          `Invalid network interface configuration for ${type}`
      ))
    }
    const made = bind(state, { ...line, type, mid: line.mid }, media.length, host)
    if (!made) return fail(refuse(BROKEN))
    media.push(made)
  }
  const crypto = text(body.srtpcrypto)
  if (body.srtpsuite !== undefined && crypto !== undefined && Buffer.from(crypto, "base64").length < 30) {
    return fail(refuse("Error creating 'rtp' stream"))
  }
  return media
}

const release = (state: State, media: Media) => {
  for (const port of mediaPorts(media)) state.ports.give(port)
}
