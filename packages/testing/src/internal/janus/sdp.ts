// Offers and answers that look like those of Janus 1.1.2, so that signalling can run. No media stands behind them.
import { defaultPayloadType, rtpmap } from "./codecs.ts"
import type { MediaType, Stream } from "./model.ts"
import { random32 } from "./wire.ts"

const FINGERPRINT = Array.from({ length: 32 }, (_, i) => ((i * 37 + 11) & 0xff).toString(16).padStart(2, "0"))
  .join(":").toUpperCase()
const VIDEO_FEEDBACK = ["ccm fir", "nack", "nack pli", "goog-remb", "transport-cc"]
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

const letters = (count: number): string => {
  let out = ""
  while (out.length < count) out += LETTERS[Math.floor(Math.random() * LETTERS.length)]
  return out
}

/** One m-line of ours. A codec that is not there makes the line inactive. */
export interface Line {
  readonly type: MediaType
  readonly mid: string
  readonly codec: string | undefined
  readonly pt: number | undefined
  readonly fmtp: string | undefined
  readonly direction: "sendonly" | "recvonly" | "inactive"
}

const mLine = (line: Line, address: string, ice: ReadonlyArray<string>, setup: string): Array<string> => {
  if (line.type === "data") {
    return [
      "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
      `c=IN IP4 ${address}`,
      "a=sendrecv",
      `a=mid:${line.mid}`,
      "a=sctp-port:5000",
      ...ice,
      `a=setup:${setup}`
    ]
  }
  const pt = line.pt ?? (line.codec === undefined ? 0 : defaultPayloadType(line.codec))
  const map = line.codec === undefined ? undefined : rtpmap(line.codec)
  const ssrc = random32()
  return [
    `m=${line.type} ${line.direction === "inactive" ? 0 : 9} UDP/TLS/RTP/SAVPF ${pt}`,
    `c=IN IP4 ${address}`,
    `a=${line.direction}`,
    `a=mid:${line.mid}`,
    "a=rtcp-mux",
    ...ice,
    `a=setup:${setup}`,
    ...(map === undefined ? [] : [`a=rtpmap:${pt} ${map}`]),
    ...(line.fmtp === undefined ? [] : [`a=fmtp:${pt} ${line.fmtp}`]),
    ...(line.type === "video" ? VIDEO_FEEDBACK.map((feedback) => `a=rtcp-fb:${pt} ${feedback}`) : []),
    `a=msid:janus janus${line.mid}`,
    `a=ssrc:${ssrc} cname:janus`
  ]
}

/** A whole description. `active` answers an offer, `actpass` is an offer of ours. */
export const describe = (
  title: string,
  lines: ReadonlyArray<Line>,
  options: {
    readonly address: string
    readonly setup: "active" | "actpass"
    readonly candidates: ReadonlyArray<string>
  }
): string => {
  const ice = [
    `a=ice-ufrag:${letters(4)}`,
    `a=ice-pwd:${letters(22)}`,
    "a=ice-options:trickle",
    ...options.candidates.map((candidate) => `a=${candidate}`),
    ...(options.candidates.length > 0 ? ["a=end-of-candidates"] : [])
  ]
  return [
    "v=0",
    `o=- ${Date.now()}000 1 IN IP4 ${options.address}`,
    `s=${title}`,
    "t=0 0",
    `a=group:BUNDLE ${lines.map((line) => line.mid).join(" ")}`,
    "a=ice-options:trickle",
    `a=fingerprint:sha-256 ${FINGERPRINT}`,
    "a=extmap-allow-mixed",
    "a=msid-semantic: WMS *",
    ...lines.flatMap((line) => mLine(line, options.address, ice, options.setup))
  ].join("\r\n") + "\r\n"
}

/** One m-line of a client: its codecs by payload type, and whether the client sends. */
export interface Offered {
  readonly type: MediaType
  readonly mid: string
  readonly direction: string
  readonly codecs: ReadonlyMap<string, number>
  readonly fmtp: ReadonlyMap<number, string>
}

/** Why Janus would not take this description; the same words for the cases that a test can make. */
export const refuseSdp = (sdp: string): string | undefined => {
  if (!sdp.startsWith("v=")) return "Invalid SDP (doesn't start with v=)"
  for (const kind of ["o=", "s=", "m="]) if (!sdp.includes(`\n${kind}`)) return "Missing mandatory lines (o=, s= or m=)"
  return undefined
}

export const parse = (sdp: string): ReadonlyArray<Offered> => {
  const found: Array<Offered> = []
  for (const section of sdp.split(/\r?\n(?=m=)/).slice(1)) {
    const kind = /^m=(\w+)/.exec(section)?.[1]
    const type = kind === "application" ? "data" : kind
    if (type !== "audio" && type !== "video" && type !== "data") continue
    const codecs = new Map<string, number>()
    for (const [, pt, name] of section.matchAll(/^a=rtpmap:(\d+) ([^/\s]+)/gm)) {
      const codec = name?.toLowerCase() ?? ""
      if (!codecs.has(codec)) codecs.set(codec, Number(pt))
    }
    const fmtp = new Map<number, string>()
    for (const [, pt, parameters] of section.matchAll(/^a=fmtp:(\d+) (.*?)\r?$/gm)) {
      fmtp.set(Number(pt), parameters ?? "")
    }
    found.push({
      type,
      mid: /^a=mid:(\S+)/m.exec(section)?.[1] ?? `${found.length}`,
      direction: /^a=(sendrecv|sendonly|recvonly|inactive)/m.exec(section)?.[1] ?? "sendrecv",
      codecs,
      fmtp
    })
  }
  return found
}

/** What a participant sends after Janus has chosen a codec for each line. */
export const streamsOf = (
  offer: ReadonlyArray<Offered>,
  audio: ReadonlyArray<string>,
  video: ReadonlyArray<string>
): ReadonlyArray<Stream> =>
  offer.map((line, mindex) => {
    const codec = line.type === "data" ?
      undefined :
      (line.type === "audio" ? audio : video).find((name) => line.codecs.has(name))
    const fmtp = codec === undefined ? undefined : line.fmtp.get(line.codecs.get(codec) ?? -1)
    return {
      type: line.type,
      mindex,
      mid: line.mid,
      codec,
      fec: codec === "opus" && fmtp?.includes("useinbandfec=1") === true,
      h264Profile: codec === "h264" ? /profile-level-id=([0-9a-f]{6})/i.exec(fmtp ?? "")?.[1] : undefined,
      description: undefined
    }
  })

/** The answer to a publisher. */
export const answerLines = (offer: ReadonlyArray<Offered>, streams: ReadonlyArray<Stream>): ReadonlyArray<Line> =>
  offer.map((line, index) => {
    const stream = streams[index]
    const pt = stream?.codec === undefined ? undefined : line.codecs.get(stream.codec)
    return {
      type: line.type,
      mid: line.mid,
      codec: stream?.codec,
      pt,
      fmtp: stream?.fec ? "useinbandfec=1" : stream?.h264Profile && pt !== undefined ? line.fmtp.get(pt) : undefined,
      direction: line.type !== "data" && stream?.codec === undefined ? "inactive" : "recvonly"
    }
  })
