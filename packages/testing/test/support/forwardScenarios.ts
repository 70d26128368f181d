// The part of the table about publishing and rtp_forward.
import type { Scenario } from "./conformance.ts"
import { core, dropRoom, makeRoom, OFFER, on, ROOM_KEY, videoroom } from "./scenarioParts.ts"

const forward = { request: "rtp_forward", room: 400, publisher_id: 9, secret: "rt", host: "127.0.0.1", ...ROOM_KEY }
const stop = { request: "stop_rtp_forward", room: 400, publisher_id: 9, stream_id: 5, secret: "rt", ...ROOM_KEY }
const without = (fields: Record<string, unknown>, name: string) =>
  Object.fromEntries(Object.entries(fields).filter(([key]) => key !== name))

export const FORWARDING: Scenario = {
  name: "rtp_forward checks its fields, and succeeds with nothing done",
  steps: [
    makeRoom(400, { secret: "rt" }),
    on("p1", { request: "join", room: 400, ptype: "publisher", id: 9, display: "pub" }, { id: 9 }),
    ...["host", "room", "publisher_id", "admin_key", "secret"].map((name) =>
      videoroom(without(forward, name), `429 Missing mandatory element (${name})`)
    ),
    videoroom({ ...forward, admin_key: "x" }, "433 Unauthorized (wrong admin_key)"),
    videoroom({ ...forward, secret: "x" }, "433 Unauthorized (wrong secret)"),
    videoroom({ ...forward, room: 999 }, "426 No such room (999)"),
    videoroom({ ...forward, publisher_id: 77 }, "428 No such feed (77)"),
    videoroom({ ...forward, host: "no.such.host.invalid" }, "430 Could not resolve address (no.such.host.invalid)..."),
    videoroom({ ...forward, host_family: "ipv9" }, "430 Unsupported protocol family (ipv9)"),
    videoroom({ ...forward, srtp_suite: 33, srtp_crypto: "x" }, "430 Invalid SRTP suite (33)"),
    videoroom({ ...forward, streams: {} }, "430 Invalid element type (streams should be an array)"),
    videoroom({ ...forward, streams: [{ mid: "0" }] }, "429 Missing mandatory element (port)"),
    videoroom({ ...forward, streams: [{ port: 1 }] }, "429 Missing mandatory element (mid)"),
    videoroom(
      { ...forward, streams: [{ mid: "0", port: -1 }] },
      "430 Invalid element type (port should be a positive integer)"
    ),
    videoroom({ ...forward, streams: [{ mid: "0", port: 1, host: "no.such.host.invalid" }] }, { forwarders: [] }),
    videoroom(
      { ...forward, streams: [{ mid: "0", port: 1, host: "127.0.0.1", host_family: "ipv9" }] },
      "430 Unsupported protocol family (ipv9)"
    ),
    videoroom({ ...forward, streams: [] }, { forwarders: [], room: 400, videoroom: "rtp_forward" }),
    videoroom({ ...forward, streams: [{ mid: "0", port: 5000 }] }, { publisher_id: 9, forwarders: [] }),
    videoroom(forward, { rtp_stream: { warning: "deprecated_api", host: "127.0.0.1" }, forwarders: undefined }),
    videoroom({ ...forward, host: "localhost", audio_port: 5002 }, {
      rtp_stream: { host: "127.0.0.1", audio: undefined }
    }),
    ...["room", "publisher_id", "stream_id", "admin_key", "secret"].map((name) =>
      videoroom(without(stop, name), `429 Missing mandatory element (${name})`)
    ),
    videoroom(stop, "428 No such stream (5)"),
    videoroom({ ...stop, publisher_id: 77 }, "428 No such feed (77)"),
    videoroom({ ...stop, room: 999 }, "426 No such room (999)"),
    videoroom({ request: "listforwarders", room: 400, secret: "rt" }, { publishers: [] }),
    dropRoom(400, "rt")
  ]
}

