// The codecs that Janus 1.1.2 knows, and how it writes them in SDP. An unknown name is kept out of every answer.
const AUDIO: Record<string, string> = {
  opus: "opus/48000/2",
  multiopus: "multiopus/48000/6",
  isac32: "ISAC/32000",
  isac16: "ISAC/16000",
  pcmu: "PCMU/8000",
  pcma: "PCMA/8000",
  g722: "G722/8000"
}
const VIDEO: Record<string, string> = {
  vp8: "VP8/90000",
  vp9: "VP9/90000",
  h264: "H264/90000",
  av1: "AV1/90000",
  h265: "H265/90000"
}

export const isAudioCodec = (name: string): boolean => Object.hasOwn(AUDIO, name.toLowerCase())
export const isVideoCodec = (name: string): boolean => Object.hasOwn(VIDEO, name.toLowerCase())

/** The codec as Janus names it, when it knows it for this kind of media. */
export const knownCodec = (type: string, name: string | undefined): string | undefined => {
  const lower = name?.toLowerCase()
  if (lower === undefined) return undefined
  if (type === "audio") return isAudioCodec(lower) ? lower : undefined
  return type === "video" && isVideoCodec(lower) ? lower : undefined
}

export const rtpmap = (codec: string): string | undefined => AUDIO[codec] ?? VIDEO[codec]

/** The payload types that Janus prefers for what it sends itself. */
export const defaultPayloadType = (codec: string): number => {
  switch (codec) {
    case "opus":
    case "multiopus":
      return 111
    case "pcmu":
      return 0
    case "pcma":
      return 8
    case "g722":
      return 9
    case "vp9":
      return 101
    case "h264":
      return 107
    default:
      return 96
  }
}
