// What WHIP, WHEP and Janus' own API share about a peer connection.

/** The local description as text. */
export const localSdp = (peer: RTCPeerConnection): string => peer.localDescription?.sdp ?? ""

const reached = (target: EventTarget, event: string, isReached: () => boolean, timeoutMs: number) =>
  new Promise<boolean>((resolve) => {
    if (isReached()) return resolve(true)
    setTimeout(() => resolve(isReached()), timeoutMs)
    target.addEventListener(event, () => {
      if (isReached()) resolve(true)
    })
  })

/** Waits until all candidates are in the local description, at most 10 s. */
export const gathered = (peer: RTCPeerConnection): Promise<boolean> =>
  reached(peer, "icegatheringstatechange", () => peer.iceGatheringState === "complete", 10_000)

/** Waits until media can flow; fails after 30 s. */
export const connected = async (peer: RTCPeerConnection): Promise<void> => {
  const isUp = () => peer.connectionState === "connected"
  if (await reached(peer, "connectionstatechange", isUp, 30_000)) return
  throw new Error(`the connection is still ${peer.connectionState} (ice ${peer.iceConnectionState}) after 30 s`)
}
