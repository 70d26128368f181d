// What this browser publishes: a picture that plainly moves, with a clock, a tone, and each second a flash with a beep;
// no camera needed. Or the camera and the microphone.
import { Effect, Schema, type Scope } from "effect"

export interface Picture {
  readonly stream: MediaStream
  /** Shows what is sent. */
  readonly preview: HTMLElement
}

/** The camera or the microphone is not there, or was refused. */
export class NoCamera extends Schema.TaggedError<NoCamera>()("NoCamera", { reason: Schema.String }) {
  override get message() {
    return `no camera: ${this.reason}`
  }
}

const WIDTH = 640
const HEIGHT = 360
const bars = ["#d8d8d8", "#d2c445", "#4fc3c7", "#53b555", "#b858b4", "#c8483f", "#3f5fc8"]

const draw = (brush: CanvasRenderingContext2D, label: string, now: Date): void => {
  const ms = now.getTime()
  const second = (ms % 1_000) / 1_000
  brush.fillStyle = "#10262c"
  brush.fillRect(0, 0, WIDTH, HEIGHT)

  const width = WIDTH / bars.length
  const shift = (ms / 20) % WIDTH
  bars.forEach((colour, n) => {
    brush.fillStyle = colour
    const x = (n * width + shift) % WIDTH
    brush.fillRect(x, HEIGHT - 64, width + 1, 64)
    if (x + width > WIDTH) brush.fillRect(x - WIDTH, HEIGHT - 64, width + 1, 64)
  })

  const [x, y, radius] = [132, 148, 92]
  const angle = second * 2 * Math.PI - Math.PI / 2
  brush.beginPath()
  brush.arc(x, y, radius, 0, 2 * Math.PI)
  brush.fillStyle = second < 0.1 ? "#ffffff" : "#1b3f49"
  brush.fill()
  brush.beginPath()
  brush.moveTo(x, y)
  brush.arc(x, y, radius, -Math.PI / 2, angle)
  brush.closePath()
  brush.fillStyle = "#35a3b5"
  brush.fill()

  const two = (n: number) => String(n).padStart(2, "0")
  brush.fillStyle = "#ffffff"
  brush.textBaseline = "alphabetic"
  brush.font = "600 68px ui-monospace, monospace"
  brush.fillText(`${two(now.getHours())}:${two(now.getMinutes())}:${two(now.getSeconds())}`, 260, 158)
  brush.font = "400 40px ui-monospace, monospace"
  brush.fillStyle = "#9fd6df"
  brush.fillText(`.${two(Math.floor(second * 100))}`, 260, 212)
  brush.font = "500 20px ui-sans-serif, sans-serif"
  brush.fillText(label, 260, 84, WIDTH - 280)
}

const LOUD = 0.25
const QUIET = 0.02

/** A quiet tone, and a beep at each full second, as long as the picture's flash. */
const sound = Effect.acquireRelease(
  Effect.sync(() => {
    const context = new AudioContext()
    const tone = context.createOscillator()
    const volume = context.createGain()
    const sink = context.createMediaStreamDestination()
    tone.frequency.value = 440
    volume.gain.value = QUIET
    tone.connect(volume).connect(sink)
    tone.start()
    void context.resume()
    return { context, tracks: sink.stream.getAudioTracks(), volume }
  }),
  ({ context }) => Effect.sync(() => void context.close())
)

/** A picture and a tone of this page's own making; they end with the scope. */
export const drawn = (label: string): Effect.Effect<Picture, never, Scope.Scope> =>
  Effect.gen(function*() {
    const { tracks, volume } = yield* sound
    return yield* Effect.acquireRelease(
      Effect.sync(() => {
        const canvas = document.createElement("canvas")
        canvas.width = WIDTH
        canvas.height = HEIGHT
        const brush = canvas.getContext("2d", { alpha: false })
        const beat = () => {
          const now = new Date()
          if (brush !== null) draw(brush, label, now)
          volume.gain.value = now.getMilliseconds() < 100 ? LOUD : QUIET
        }
        beat()
        const ticker = new Worker(new URL("./ticker.ts", import.meta.url), { type: "module" })
        ticker.addEventListener("message", beat)
        const stream = new MediaStream([...canvas.captureStream(30).getVideoTracks(), ...tracks])
        return { stream, preview: canvas, ticker }
      }),
      ({ stream, ticker }) =>
        Effect.sync(() => {
          ticker.terminate()
          for (const track of stream.getTracks()) track.stop()
        })
    )
  })

/** Shows a stream in a canvas: a second `video` in a broadcast's card would be taken for its player. */
const mirror = (stream: MediaStream): HTMLCanvasElement => {
  const canvas = document.createElement("canvas")
  const brush = canvas.getContext("2d")
  const video = document.createElement("video")
  video.muted = true
  video.srcObject = stream
  const draw = () => {
    canvas.width = video.videoWidth / 4
    canvas.height = video.videoHeight / 4
    brush?.drawImage(video, 0, 0, canvas.width, canvas.height)
    if (stream.active) video.requestVideoFrameCallback(draw)
  }
  video.requestVideoFrameCallback(draw)
  void video.play().catch(() => undefined)
  return canvas
}

/** The camera and the microphone, after the browser has asked. */
export const camera: Effect.Effect<Picture, NoCamera, Scope.Scope> = Effect.acquireRelease(
  Effect.tryPromise({
    try: async () => {
      const video = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } }
      const stream = await navigator.mediaDevices.getUserMedia({ video, audio: true })
      return { stream, preview: mirror(stream) }
    },
    catch: (cause) => new NoCamera({ reason: cause instanceof Error ? cause.message : String(cause) })
  }),
  ({ stream }) =>
    Effect.sync(() => {
      for (const track of stream.getTracks()) track.stop()
    })
)
