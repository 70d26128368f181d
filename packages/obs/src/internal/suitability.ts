// What of OBS' output settings does not suit browsers: they put no frames in order, and begin at a keyframe only.
import { Effect } from "effect"
import type { ObsSocket } from "../ObsSocket.ts"

/** Frames between keyframes where x264 is told nothing. */
const x264Keyframes = 250
/** Seconds: a viewer who joins waits for so long. */
const longest = 2

/** B-frames of x264's presets where nothing else is said: all but the fastest have three. */
const presetBFrames = (preset: string) => (preset === "ultrafast" ? 0 : 3)

const option = (options: string, ...names: ReadonlyArray<string>): string | undefined =>
  options.split(/\s+/).map((one) => one.split("=")).findLast(([name = ""]) => names.includes(name))?.[1]

export interface Profile {
  readonly mode: string
  readonly encoder: string
  readonly preset: string
  /** What the user adds to x264, where that is switched on. */
  readonly options: string
  readonly fps: number
}

export const judge = ({ encoder, fps, mode, options, preset }: Profile): ReadonlyArray<string> => {
  if (mode !== "Simple") {
    return ["OBS' output mode is Advanced, whose encoder settings cannot be read: B-frames 0, keyframes every 1–2 s"]
  }
  if (encoder !== "x264" && encoder !== "x264_lowcpu") {
    return [`OBS encodes with ${encoder}, whose settings cannot be read: B-frames 0, keyframes every 1–2 s`]
  }
  const isZeroLatency = option(options, "tune")?.includes("zerolatency") === true
  const bFrames = Number(option(options, "bframes", "bf") ?? (isZeroLatency ? 0 : presetBFrames(preset)))
  const keyframes = Number(option(options, "keyint", "g") ?? x264Keyframes)
  const seconds = keyframes / fps
  return [
    ...(bFrames > 0
      ? [`OBS sends frames out of order (B-frames: ${bFrames}), so that the relay must transcode: set bframes=0`]
      : []),
    ...(seconds > longest || Number.isNaN(seconds)
      ? [
        `OBS sends a keyframe every ${Math.round(seconds * 10) / 10} s, for which viewers wait: set keyint=${
          Math.round(fps * 2)
        }`
      ]
      : [])
  ]
}

/** Reads what can be read; what cannot is said by nobody. */
export const read = (socket: ObsSocket): Effect.Effect<ReadonlyArray<string>> =>
  Effect.gen(function*() {
    const parameter = (parameterCategory: string, parameterName: string) =>
      Effect.map(
        socket.request("GetProfileParameter", { parameterCategory, parameterName }),
        ({ defaultParameterValue, parameterValue }) => parameterValue ?? defaultParameterValue ?? ""
      )
    const simple = (name: string) => parameter("SimpleOutput", name)
    const [mode, encoder, preset, isAdvanced, own, video] = yield* Effect.all([
      parameter("Output", "Mode"),
      simple("StreamEncoder"),
      simple("Preset"),
      simple("UseAdvanced"),
      simple("x264Settings"),
      socket.request("GetVideoSettings")
    ], { concurrency: "unbounded" })
    const fps = video.fpsNumerator / video.fpsDenominator
    const isUsed = isAdvanced === "true"
    return judge({ mode, encoder, fps, preset: isUsed ? preset : "veryfast", options: isUsed ? own : "" })
  }).pipe(Effect.orElseSucceed(() => []))
