// What flows through a connection, from its statistics.

export interface Figures {
  /** Frames encoded or decoded so far; null where there is no picture. */
  readonly frames: number | null
  readonly bytes: number
  /** Those of the picture alone. */
  readonly pictureBytes: number
  /** When this was read, milliseconds. */
  readonly at: number
}

export interface Rates {
  readonly bitsPerSecond: number
  readonly framesPerSecond: number | null
}

/** Everything sent, or everything received. */
export const read = async (peer: RTCPeerConnection, way: "inbound" | "outbound"): Promise<Figures> => {
  let frames: number | null = null
  let [bytes, pictureBytes] = [0, 0]
  for (const report of (await peer.getStats()).values()) {
    if (report.type !== `${way}-rtp`) continue
    const moved: number = (way === "inbound" ? report.bytesReceived : report.bytesSent) ?? 0
    bytes += moved
    if (report.kind !== "video") continue
    frames = (way === "inbound" ? report.framesDecoded : report.framesEncoded) ?? 0
    pictureBytes += moved
  }
  return { frames, bytes, pictureBytes, at: performance.now() }
}

/** From one reading to a later one. */
export const rates = (before: Figures, after: Figures): Rates => {
  const seconds = Math.max(0.001, (after.at - before.at) / 1_000)
  return {
    bitsPerSecond: Math.max(0, ((after.bytes - before.bytes) * 8) / seconds),
    framesPerSecond: after.frames === null
      ? null
      : Math.max(0, Math.round((after.frames - (before.frames ?? 0)) / seconds))
  }
}

/** Why there is no picture, when none has come for longer than it may take. */
export const whyNone = ({ frames, pictureBytes }: Figures): string =>
  frames === 0 && pictureBytes > 0
    ? "a picture arrives that this browser cannot show (its codec or profile), or one without a keyframe"
    : "the picture stands"

/** Media came in between: frames where there is a picture, else bytes. */
export const advanced = (before: Figures, after: Figures): boolean =>
  after.frames === null ? after.bytes > before.bytes : after.frames > (before.frames ?? 0)