export const PUBLISHING: Scenario = {
  name: "an offer is answered, and its tracks can be forwarded",
  steps: [
    makeRoom(400, { secret: "rt", notify_joining: true }),
    {
      from: "p1",
      send: { request: "join", room: 400, ptype: "publisher", id: 9, display: "pub" },
      expect: { id: 9, streams: undefined }
    },
    on("p2", { request: "join", room: 400, ptype: "publisher", id: 10 }, { id: 10 }),
    {
      from: "p1",
      send: { request: "publish" },
      jsep: { type: "answer", sdp: OFFER },
      expect: "469 Unexpected ANSWER (did we offer?)"
    },
    {
      from: "p1",
      send: { request: "publish" },
      jsep: { type: "offer", sdp: OFFER },
      expect: {
        configured: "ok",
        audio_codec: "opus",
        video_codec: "vp8",
        streams: [{ type: "audio", mindex: 0, mid: "0", codec: "opus", fec: true }, {
          type: "video",
          mid: "1",
          codec: "vp8"
        }]
      },
      events: [{ to: "p1", data: { janus: "trickle", candidate: { completed: true } } }]
    },
    videoroom({
      ...forward,
      streams: [{ mid: "0", port: 5000, pt: 111 }, { mid: "1", port: 5002, rtcp_port: 5003, pt: 96, ssrc: 5 }]
    }, {
      publisher_id: 9,
      forwarders: [
        { host: "127.0.0.1", port: 5000, type: "audio", pt: 111, local_rtcp_port: undefined },
        { port: 5002, type: "video", remote_rtcp_port: 5003, pt: 96, ssrc: 5 }
      ]
    }),
    videoroom({
      ...forward,
      host: "localhost",
      streams: [{ mid: "0", port: 70000 }, { mid: "1", port: 0 }, { mid: "9", port: 1 }]
    }, {
      forwarders: [{ port: 4464, pt: undefined }, { port: 0 }]
    }),
    videoroom({
      ...forward,
      streams: [{ mid: "0", port: 5030, host: "localhost" }, { mid: "1", port: 5032, host: "no.such.host.invalid" }]
    }, { forwarders: [{ host: "127.0.0.1", port: 5030 }, { host: "127.0.0.1", port: 5032 }] }),
    videoroom({ ...forward, audio_port: 5010, video_port: 5012, video_rtcp_port: 5013, data_port: 5020 }, {
      rtp_stream: { audio: 5010, video: 5012, warning: "deprecated_api", data: undefined }
    }),
    videoroom({ request: "listforwarders", room: 400, secret: "rt" }, {
      publishers: [{ publisher_id: 9, display: "pub" }]
    }),
    videoroom({ request: "kick", room: 400, secret: "rt", id: 9 }, { videoroom: "success" }, [
      { to: "p1", data: { leaving: "ok", reason: "kicked" } },
      { to: "p1", data: { janus: "hangup", reason: "Close PC" } },
      { to: "p2", data: { kicked: 9 } }
    ]),
    videoroom({ request: "listforwarders", room: 400, secret: "rt" }, { publishers: [] }),
    {
      from: "p3",
      send: { request: "joinandconfigure", room: 400, ptype: "publisher", id: 31 },
      jsep: { type: "offer", sdp: OFFER },
      expect: { videoroom: "joined", id: 31, audio_codec: "opus", streams: [{ mid: "0" }, { mid: "1" }] },
      events: [{ to: "p3", data: { janus: "trickle", candidate: { completed: true } } }]
    },
    core({ janus: "hangup", session_id: "$session", handle_id: "$p3" }, { janus: "success" }),
    on("p2", { request: "configure" }, { configured: "ok" }, [
      { to: "p2", data: { unpublished: 31 } },
      { to: "p3", data: { janus: "hangup", reason: "Janus API" } }
    ]),
    videoroom({ ...forward, publisher_id: 31, streams: [{ mid: "0", port: 5000 }] }, { forwarders: [] }),
    dropRoom(400, "rt")
  ]
}
