// Times, figures and addresses as people read them.

const SECOND = 1_000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

/** How long something lasts, in its two largest units: `8 s`, `3 min`, `2 h 5 min`, `3 d 4 h`. */
export const lasting = (milliseconds: number): string => {
  const ms = Math.max(0, milliseconds)
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min`
  if (ms < DAY) return two(Math.floor(ms / HOUR), "h", Math.floor((ms % HOUR) / MINUTE), "min")
  return two(Math.floor(ms / DAY), "d", Math.floor((ms % DAY) / HOUR), "h")
}

const two = (large: number, unit: string, small: number, smaller: string) =>
  small === 0 ? `${large} ${unit}` : `${large} ${unit} ${small} ${smaller}`

/** Bit/s: `840 kbit/s`, `2.4 Mbit/s`. */
export const bitrate = (bitsPerSecond: number): string =>
  bitsPerSecond < 999_500
    ? `${Math.round(bitsPerSecond / 1_000)} kbit/s`
    : `${(bitsPerSecond / 1_000_000).toFixed(1)} Mbit/s`

/** A time of today, or with its day, in the viewer's zone and manner. */
export const clock = (at: string, now: number = Date.now()): string => {
  const date = new Date(at)
  return date.toDateString() === new Date(now).toDateString()
    ? date.toLocaleTimeString()
    : date.toLocaleString(undefined, { month: "short", day: "numeric", hour: "numeric", minute: "2-digit" })
}

/** A large number as people read it: `123,456`. */
export const whole = (n: number): string => Math.round(n).toLocaleString("en")

/** An address as others can use it: those of a snapshot may be relative to the app. */
export const absolute = (address: string, base: string): string =>
  URL.canParse(address, base) ? new URL(address, base).href : address

const kinds: Readonly<Record<string, string>> = {
  browser_webrtc: "Browser (WHIP)",
  videoroom: "VideoRoom publisher",
  obs: "OBS",
  rtmp_external: "RTMP",
  external: "RTMP",
  rtsp_camera: "RTSP camera",
  pull: "Pulled stream",
  frontend_owned: "Frontend",
  test_pattern: "Test pattern"
}

/** A kind of source in words. */
export const sourceKind = (kind: string): string => kinds[kind] ?? kind

/** `2 broadcasts`, `1 broadcast`. */
export const counted = (n: number, one: string, many = `${one}s`): string => `${n} ${n === 1 ? one : many}`

const codecs: Readonly<Record<string, string>> = { h264: "H.264", h265: "H.265", opus: "Opus" }

/** The tracks of a mountpoint: `H.264 · Opus`. */
export const tracks = (
  media: ReadonlyArray<{ readonly type: string; readonly codec: string | null }>
): string => media.map(({ codec, type }) => codec === null ? type : codecs[codec] ?? codec.toUpperCase()).join(" · ")
