/**
 * How FFmpeg makes each codec that a mountpoint may have: for live pictures, without frames that a browser would have to
 * put in order.
 */

/** The arguments for a codec, with bit/s and the distance of keyframes in frames. */
export const encoders: Partial<Record<string, (bitrate: number, frames: number) => ReadonlyArray<string>>> = {
  h264: (bitrate, frames) => [
    "-c:v",
    "libx264",
    "-preset",
    "veryfast",
    "-tune",
    "zerolatency",
    "-profile:v",
    "baseline",
    "-pix_fmt",
    "yuv420p",
    "-bf",
    "0",
    "-g",
    `${frames}`,
    "-b:v",
    `${bitrate}`,
    "-maxrate",
    `${bitrate}`,
    "-bufsize",
    `${Math.round(bitrate / 2)}`
  ],
  h265: (bitrate, frames) => [
    "-c:v",
    "libx265",
    "-preset",
    "ultrafast",
    "-tune",
    "zerolatency",
    "-pix_fmt",
    "yuv420p",
    "-bf",
    "0",
    "-g",
    `${frames}`,
    "-b:v",
    `${bitrate}`
  ],
  vp8: (bitrate, frames) => [
    "-c:v",
    "libvpx",
    "-deadline",
    "realtime",
    "-cpu-used",
    "8",
    "-b:v",
    `${bitrate}`,
    "-g",
    `${frames}`,
    "-error-resilient",
    "1",
    "-lag-in-frames",
    "0",
    "-pix_fmt",
    "yuv420p"
  ],
  vp9: (bitrate, frames) => [
    "-c:v",
    "libvpx-vp9",
    "-deadline",
    "realtime",
    "-cpu-used",
    "8",
    "-b:v",
    `${bitrate}`,
    "-g",
    `${frames}`,
    "-error-resilient",
    "1",
    "-lag-in-frames",
    "0",
    "-pix_fmt",
    "yuv420p"
  ],
  opus: () => [
    "-c:a",
    "libopus",
    // FLV counts milliseconds: without it a receiver finds a gap at each packet, and conceals a quarter of the sound
    "-af",
    "aresample=async=1",
    "-b:a",
    "96k",
    "-ar",
    "48000",
    "-ac",
    "2",
    "-application",
    "audio",
    "-frame_duration",
    "20"
  ],
  pcmu: () => ["-c:a", "pcm_mulaw", "-ar", "8000", "-ac", "1"],
  pcma: () => ["-c:a", "pcm_alaw", "-ar", "8000", "-ac", "1"],
  g722: () => ["-c:a", "g722", "-ar", "16000", "-ac", "1"]
}
