// The part of the table about rooms and who is in them.
import type { Scenario } from "./conformance.ts"
import { core, dropRoom, makeRoom, on, ROOM_KEY, videoroom } from "./scenarioParts.ts"

export const ROOMS: Scenario = {
  name: "rooms are created, found, edited, listed and destroyed",
  steps: [
    videoroom({ request: "create" }, "429 Missing mandatory element (admin_key)"),
    videoroom({ request: "create", admin_key: "x" }, "433 Unauthorized (wrong admin_key)"),
    videoroom(
      { request: "create", ...ROOM_KEY, room: "a" },
      "430 Invalid element type (room should be a positive integer)"
    ),
    videoroom(
      { request: "create", ...ROOM_KEY, publishers: -1 },
      "430 Invalid element type (publishers should be a positive integer)"
    ),
    videoroom(
      { request: "create", ...ROOM_KEY, videocodec: "foo" },
      "430 Invalid element (videocodec can only be or contain vp8, vp9, av1, h264 or h265)"
    ),
    videoroom(
      { request: "create", ...ROOM_KEY, audiocodec: "opus,foo" },
      "430 Invalid element (audiocodec can only be or contain opus, isac32, isac16, pcmu, pcma or g722)"
    ),
    videoroom(
      { request: "create", ...ROOM_KEY, allowed: [3] },
      "430 Invalid element in the allowed array (not a string)"
    ),
    makeRoom(200, {
      description: "r",
      secret: "rs",
      pin: "pp",
      publishers: 2,
      videocodec: "vp8,h264",
      fir_freq: 10,
      bitrate: 1000
    }),
    makeRoom(201, {
      is_private: true,
      notify_joining: true,
      record: true,
      rec_dir: "recordings",
      audiolevel_event: true
    }),
    videoroom({ request: "create", ...ROOM_KEY, room: 200 }, "427 Room 200 already exists"),
    videoroom({ request: "exists", room: 200 }, { videoroom: "success", room: 200, exists: true }),
    videoroom({ request: "exists", room: 999 }, { exists: false }),
    videoroom({ request: "exists" }, "429 Missing mandatory element (room)"),
    videoroom({ request: "list" }, { list: [{ room: 200, max_publishers: 2, bitrate: 64000, fir_freq: 10 }] }),
    videoroom({ request: "list", admin_key: "x" }, "433 Unauthorized (wrong admin_key)"),
    videoroom({ request: "edit", room: 200 }, "429 Missing mandatory element (secret)"),
    videoroom({ request: "edit", room: 200, secret: "x" }, "433 Unauthorized (wrong secret)"),
    videoroom({ request: "edit", room: 999 }, "426 No such room (999)"),
    videoroom(
      { request: "edit", room: 200, new_is_private: "x" },
      "430 Invalid element type (new_is_private should be a boolean)"
    ),
    videoroom({
      request: "edit",
      room: 200,
      secret: "rs",
      new_secret: "rt",
      new_description: "R2",
      new_publishers: 4,
      new_fir_freq: 2,
      new_bitrate: 5
    }, { videoroom: "edited", room: 200, permanent: false }),
    videoroom({ request: "edit", room: 200, secret: "rs" }, "433 Unauthorized (wrong secret)"),
    videoroom({ request: "list", admin_key: "" }, { list: [{ room: 200, description: "R2", max_publishers: 4 }] }),
    videoroom({ request: "listparticipants", room: 200 }, { videoroom: "participants", participants: [] }),
    videoroom({ request: "listparticipants", room: 999 }, "426 No such room (999)"),
    videoroom({ request: "listforwarders", room: 200 }, "429 Missing mandatory element (secret)"),
    videoroom({ request: "listforwarders", room: 200, secret: "rt" }, { videoroom: "forwarders", publishers: [] }),
    videoroom({ request: "listforwarders", room: 999 }, "426 No such room (999)"),
    videoroom({ request: "kick", room: 200, secret: "rt", id: 1 }, "428 No such user 1 in room 200"),
    videoroom({ request: "kick", room: 200, id: 1 }, "429 Missing mandatory element (secret)"),
    videoroom({ request: "kick", room: 200 }, "429 Missing mandatory element (id)"),
    videoroom({ request: "destroy", room: 200 }, "429 Missing mandatory element (secret)"),
    videoroom({ request: "destroy", room: 200, secret: "x" }, "433 Unauthorized (wrong secret)"),
    dropRoom(200, "rt"),
    dropRoom(201),
    videoroom({ request: "destroy", room: 200 }, "426 No such room (200)"),
    videoroom({ request: "destroy" }, "429 Missing mandatory element (room)"),
    videoroom({ request: "frobnicate" }, "423 Unknown request 'frobnicate'"),
    videoroom({}, "429 Missing mandatory element (request)"),
    videoroom({ request: 3 }, "430 Invalid element type (request should be a string)")
  ]
}

