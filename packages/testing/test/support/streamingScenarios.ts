// The part of the table about RTP mountpoints.
import type { Scenario } from "./conformance.ts"
import { audio, create, destroy, KEY, NOTHING, streaming, video } from "./scenarioParts.ts"

export const STREAMING_LIFE: Scenario = {
  name: "a mountpoint is created, described, edited, disabled and destroyed",
  steps: [
    create({
      id: 102,
      description: "d102",
      metadata: "{\"owner\":\"x\"}",
      secret: "s3",
      pin: "p1",
      name: "n102",
      is_private: true,
      collision: 200,
      threads: 2,
      media: [{ ...audio, label: "L", msid: "x y" }, { ...video, bufferkf: true, fmtp: "f", skew: true }, {
        type: "data",
        mid: "d",
        port: 0,
        iface: "127.0.0.1"
      }]
    }, {
      streaming: "created",
      created: "n102",
      permanent: false,
      stream: { id: 102, type: "live", description: "d102", is_private: true, host: "127.0.0.1" }
    }),
    create({ id: 102, media: [audio] }, "456 A stream with the provided ID already exists"),
    streaming({ request: "info", id: 102 }, { info: { id: 102, name: undefined, viewers: undefined, pin: undefined } }),
    streaming({ request: "info", id: 102, secret: "no" }, { info: { id: 102, secret: undefined, host: undefined } }),
    streaming({ request: "info", id: 102, secret: "s3" }, {
      info: { name: "n102", secret: "s3", pin: "p1", viewers: 0 }
    }),
    streaming({ request: "list" }, { streaming: "list", list: [] }),
    streaming({ request: "list", ...KEY }, { list: [{ id: 102, enabled: true }] }),
    streaming({ request: "LIST", admin_key: "" }, { list: [] }),
    streaming({ request: "list", admin_key: "no" }, "457 Unauthorized (wrong admin_key)"),
    streaming({ request: "edit", id: 102, new_metadata: "m" }, "453 Missing mandatory element (secret)"),
    streaming({ request: "edit", id: 102, secret: "no" }, "457 Unauthorized (wrong secret)"),
    streaming({ request: "edit", id: 99 }, "455 No such mountpoint (99)"),
    streaming({ request: "edit" }, "453 Missing mandatory element (id)"),
    streaming(
      { request: "edit", id: 102, secret: "s3", new_metadata: 5 },
      "454 Invalid element type (new_metadata should be a string)"
    ),
    streaming({
      request: "edit",
      id: 102,
      secret: "s3",
      new_secret: "s4",
      new_metadata: "M",
      new_description: "D",
      new_pin: "",
      new_is_private: false
    }, { streaming: "edited", id: 102, permanent: false }),
    streaming({ request: "edit", id: 102, secret: "s3", new_secret: "s5" }, "457 Unauthorized (wrong secret)"),
    streaming({ request: "edit", id: 102, secret: "s4", new_secret: "", new_description: "" }, { streaming: "edited" }),
    streaming({ request: "info", id: 102, secret: "s4" }, {
      info: { description: "D", metadata: "M", pin: undefined, is_private: undefined, secret: "s4" }
    }),
    streaming({ request: "enable", id: 102 }, "453 Missing mandatory element (secret)"),
    streaming({ request: "disable", id: 102, secret: "s4", stop_recording: false }, { streaming: "ok" }),
    streaming({ request: "info", id: 102 }, { info: { enabled: false } }),
    streaming({ request: "enable", id: 102, secret: "s4" }, { streaming: "ok" }),
    streaming({ request: "disable", id: 99 }, "455 No such mountpoint/stream 99"),
    streaming({ request: "kick_all", id: 102 }, "453 Missing mandatory element (secret)"),
    streaming({ request: "kick_all", id: 102, secret: "s4" }, { streaming: "kicked_all" }),
    streaming({ request: "destroy", id: 102 }, "453 Missing mandatory element (secret)"),
    streaming({ request: "destroy", id: 102, ...KEY }, "453 Missing mandatory element (secret)"),
    streaming({ request: "destroy", id: 102, secret: 4 }, "454 Invalid element type (secret should be a string)"),
    streaming({ request: "destroy", id: "102" }, "454 Invalid element type (id should be a positive integer)"),
    destroy(102, "s4"),
    streaming({ request: "destroy", id: 102, secret: "s4" }, "455 No such mountpoint/stream 102"),
    streaming({ request: "info", id: 102 }, "455 No such mountpoint/stream 102"),
    streaming({ request: "frobnicate" }, "452 Unknown request 'frobnicate'"),
    streaming({ request: 4 }, "454 Invalid element type (request should be a string)")
  ]
}

