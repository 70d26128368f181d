/**
 * Specifications with every field that there is. Strings that begin with "secret-" are secrets.
 */
export const media = [
  {
    type: "audio",
    mid: "a",
    codec: "opus",
    pt: 111,
    fmtp: "useinbandfec=1",
    port: 5002,
    rtcpPort: 5003,
    interface: "127.0.0.1",
    multicast: "239.0.0.1",
    label: "sound",
    sourceMid: "0"
  },
  {
    type: "video",
    mid: "v",
    codec: "h264",
    pt: 96,
    fmtp: "packetization-mode=1",
    port: 5004,
    rtcpPort: 5005,
    interface: "eth0",
    simulcast: true,
    svc: false,
    bufferKeyframes: true,
    h264Sps: "Z0IAKeKQFge2AtwEBAaQeJEV",
    sourceIndex: 1
  }
]
export const dataTrack = { type: "data", mid: "d", port: 0, dataType: "text", bufferLatestMessage: true, label: "chat" }

export const common = {
  name: "lobby",
  description: "Lobby camera",
  metadata: { shown: ["anything", 1] },
  secret: "secret-mountpoint",
  pin: "secret-pin",
  private: true,
  permanent: false,
  enabled: true,
  extra: { playoutdelay_ext: true }
}
export const rtp = {
  ...common,
  id: 12,
  type: "rtp",
  media: [...media, dataTrack],
  threads: 2,
  collision: 250,
  srtp: { suite: 80, crypto: "secretABCDEFGHIJKLMNOPQRSTUVWXYZabcdefgh".slice(0, 40) }
}
export const rtsp = {
  ...common,
  id: "string-id",
  type: "rtsp",
  url: "rtsp://secret-user@camera/1",
  rtspUser: "u",
  rtspPassword: "secret-rtsp",
  rtspTimeout: 5000,
  rtspConnectTimeout: 1000,
  rtspReconnectDelay: 2000
}
export const roomSpec = {
  description: "the lobby",
  secret: "secret-room",
  pin: "secret-join",
  private: true,
  permanent: false,
  publishers: 6,
  bitrate: 2_000_000,
  bitrateCap: true,
  firInterval: 10_000,
  audioCodecs: ["opus", "pcmu"],
  videoCodecs: ["h264", "vp8"],
  vp9Profile: "0",
  h264Profile: "42e01f",
  opusFec: true,
  opusDtx: false,
  audioLevel: true,
  audioLevelEvents: true,
  audioActivePackets: 100,
  audioLevelAverage: 25,
  videoOrientation: true,
  playoutDelay: true,
  transportWideCongestionControl: true,
  record: false,
  recordFolder: "/rec",
  lockRecord: true,
  requirePrivateId: false,
  signedTokens: false,
  notifyJoining: true,
  requireE2ee: false,
  dummyPublisher: false,
  threads: 1,
  allowed: ["secret-token-1", "secret-token-2"],
  adminKey: "secret-admin",
  extra: { rec_dir_custom: "x" }
}
export const room = { id: 7, secret: "secret-room", pin: "secret-join", ifMissing: "create", spec: roomSpec }
export const forward = { ssrc: 1, simulcast: true, srtp: { suite: 32, crypto: "secret-srtp" } }
export const ingest = {
  rtmpUrl: "rtmp://srs:1935",
  app: "live/inner",
  streamKey: "secret-stream-key",
  srsApi: "http://srs:1985"
}
const restart = { first: 500, factor: 2, cap: 30_000, stableAfter: 60_000, budget: 5 }
export const relay = {
  kind: "gstreamer",
  video: "transcode",
  audio: "copy",
  videoBitrate: 2_500_000,
  keyframeInterval: 2000,
  restart,
  pipeline: ["videotestsrc", "!", "fakesink"]
}

/** One specification of each kind, with every field. */
export const sources: ReadonlyArray<{ readonly kind: string } & Record<string, unknown>> = [
  { kind: "videoroom", room, publisher: { display: "anna" }, waitForPublisher: 30_000, forward },
  { kind: "videoroom", room: { id: "lobby" }, publisher: { id: 42 } },
  { kind: "videoroom", room: { id: 7 }, publisher: "any" },
  { kind: "browser_webrtc", room, token: "secret-whip", forward },
  { kind: "frontend_owned" },
  {
    kind: "obs",
    obs: { host: "studio", port: 4455, secure: true, password: "secret-obs", takeOver: true },
    ingest,
    relay
  },
  { kind: "obs", obs: { url: "wss://studio:4455" }, ingest },
  { kind: "rtmp_external", ingest, relay: { kind: "ffmpeg", video: "auto" } },
  { kind: "external", inputUrl: "rtmp://srs/live/secret-key" },
  {
    kind: "rtsp_camera",
    camera: {
      url: "rtsp://secret-camera/1",
      username: "secret-camera-user",
      password: "secret-camera-password",
      transport: "tcp",
      timeout: 10_000
    },
    relay
  },
  { kind: "pull", url: "srt://host:9000?passphrase=secret-srt", loop: true, relay },
  { kind: "test_pattern", width: 1280, height: 720, fps: 30, relay }
]

export const whole = {
  id: "lobby-cam",
  description: "Lobby camera",
  labels: { team: "events", "app.io/tier": "" },
  limits: { maxDuration: 21_600_000, giveUpAfter: 600_000 }
}

/** A copy of a JSON value with another value at this path; `undefined` takes the field away. */
export const having = (value: unknown, [first, ...rest]: ReadonlyArray<string | number>, to: unknown): unknown => {
  if (first === undefined) return to
  if (Array.isArray(value)) return value.map((one, i) => (i === first ? having(one, rest, to) : one))
  const record = value as Record<string, unknown> // the tests' own values
  const { [first]: old, ...others } = record
  const next = having(old ?? {}, rest, to)
  return next === undefined ? others : { ...others, [first]: next }
}

/** Every string in a JSON value. */
export const strings = (value: unknown): ReadonlyArray<string> =>
  typeof value === "string"
    ? [value]
    : typeof value === "object" && value !== null
    ? Object.values(value).flatMap(strings)
    : []

/** Every secret in it. */
export const secretsOf = (value: unknown): ReadonlyArray<string> =>
  strings(value).filter((one) => one.includes("secret"))
