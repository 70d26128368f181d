// How far apart the flash and the beep of the test pattern are on this page's viewer. Loaded on demand by the test that
// measures it: `import("/offset.ts")`.

/** One flash with its beep, in milliseconds since the measurement began; positive: the sound is late. */
export interface Pair {
  readonly at: number
  readonly offset: number
}

/** Louder than what a codec leaves of silence. */
const LOUD = 0.1
/** Milliseconds of silence that make what follows a beep, and of darkness that make a flash. */
const QUIET = 50
const PAIRED = 400

/** Keeps the smallest of the last 100 values. */
const smallest = () => {
  const values: Array<number> = []
  return (value: number) => {
    values.push(value)
    if (values.length > 100) values.shift()
    return Math.min(...values)
  }
}

/** Calls back at the first frame of each flash: the upper left corner turns white. */
const flashes = (video: HTMLVideoElement, onFlash: (at: number) => void) => {
  const size = 8
  const brush = new OffscreenCanvas(size, size).getContext("2d", { willReadFrequently: true })
  if (brush === null) throw new Error("no 2d canvas")
  let wasWhite = true
  let shown = 0
  const look = (_: number, { expectedDisplayTime, height, presentedFrames, width }: VideoFrameCallbackMetadata) => {
    brush.drawImage(video, 0, 0, width / 5, height / 5, 0, 0, size, size)
    const { data } = brush.getImageData(0, 0, size, size)
    const isWhite = Array.from({ length: size * size }, (_, n) => Math.min(...data.slice(4 * n, 4 * n + 3)))
      .every((least) => least > 200)
    // where a frame before it was missed, nobody knows when it began
    if (isWhite && !wasWhite && presentedFrames === shown + 1) onFlash(expectedDisplayTime)
    wasWhite = isWhite
    shown = presentedFrames
    video.requestVideoFrameCallback(look)
  }
  video.requestVideoFrameCallback(look)
}

/** Calls back for each beep: the first loud sample after silence. */
const beeps = async (stream: MediaStream, onBeep: (at: number) => void) => {
  const context = new AudioContext()
  await context.resume()
  const analyser = context.createAnalyser()
  analyser.fftSize = 16_384 // a third of a second: a page that is late misses nothing
  context.createMediaStreamSource(stream).connect(analyser)
  const samples = new Float32Array(analyser.fftSize)
  const lag = smallest()
  let last = Number.NEGATIVE_INFINITY
  setInterval(() => {
    analyser.getFloatTimeDomainData(samples)
    const heard = context.currentTime * 1_000
    const clock = lag(performance.now() - heard)
    const first = samples.findIndex((sample) => Math.abs(sample) > LOUD)
    const quiet = QUIET / 1_000 * context.sampleRate
    if (first < quiet) return
    const at = heard - (samples.length - first) / context.sampleRate * 1_000
    if (at - last < PAIRED) return
    last = at
    onBeep(at + clock)
  }, 10)
}

const pause = (millis: number) => new Promise((resolve) => setTimeout(resolve, millis))

/**
 * Measures what this page plays: for so many milliseconds after the first `settling`, and longer, up to twice as long, where
 * a busy machine showed fewer than `least` flashes with their beeps in that time. Gives those after the settling.
 */
export const measure = async (
  { least, millis, settling }: { readonly least: number; readonly millis: number; readonly settling: number }
): Promise<ReadonlyArray<Pair>> => {
  const video = document.querySelector("video")
  const stream = video?.srcObject
  if (video === null || !(stream instanceof MediaStream)) throw new Error("nothing is viewed on this page")
  const began = performance.now()
  const seen: Array<number> = []
  const heard: Array<number> = []
  flashes(video, (at) => seen.push(at))
  await beeps(stream, (at) => heard.push(at))
  const pairs = () =>
    seen.flatMap((flash) => {
      const beep = heard.find((one) => Math.abs(one - flash) < PAIRED)
      return beep === undefined ? [] : [{ at: flash - began, offset: beep - flash }]
    }).filter(({ at }) => at >= settling)
  await pause(settling + millis)
  while (pairs().length < least && performance.now() - began < settling + 2 * millis) await pause(500)
  return pairs()
}
