/**
 * Where the programs are that relays need.
 */
import { accessSync, constants } from "node:fs"
import { delimiter, isAbsolute, join } from "node:path"

/** Absolute paths. */
export interface Programs {
  readonly ffmpeg: string
  readonly ffprobe: string
  /** `gst-launch-1.0`, where there is one. */
  readonly gstreamer: string | undefined
}

const isExecutable = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/** The absolute path of a program, looked up on the PATH. */
export const locate = (name: string): string | undefined =>
  isAbsolute(name)
    ? isExecutable(name) ? name : undefined
    : (process.env["PATH"] ?? "").split(delimiter).map((folder) => join(folder, name)).find(isExecutable)

/** FFmpeg with its probe, and GStreamer; nothing when one of the first two is missing. */
export const find = (): Programs | undefined => {
  const ffmpeg = locate("ffmpeg")
  const ffprobe = locate("ffprobe")
  return ffmpeg === undefined || ffprobe === undefined
    ? undefined
    : { ffmpeg, ffprobe, gstreamer: locate("gst-launch-1.0") }
}
