/**
 * Payloads as `BroadcastRequest.to_payload()` of streaming_utils writes them: one for each of its three flows.
 */

/** VideoRoom to a mountpoint. What is not used is `None`. */
export const videoroom = {
  source_kind: "videoroom",
  relay_kind: "none",
  room_id: 1234,
  publisher_id: 77,
  create_mountpoint: true,
  owned_by_app: true,
  host: "127.0.0.1",
  mountpoint_spec: {
    type: "rtp",
    id: 9001,
    description: "Lobby",
    secret: "mp-secret",
    pin: "1234",
    is_private: true,
    media: [
      { type: "audio", mid: "a", pt: 111, codec: "opus", fmtp: null },
      {
        type: "video",
        mid: "v",
        port: 20_002,
        rtp_port: 20_003,
        pt: 96,
        codec: "H264",
        fmtp: "profile-level-id=42e01f",
        bind_interface: "127.0.0.1",
        mindex: 1
      }
    ]
  },
  room_spec: {
    room: 1234,
    description: "Lobby",
    secret: "room-secret",
    publishers: 6,
    fir_freq: 10,
    audiocodec: "opus",
    videocodec: "h264,vp8",
    admin_key: "supersecret"
  },
  input_url: null,
  gstreamer_pipeline: null,
  srs: null,
  rtsp_camera: null,
  obs_host: null
}

/** OBS to SRS to FFmpeg to a mountpoint. */
export const obsThroughSrs = {
  source_kind: "obs",
  relay_kind: "ffmpeg",
  create_mountpoint: true,
  obs_host: "10.0.0.5",
  obs_port: 4455,
  obs_password: "obs-secret",
  obs_secure: false,
  srs: { rtmp_url: "rtmp://127.0.0.1:1935", app: "live", stream_key: "obs1" },
  mountpoint_spec: { id: 9002, media: [{ type: "audio", codec: "opus" }, { type: "video", codec: "h264" }] }
}

/** What its queue carries. */
export const queued = {
  queue_kind: "redis",
  source_kind: "rtsp_camera",
  relay_kind: "gstreamer",
  rtsp_camera: { url: "rtsp://10.0.0.9/main", username: "u", password: "p", transport: "tcp", timeout: 10 },
  mountpoint_spec: { id: 9003, media: [{ type: "video", codec: "h264" }] }
}