const BROKEN = "456 Can't add 'rtp' stream, error creating data source stream"
export const STREAMING_CREATE: Scenario = {
  name: "create refuses in the words of Janus, and accepts nonsense in silence",
  steps: [
    streaming({ request: "create", type: "rtp" }, "453 Missing mandatory element (admin_key)"),
    streaming({ request: "create", type: "rtp", admin_key: "x" }, "457 Unauthorized (wrong admin_key)"),
    create({ type: undefined }, "453 Missing mandatory element (type)"),
    create({ type: "nope" }, "454 Unknown stream type 'nope'...\n"),
    create({ id: "a" }, "454 Invalid element type (id should be a positive integer)"),
    create({ metadata: {} }, "454 Invalid element type (metadata should be a string)"),
    create({ name: null }, "454 Invalid element type (name should be a string)"),
    create({}, `456 Can't add 'rtp' stream, ${NOTHING}`),
    create({ media: [] }, `456 Can't add 'rtp' stream, ${NOTHING}`),
    create({ media: {} }, "454 Invalid element type (media should be an array)"),
    create({ media: [3] }, "453 Missing mandatory element (type)"),
    create({ media: [{ type: "audio", port: 0 }] }, "453 Missing mandatory element (mid)"),
    create({ media: [{ type: "audio", mid: "a" }] }, "453 Missing mandatory element (port)"),
    create({ media: [{ ...audio, port: -1 }] }, "454 Invalid element type (port should be a positive integer)"),
    create({ media: [{ ...audio, port: 1.5 }] }, "454 Invalid element type (port should be a positive integer)"),
    create({ media: [{ ...audio, type: "foo" }] }, "456 Unsupported media type in media stream"),
    create({ media: [{ ...audio, iface: "nope" }] }, "456 Invalid network interface configuration for media stream"),
    create({ media: [{ type: "audio", mid: "a", port: 0 }] }, BROKEN),
    create({ srtpsuite: 33 }, "456 Can't add 'rtp' stream, invalid SRTP suite..."),
    create({ srtpsuite: 32, srtpcrypto: "zz", media: [audio] }, "456 Error creating 'rtp' stream"),
    create({ audio: true }, "453 Missing mandatory element (audioport)"),
    create(
      { audio: true, audioport: 0, audiopt: 1, audiocodec: "opus", audioiface: "nope" },
      "456 Invalid network interface configuration for audio"
    ),
    create(
      { id: 7, media: [{ ...video, pt: 300, codec: "weird" }, { ...video, simulcast: true, port2: 0, port3: 0 }] },
      {
        stream: { id: 7 }
      }
    ),
    streaming({ request: "info", id: 7 }, {
      info: { media: [{ pt: 44, codec: undefined }, { videosimulcast: true }] }
    }),
    create({ id: 8, name: "mp-7", media: [audio] }, { created: "mp-7" }),
    destroy(8),
    destroy(7),
    create({
      id: 9,
      audio: true,
      audioport: 0,
      audiopt: 111,
      audiocodec: "opus",
      video: true,
      videoport: 0,
      videortcpport: 0,
      videopt: 100,
      videocodec: "vp8",
      data: true,
      dataport: 0
    }, { warning: "deprecated_api", created: "mp-9" }),
    streaming({ request: "info", id: 9 }, { info: { media: [{ mid: "a" }, { mid: "v" }, { mid: "d" }] } }),
    destroy(9),
    create({ id: 9007199254740991, media: [audio] }, { stream: { id: 9007199254740991 } }),
    destroy(9007199254740991)
  ]
}