const join = { request: "join", room: 300, pin: "pp", ptype: "publisher" }

export const MEMBERS: Scenario = {
  name: "participants join, are seen by others, and leave",
  steps: [
    makeRoom(300, { pin: "pp", notify_joining: true, secret: "rs" }),
    ...["configure", "publish", "leave", "unpublish"].map((request) =>
      on("p1", { request }, "424 Invalid request on unconfigured participant")
    ),
    on("p1", { request: "join" }, "429 Missing mandatory element (room)"),
    on("p1", { request: "join", room: 300 }, "429 Missing mandatory element (ptype)"),
    on("p1", { ...join, room: 999 }, "426 No such room (999)"),
    on("p1", { ...join, pin: undefined }, "429 Missing mandatory element (pin)"),
    on("p1", { ...join, pin: "x" }, "433 Unauthorized (wrong pin)"),
    on("p1", { ...join, ptype: "foo" }, "430 Invalid element (ptype)"),
    on("p1", { ...join, id: "x" }, "430 Invalid element type (id should be a positive integer)"),
    on("p1", { ...join, ptype: "subscriber" }, "429 Missing mandatory element (feed)"),
    on("p1", { ...join, ptype: "subscriber", feed: 77 }, "428 No such feed (77)"),
    on("p1", { ...join, ptype: "subscriber", streams: [{ feed: 77 }] }, "428 No such feed (77)"),
    on("p1", { ...join, id: 9, display: "nine" }, {
      videoroom: "joined",
      room: 300,
      id: 9,
      publishers: [],
      attendees: []
    }),
    on("p2", { ...join, id: 9 }, "436 User ID 9 already exists"),
    on("p2", { ...join, id: 10, display: "two" }, { id: 10, attendees: [{ id: 9, display: "nine" }] }, [
      { to: "p1", data: { videoroom: "event", room: 300, joining: { id: 10, display: "two" } } }
    ]),
    on("p2", { ...join, id: 10 }, "425 Already in as a publisher on this handle"),
    videoroom({ request: "listparticipants", room: 300 }, {
      participants: [{ id: 9, display: "nine", publisher: false }, { id: 10, publisher: false }]
    }),
    on("p1", { request: "configure", display: "neun" }, { configured: "ok" }, [
      { to: "p2", data: { id: 9, display: "neun" } }
    ]),
    on("p1", { request: "publish" }, { configured: "ok" }),
    on("p1", { request: "unpublish" }, "435 Can't unpublish, not published"),
    on("p1", { request: "start" }, "423 Unknown request 'start'"),
    on("p1", { request: "leave" }, { room: 300, leaving: "ok" }, [{ to: "p2", data: { leaving: 9 } }]),
    on("p1", { request: "leave" }, "426 No such room"),
    on("p1", { ...join, id: 9 }, "425 Not in a room (create a new handle)"),
    on("p3", { ...join, id: 41 }, { id: 41 }),
    videoroom({ request: "kick", room: 300, secret: "rs", id: 41 }, { videoroom: "success" }, [
      { to: "p3", data: { leaving: "ok", reason: "kicked" } },
      { to: "p2", data: { kicked: 41 } }
    ]),
    on("p3", { request: "publish" }, "426 No such room"),
    videoroom({ request: "destroy", room: 300, secret: "rs" }, { videoroom: "destroyed" }, [
      { to: "p2", data: { videoroom: "destroyed", room: 300 } }
    ]),
    on("p2", { request: "configure" }, "426 No such room")
  ]
}

export const DETACHING: Scenario = {
  name: "a participant leaves with its handle",
  steps: [
    makeRoom(310),
    on("p1", { ...join, room: 310, id: 1 }, { id: 1 }),
    on("p2", { ...join, room: 310, id: 2 }, { id: 2 }),
    core({ janus: "detach", session_id: "$session", handle_id: "$p1" }, { janus: "success" }),
    on("p2", { request: "configure" }, { configured: "ok" }, [
      { to: "p2", data: { unpublished: 1 } },
      { to: "p2", data: { leaving: 1 } },
      { to: "p1", data: { janus: "detached" } }
    ]),
    videoroom({ request: "listparticipants", room: 310 }, { participants: [{ id: 2 }] }),
    core({ janus: "hangup", session_id: "$session", handle_id: "$p2" }, { janus: "success" }),
    dropRoom(310)
  ]
}
