/**
 * What GStreamer has for each codec: parser, depayloader, decoder, encoder, payloader. Pure tables.
 */
import type { Chain } from "./gstChain.ts"

export const parsers: Partial<Record<string, ReadonlyArray<string>>> = {
  h264: ["h264parse", "config-interval=-1"],
  hevc: ["h265parse", "config-interval=-1"],
  aac: ["aacparse"],
  opus: ["opusparse"]
}

export const depayloaders: Partial<Record<string, string>> = {
  h264: "rtph264depay",
  hevc: "rtph265depay",
  vp8: "rtpvp8depay",
  aac: "rtpmp4gdepay",
  opus: "rtpopusdepay",
  pcm_alaw: "rtppcmadepay",
  pcm_mulaw: "rtppcmudepay"
}

export const decoders: Partial<Record<string, string>> = {
  h264: "avdec_h264",
  hevc: "avdec_h265",
  vp8: "vp8dec",
  vp9: "vp9dec",
  aac: "avdec_aac",
  opus: "opusdec",
  pcm_alaw: "alawdec",
  pcm_mulaw: "mulawdec"
}

type Encode = (bitrate: number, frames: number) => Chain

export const encoders: Partial<Record<string, Encode>> = {
  h264: (bitrate, frames) => [
    ["videoconvert"],
    [
      "x264enc",
      "tune=zerolatency",
      "speed-preset=veryfast",
      `bitrate=${Math.max(1, Math.round(bitrate / 1_000))}`,
      `key-int-max=${frames}`,
      "bframes=0"
    ],
    ["video/x-h264,profile=baseline"],
    ["h264parse", "config-interval=-1"]
  ],
  vp8: (bitrate, frames) => [
    ["videoconvert"],
    [
      "vp8enc",
      "deadline=1",
      "cpu-used=8",
      `target-bitrate=${bitrate}`,
      `keyframe-max-dist=${frames}`,
      "lag-in-frames=0"
    ]
  ],
  vp9: (bitrate, frames) => [
    ["videoconvert"],
    [
      "vp9enc",
      "deadline=1",
      "cpu-used=8",
      `target-bitrate=${bitrate}`,
      `keyframe-max-dist=${frames}`,
      "lag-in-frames=0"
    ]
  ],
  opus: () => [
    ["audioconvert"],
    ["audioresample"],
    ["audio/x-raw,rate=48000,channels=2"],
    ["opusenc", "bitrate=96000", "frame-size=20", "perfect-timestamp=true"]
  ],
  pcmu: () => [["audioconvert"], ["audioresample"], ["audio/x-raw,rate=8000,channels=1"], ["mulawenc"]],
  pcma: () => [["audioconvert"], ["audioresample"], ["audio/x-raw,rate=8000,channels=1"], ["alawenc"]]
}

export const payloaders: Partial<Record<string, ReadonlyArray<string>>> = {
  h264: ["rtph264pay", "config-interval=-1", "aggregate-mode=zero-latency"],
  vp8: ["rtpvp8pay"],
  vp9: ["rtpvp9pay"],
  opus: ["rtpopuspay"],
  pcmu: ["rtppcmupay"],
  pcma: ["rtppcmapay"]
}
