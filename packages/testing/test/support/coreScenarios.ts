// The part of the table about the core: paths, ids and words.
import type { Scenario } from "./conformance.ts"
import { core, streaming } from "./scenarioParts.ts"

export const CORE: Scenario = {
  name: "the core knows its paths, ids and words",
  steps: [
    core({ janus: "ping" }, { janus: "pong" }),
    core({ janus: "info" }, { janus: "server_info", name: "Janus WebRTC Server", "session-timeout": 60 }),
    core({ janus: "PING" }, { janus: "pong" }),
    core({ janus: "frobnicate" }, "457 Unhandled request 'frobnicate' at this path"),
    core({ janus: 4 }, "467 Invalid element type (janus should be a string)"),
    core({}, "456 Missing mandatory element (janus)"),
    core({ janus: "create", id: -1 }, "467 Invalid element type (id should be a positive integer)"),
    core({ janus: "create", id: "x" }, "467 Invalid element type (id should be a positive integer)"),
    core({ janus: "keepalive" }, "457 Unhandled request 'keepalive' at this path"),
    core({ janus: "keepalive", session_id: 12 }, "458 No such session 12"),
    core({ janus: "keepalive", session_id: "$session" }, { janus: "ack" }),
    core({ janus: "frobnicate", session_id: "$session" }, "453 Unknown request 'frobnicate'"),
    core({ janus: "create", session_id: "$session" }, "453 Unknown request 'create'"),
    core({ janus: "attach", session_id: "$session" }, "456 Missing mandatory element (plugin)"),
    core({ janus: "attach", session_id: "$session", plugin: "nope" }, "460 No such plugin 'nope'"),
    core({ janus: "detach", session_id: "$session" }, "457 Unhandled request 'detach' at this path"),
    core({ janus: "message", session_id: "$session", body: {} }, "457 Unhandled request 'message' at this path"),
    core({ janus: "hangup", session_id: "$session" }, "457 Unhandled request 'hangup' at this path"),
    core({ janus: "trickle", session_id: "$session" }, "457 Unhandled request 'trickle' at this path"),
    core({ janus: "claim", session_id: "$session" }, { janus: "success" }),
    core({ janus: "claim", session_id: 12 }, "458 No such session 12"),
    streaming({}, "453 Missing mandatory element (request)"),
    core({ janus: "keepalive", session_id: "$session", handle_id: "$streaming" }, { janus: "ack" }),
    core(
      { janus: "frobnicate", session_id: "$session", handle_id: "$streaming" },
      "453 Unknown request 'frobnicate'"
    ),
    core(
      { janus: "attach", session_id: "$session", handle_id: "$streaming", plugin: "janus.plugin.streaming" },
      "457 Unhandled request 'attach' at this path"
    ),
    core(
      { janus: "destroy", session_id: "$session", handle_id: "$streaming" },
      "457 Unhandled request 'destroy' at this path"
    ),
    core(
      { janus: "message", session_id: "$session", handle_id: "$streaming" },
      "456 Missing mandatory element (body)"
    ),
    core(
      { janus: "message", session_id: "$session", handle_id: "$streaming", body: "x" },
      "467 Invalid element type (body should be an object)"
    ),
    core(
      { janus: "message", session_id: "$session", handle_id: "$streaming", body: {}, jsep: 4 },
      "455 Invalid jsep object"
    ),
    core(
      { janus: "message", session_id: "$session", handle_id: "$streaming", body: {}, jsep: { type: "offer" } },
      "456 JSEP error: missing mandatory element (sdp)"
    ),
    core(
      { janus: "message", session_id: "$session", handle_id: "$streaming", body: {}, jsep: { type: "x", sdp: "v=0" } },
      "464 JSEP error: unknown message type 'x'"
    ),
    core(
      {
        janus: "message",
        session_id: "$session",
        handle_id: "$streaming",
        body: {},
        jsep: { type: "offer", sdp: "x" }
      },
      "465 Invalid SDP (doesn't start with v=)"
    ),
    core(
      {
        janus: "message",
        session_id: "$session",
        handle_id: "$streaming",
        body: {},
        jsep: { type: "offer", sdp: "v=0\r\n" }
      },
      "465 Missing mandatory lines (o=, s= or m=)"
    ),
    core(
      { janus: "trickle", session_id: "$session", handle_id: "$streaming" },
      "456 Missing mandatory element (candidate|candidates)"
    ),
    core(
      { janus: "trickle", session_id: "$session", handle_id: "$streaming", candidate: {}, candidates: [] },
      "454 Can't have both candidate and candidates"
    ),
    core(
      { janus: "trickle", session_id: "$session", handle_id: "$streaming", candidate: { completed: true } },
      { janus: "ack" }
    ),
    core({ janus: "hangup", session_id: "$session", handle_id: "$streaming" }, { janus: "success" }),
    core({ janus: "detach", session_id: "$session", handle_id: "$streaming" }, { janus: "success" }),
    core({ janus: "destroy", session_id: "$session" }, { janus: "success" })
  ]
}
