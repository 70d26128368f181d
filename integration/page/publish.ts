// A publisher: over WHIP, or in a VideoRoom by Janus' own API.
import { attach, type JanusHandle } from "./janus.ts"
import { connected, gathered, localSdp } from "./peer.ts"
import { sendPicture } from "./picture.ts"
import type { RoomOptions, RoomPublished, WhipOptions, WhipPublished } from "./Protocol.ts"
import { expectStatus, Refused } from "./refused.ts"
import { authorized, openResource, trickleTo } from "./resource.ts"

/** POST of an offer, and the answer applied; done when the connection is up. */
export const publishWhip = async (options: WhipOptions): Promise<WhipPublished> => {
  const peer = new RTCPeerConnection()
  sendPicture(peer, options)
  const trickle = options.trickle === true ? trickleTo(peer) : undefined
  await peer.setLocalDescription()
  if (trickle === undefined) await gathered(peer)
  const answer = await fetch(options.url, {
    method: "POST",
    headers: { "content-type": "application/sdp", ...authorized(options.token) },
    body: localSdp(peer)
  }).then((answer) => expectStatus(answer, 201))
  const resource = openResource(options.url, answer, options.token)
  await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() })
  await trickle?.(resource)
  await connected(peer)
  const tracks = peer.getTransceivers().map(({ mid, sender }) => ({ type: sender.track?.kind ?? "", mid: mid ?? "" }))
  return { resource: resource.url, tracks }
}

let room: JanusHandle | undefined

const tracksOf = (data: Record<string, unknown>): RoomPublished["tracks"] => {
  const streams = data["streams"]
  return Array.isArray(streams)
    ? streams.map(({ type, mid, codec }) => ({ type, mid, codec }))
    : []
}

/** Joins the room and publishes; done when the connection is up. */
export const publishRoom = async (options: RoomOptions): Promise<RoomPublished> => {
  const handle = await attach(options.janusUrl, "videoroom", options.apiSecret)
  room = handle
  const peer = new RTCPeerConnection()
  sendPicture(peer, options)
  handle.trickle(peer)
  const { id, pin, display } = options
  const joined = await handle.message({
    request: "join",
    ptype: "publisher",
    room: options.room,
    ...(id === undefined ? {} : { id }),
    ...(pin === undefined ? {} : { pin }),
    ...(display === undefined ? {} : { display })
  })
  const own = joined.data["id"]
  if (typeof own !== "number" && typeof own !== "string") throw new Error("Janus told no publisher id")
  await peer.setLocalDescription()
  const { data, jsep } = await handle.message({ request: "publish" }, { type: "offer", sdp: localSdp(peer) })
  if (jsep === undefined) throw new Refused(0, "Janus gave no answer to the offer")
  await peer.setRemoteDescription(jsep)
  await connected(peer)
  return { id: own, tracks: tracksOf(data) }
}

/** Leaves the room as a well-behaved participant does. */
export const leaveRoom = async (): Promise<void> => {
  await room?.message({ request: "leave" })
  await room?.detach()
}

/** Drops the connection to Janus without a word. */
export const closeSocket = async (): Promise<void> => {
  await room?.closeSocket()
}
