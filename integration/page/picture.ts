// A picture that moves and a tone, made in the page: no camera and no microphone needed.
import type { PictureOptions } from "./Protocol.ts"

/** Starts drawing and sounding; the stream has one video track and, unless told otherwise, one audio track. */
export const makePicture = (options: PictureOptions): MediaStream => {
  const { width = 320, height = 240, fps = 25, audio = true } = options
  const canvas = document.createElement("canvas")
  canvas.width = width
  canvas.height = height
  document.body.append(canvas)
  const brush = canvas.getContext("2d")
  if (brush === null) throw new Error("no 2d canvas")
  let n = 0
  const draw = () => {
    n++
    for (let bar = 0; bar < 8; bar++) {
      brush.fillStyle = `hsl(${(bar * 45 + n * 3) % 360} 90% ${20 + 8 * bar}%)`
      brush.fillRect((bar * width) / 8, 0, width / 8, height)
    }
    brush.fillStyle = "white"
    brush.fillRect((n * 5) % width, (n * 3) % height, width / 6, height / 6)
    brush.font = `${height / 8}px sans-serif`
    brush.fillText(String(n), 8, height / 6)
  }
  draw()
  setInterval(draw, 1_000 / fps)
  const stream = canvas.captureStream(fps)
  if (audio) {
    const context = new AudioContext()
    const tone = context.createOscillator()
    const sink = context.createMediaStreamDestination()
    tone.frequency.value = 440
    tone.connect(sink)
    tone.start()
    for (const track of sink.stream.getAudioTracks()) stream.addTrack(track)
  }
  return stream
}

/** Puts the tracks on the connection, to be sent only, with the one video codec if one is asked for. */
export const sendPicture = (peer: RTCPeerConnection, options: PictureOptions): void => {
  const stream = makePicture(options)
  for (const track of stream.getTracks()) {
    const transceiver = peer.addTransceiver(track, { direction: "sendonly", streams: [stream] })
    if (track.kind !== "video" || options.codec === undefined) continue
    const mime = `video/${options.codec}`
    const all = RTCRtpSender.getCapabilities("video")?.codecs ?? []
    const wanted = all.filter((codec) => codec.mimeType === mime)
    if (wanted.length === 0) throw new Error(`this browser cannot send ${mime}`)
    transceiver.setCodecPreferences([...wanted, ...all.filter((codec) => codec.mimeType === "video/rtx")])
  }
}
