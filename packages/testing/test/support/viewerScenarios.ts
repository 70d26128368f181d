// The part of the table about viewers, and about mountpoints that bring their own media.
import type { Scenario, Step } from "./conformance.ts"
import { audio, create, destroy, NOTHING, streaming, video } from "./scenarioParts.ts"

export const OTHER_TYPES: Scenario = {
  name: "live, ondemand and rtsp mountpoints",
  steps: [
    create({ type: "live" }, "453 Missing mandatory element (filename)"),
    create(
      { type: "live", filename: "/no/x.alaw" },
      "456 Can't add 'live' stream, we only support audio file streaming right now..."
    ),
    create(
      { type: "live", filename: "/no/x.alaw", audio: true },
      "456 Can't add 'live' stream, no such file '/no/x.alaw'\n"
    ),
    create(
      { type: "ondemand", filename: "/no/x.mp3", audio: true },
      "456 Can't add 'ondemand' stream, unsupported format (we only support raw mu-Law and a-Law files right now)"
    ),
    create({ type: "rtsp" }, `456 Can't add 'rtsp' stream, ${NOTHING}`),
    create({ type: "rtsp", video: true }, "456 Error creating 'RTSP' stream"),
    create({ type: "rtsp", video: true, url: "rtsp://127.0.0.1:1/x" }, "456 Error creating 'RTSP' stream"),
    create({ type: "rtsp", video: true, url: "rtsp://127.0.0.1:1/x", rtsp_failcheck: false, id: 77, rtsp_user: "u" }, {
      created: "77"
    }),
    streaming({ request: "info", id: 77 }, { info: { rtsp: true, url: "rtsp://127.0.0.1:1/x", media: [] } }),
    streaming({ request: "list" }, { list: [{ id: 77 }] }),
    destroy(77)
  ]
}

export const VIEWER: Scenario = {
  name: "a viewer gets an offer, and is told when the mountpoint goes",
  steps: [
    create({ id: 5, pin: "pp", media: [audio, video] }, { stream: { id: 5 } }),
    ...["start", "pause", "configure", "switch"].map((request): Step => ({
      from: "viewer",
      send: { request, id: 5 },
      expect: `455 Can't ${request === "pause" ? "start" : request}: ${
        request === "start" || request === "pause" ? "no mountpoint set" : "not on a mountpoint"
      }`
    })),
    { from: "viewer", send: { request: "watch" }, expect: "453 Missing mandatory element (id)" },
    { from: "viewer", send: { request: "watch", id: 99 }, expect: "455 No such mountpoint/stream 99" },
    { from: "viewer", send: { request: "watch", id: 5 }, expect: "453 Missing mandatory element (pin)" },
    { from: "viewer", send: { request: "watch", id: 5, pin: "x" }, expect: "457 Unauthorized (wrong pin)" },
    {
      from: "viewer",
      send: { request: "watch", id: 5, pin: "pp", media: "a" },
      expect: "454 Invalid element type (media should be an array)"
    },
    {
      from: "viewer",
      send: { request: "watch", id: 5, pin: "pp", media: [1] },
      expect: "454 The media array must only contain strings (mid values)"
    },
    {
      from: "viewer",
      send: { request: "watch", id: 5, pin: "pp" },
      expect: { streaming: "event", result: { status: "preparing" } },
      events: [{ to: "viewer", data: { janus: "trickle", candidate: { completed: true } } }]
    },
    { from: "viewer", send: { request: "watch", id: 5, pin: "pp" }, expect: "460 Already watching mountpoint 5" },
    {
      from: "viewer",
      send: { request: "configure", mid: "a", send: false },
      expect: { result: { event: "configured" } }
    },
    streaming({ request: "info", id: 5 }, { info: { viewers: 1 } }),
    streaming({ request: "kick_all", id: 5 }, { streaming: "kicked_all" }, [
      { to: "viewer", data: { result: { status: "kicked_all" } } },
      { to: "viewer", data: { janus: "hangup", reason: "Close PC" } }
    ]),
    streaming({ request: "info", id: 5 }, { info: { viewers: 0 } }),
    {
      from: "viewer2",
      send: { request: "watch", id: 5, pin: "pp", media: ["v"] },
      expect: { result: { status: "preparing" } },
      events: [{ to: "viewer2", data: { janus: "trickle", candidate: { completed: true } } }]
    },
    streaming({ request: "destroy", id: 5 }, { destroyed: 5 }, [
      { to: "viewer2", data: { result: { status: "stopped" } } },
      { to: "viewer2", data: { janus: "hangup", reason: "Close PC" } }
    ])
  ]
}
