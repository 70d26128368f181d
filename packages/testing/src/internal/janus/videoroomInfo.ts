// How Janus describes a publisher to the others in its room.
import type { Participant, Stream } from "./model.ts"
import { compact, type Fields } from "./wire.ts"

const described = (stream: Stream): Fields =>
  compact({
    type: stream.type,
    mindex: stream.mindex,
    mid: stream.mid,
    description: stream.description,
    codec: stream.codec,
    fec: stream.fec || undefined,
    h264_profile: stream.h264Profile
  })

export const publisherInfo = (participant: Participant): Fields =>
  compact({
    id: participant.id,
    display: participant.display,
    audio_codec: participant.streams.find(({ type }) => type === "audio")?.codec,
    video_codec: participant.streams.find(({ type }) => type === "video")?.codec,
    streams: participant.streams.map(described)
  })
