// What flows through a connection, from its statistics.

export interface Figures {
  /** Frames encoded or decoded so far; null where there is no picture. */
  readonly frames: number | null
  readonly bytes: number
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
  let bytes = 0
  for (const report of (await peer.getStats()).values()) {
    if (report.type !== `${way}-rtp`) continue
    bytes += (way === "inbound" ? report.bytesReceived : report.bytesSent) ?? 0
    if (report.kind === "video") frames = (way === "inbound" ? report.framesDecoded : report.framesEncoded) ?? 0
  }
  return { frames, bytes, at: performance.now() }
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

/** Media came in between: frames where there is a picture, else bytes. */
export const advanced = (before: Figures, after: Figures): boolean =>
  after.frames === null ? after.bytes > before.bytes : after.frames > (before.frames ?? 0)
