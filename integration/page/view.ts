// A viewer: of a mountpoint by Janus' own API, or over WHEP. What it decodes is measured here.
import { attach, type JanusHandle } from "./janus.ts"
import { gathered, localSdp } from "./peer.ts"
import type { MountpointOptions, ViewerFigures, WhepOptions, WhepViewed } from "./Protocol.ts"
import { expectStatus, Refused } from "./refused.ts"
import { authorized, deleteResource, openResource, trickleTo } from "./resource.ts"

interface Viewer {
  readonly start: number
  readonly peer: RTCPeerConnection
  readonly video: HTMLVideoElement
  firstFrame?: number
  ended?: string
}

let viewer: Viewer | undefined
let watched: JanusHandle | undefined

/** A connection whose tracks are shown and heard; the clock for the first frame starts now, or started before. */
const makeViewer = (start = performance.now()): Viewer => {
  const video = document.createElement("video")
  video.autoplay = true
  video.playsInline = true
  document.body.append(video)
  const stream = new MediaStream()
  video.srcObject = stream
  const peer = new RTCPeerConnection()
  peer.addEventListener("track", ({ track }) => {
    stream.addTrack(track)
    void video.play()
  })
  const made: Viewer = { start, peer, video }
  video.requestVideoFrameCallback((now) => {
    made.firstFrame = now - start
  })
  viewer = made
  return made
}

/** Watches a Streaming mountpoint; done when Janus was told to start. */
export const viewMountpoint = async (options: MountpointOptions): Promise<Record<string, never>> => {
  const handle = await attach(options.janusUrl, "streaming", options.apiSecret)
  watched = handle
  const made = makeViewer()
  handle.onEnd = (reason) => {
    made.ended ??= reason
  }
  handle.trickle(made.peer)
  const { id, pin } = options
  const { jsep } = await handle.message({ request: "watch", id, ...(pin === undefined ? {} : { pin }) })
  if (jsep === undefined) throw new Refused(0, "Janus made no offer")
  await made.peer.setRemoteDescription(jsep)
  await made.peer.setLocalDescription()
  await handle.message({ request: "start" }, { type: "answer", sdp: localSdp(made.peer) })
  return {}
}

const post = (options: WhepOptions, sdp?: string) =>
  fetch(options.url, {
    method: "POST",
    headers: { ...(sdp === undefined ? {} : { "content-type": "application/sdp" }), ...authorized(options.token) },
    ...(sdp === undefined ? {} : { body: sdp })
  })

/** Offers first, as WHEP has it, with its candidates to follow; takes the server's offer where ours is answered with 406. */
export const viewWhep = async (options: WhepOptions): Promise<WhepViewed> => {
  const { peer } = makeViewer()
  peer.addTransceiver("audio", { direction: "recvonly" })
  peer.addTransceiver("video", { direction: "recvonly" })
  const trickle = trickleTo(peer)
  await peer.setLocalDescription()
  const answer = await expectStatus(await post(options, localSdp(peer)), 201, 406)
  if (answer.status === 406) return takeOffer(options)
  const resource = openResource(options.url, answer, options.token)
  await peer.setRemoteDescription({ type: "answer", sdp: await answer.text() })
  await trickle(resource)
  return { resource: resource.url, offer: "viewer" }
}

const takeOffer = async (options: WhepOptions): Promise<WhepViewed> => {
  const answer = await expectStatus(await post(options), 201)
  const resource = openResource(options.url, answer, options.token)
  // The connection that made an offer cannot take one for other media lines; the clock goes on.
  viewer?.peer.close()
  const { peer } = makeViewer(viewer?.start)
  await peer.setRemoteDescription({ type: "offer", sdp: await answer.text() })
  await peer.setLocalDescription()
  await gathered(peer)
  const patch = await fetch(resource.url, {
    method: "PATCH",
    headers: { "content-type": "application/sdp", ...authorized(options.token) },
    body: localSdp(peer)
  })
  await expectStatus(patch, 204)
  return { resource: resource.url, offer: "server" }
}

const deviation = (video: HTMLVideoElement): number => {
  const [width, height] = [64, 48]
  const brush = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true })
  if (brush === null || video.videoWidth === 0) return 0
  brush.drawImage(video, 0, 0, width, height)
  const { data } = brush.getImageData(0, 0, width, height)
  const luma = Array.from(
    { length: width * height },
    (_, n) => 0.299 * (data[4 * n] ?? 0) + 0.587 * (data[4 * n + 1] ?? 0) + 0.114 * (data[4 * n + 2] ?? 0)
  )
  const mean = luma.reduce((sum, value) => sum + value, 0) / luma.length
  return Math.sqrt(luma.reduce((sum, value) => sum + (value - mean) ** 2, 0) / luma.length)
}

const heard = async (peer: RTCPeerConnection): Promise<number> => {
  let energy = 0
  for (const report of (await peer.getStats()).values()) {
    if (report.type === "inbound-rtp" && report.kind === "audio") energy += report.totalAudioEnergy ?? 0
  }
  return energy
}

/** What is seen and heard now. */
export const figures = async (): Promise<ViewerFigures> => {
  if (viewer === undefined) throw new Error("nothing is viewed on this page")
  const { ended, firstFrame, peer, video } = viewer
  return {
    frames: video.getVideoPlaybackQuality().totalVideoFrames,
    currentTime: video.currentTime,
    luma: deviation(video),
    audioEnergy: await heard(peer),
    connection: peer.connectionState,
    ...(firstFrame === undefined ? {} : { firstFrame }),
    ...(ended === undefined ? {} : { ended })
  }
}

/** Ends the view as a well-behaved viewer does. */
export const closeViewer = async (): Promise<void> => {
  await watched?.detach()
  await deleteResource()
  viewer?.peer.close()
}
