// What goes over the wire: our names to Janus', its defaults and ours, and what a plan hides.
import { assert, describe, it } from "@effect/vitest"
import { MountpointSpec } from "@headend/core/Mountpoint"
import { RoomSpec } from "@headend/core/Room"
import { masked } from "@headend/core/Secrets"
import { Redacted, Schema } from "effect"
import * as Sdp from "../src/internal/sdp.ts"
import * as Wire from "../src/internal/wire.ts"

const own = { secret: "s", metadata: "m", interface: "10.0.0.1" }
const mountpoint = (spec: unknown) =>
  Wire.mountpoint({ id: 1, ...masked(Schema.decodeUnknownSync(MountpointSpec)(spec)) } as never, own)
const room = (spec: unknown, token?: string) =>
  Wire.room(5, masked(Schema.decodeUnknownSync(RoomSpec)(spec)), { secret: "s", description: "d", token })

describe("a mountpoint", () => {
  it("has keyframes buffered, an RTCP pair on video, one interface and a short collision window", () => {
    assert.deepStrictEqual(mountpoint({ type: "rtp" }), {
      type: "rtp",
      id: 1,
      metadata: "m",
      secret: "s",
      collision: 200,
      media: [
        { type: "audio", mid: "a", port: 0, iface: "10.0.0.1", pt: 111, codec: "opus" },
        {
          type: "video",
          mid: "v",
          port: 0,
          iface: "10.0.0.1",
          pt: 96,
          codec: "h264",
          fmtp: "profile-level-id=42e01f;packetization-mode=1",
          rtcpport: 0,
          bufferkf: true
        }
      ]
    })
  })

  it("has every field of the specification under Janus' name", () => {
    const body = mountpoint({
      type: "rtp",
      id: 9,
      name: "n",
      description: "d",
      pin: "p",
      private: true,
      permanent: true,
      threads: 2,
      collision: "300 millis",
      srtp: { suite: 80, crypto: "A".repeat(40) },
      extra: { playoutdelay_ext: true },
      media: [
        { type: "audio", mid: "x", codec: "pcmu", rtcpPort: 7000, port: 6000, label: "l", multicast: "232.1.1.1" },
        { type: "video", codec: "vp8", simulcast: true, svc: false, bufferKeyframes: false, interface: "eth1" },
        { type: "data", dataType: "text", bufferLatestMessage: true }
      ]
    })
    const { media, ...rest } = body
    assert.deepStrictEqual(rest, {
      type: "rtp",
      id: 9,
      name: "n",
      description: "d",
      metadata: "m",
      secret: "s",
      pin: "p",
      is_private: true,
      permanent: true,
      threads: 2,
      collision: 300,
      srtpsuite: 80,
      srtpcrypto: "A".repeat(40),
      playoutdelay_ext: true
    })
    const at = (index: number) => (media as ReadonlyArray<Record<string, unknown>>)[index]
    assert.deepInclude(at(0), { mid: "x", pt: 0, codec: "pcmu", rtcpport: 7000, port: 6000, mcast: "232.1.1.1" })
    assert.deepInclude(at(1), { mid: "v", codec: "vp8", simulcast: true, svc: false, bufferkf: false, iface: "eth1" })
    assert.deepStrictEqual(at(2), {
      type: "data",
      mid: "d",
      port: 0,
      iface: "10.0.0.1",
      datatype: "text",
      databuffermsg: true
    })
  })

  it("of another type brings its own media", () => {
    const opus = { filename: "/a.opus", audio: true, audiocodec: "opus", audiopt: 111 }
    assert.deepInclude(mountpoint({ type: "ondemand", filename: "/a.opus" }), opus)
    assert.notProperty(mountpoint({ type: "live", filename: "/a.alaw" }), "audiocodec")
    assert.notProperty(mountpoint({ type: "live", filename: "/a.opus" }), "media")
    assert.deepInclude(
      mountpoint({
        type: "rtsp",
        url: "rtsp://h/x",
        rtspUser: "u",
        rtspPassword: "w",
        rtspTimeout: "1500 millis",
        rtspConnectTimeout: "3 seconds"
      }),
      {
        url: "rtsp://h/x",
        rtsp_user: "u",
        rtsp_pwd: "w",
        rtsp_timeout: 2,
        rtsp_conn_timeout: 3,
        audio: true,
        video: true
      }
    )
  })
})

describe("a room", () => {
  it("asks for keyframes every 10 seconds and takes three publishers of H.264 and Opus", () => {
    assert.deepStrictEqual(room({}), {
      room: 5,
      description: "d",
      secret: "s",
      publishers: 3,
      fir_freq: 10,
      audiocodec: "opus",
      videocodec: "h264"
    })
  })

  it("counts in whole seconds, up", () => {
    assert.deepInclude(room({ firInterval: "200 millis" }), { fir_freq: 1 })
    assert.deepInclude(room({ firInterval: "2500 millis" }), { fir_freq: 3 })
    assert.deepInclude(room({ firInterval: 0 }), { fir_freq: 0 })
  })

  it("lets our own watcher in when it is restricted, and its own admin key wins", () => {
    const body = room({ allowed: ["a"], adminKey: "k", videoCodecs: ["vp8", "h264"], recordFolder: "/r" }, "ours")
    assert.deepInclude(body, { allowed: ["a", "ours"], admin_key: "k", videocodec: "vp8,h264", rec_dir: "/r" })
  })
})

describe("extra", () => {
  // as a program may build it, without a schema
  const extra = {
    request: "destroy",
    id: 99,
    room: 99,
    type: "live",
    metadata: "none",
    description: "none",
    secret: "theirs",
    new_secret: "theirs",
    admin_key: "theirs",
    permanent: true,
    pin: "theirs",
    playout_x: 1
  }

  it("never replaces nor adds what is headend's", () => {
    assert.deepStrictEqual(
      Wire.mountpoint({ type: "rtp", id: 1, extra }, own),
      { ...Wire.mountpoint({ type: "rtp", id: 1 }, own), playout_x: 1 }
    )
    const of = { secret: "s", description: "d", token: undefined }
    assert.deepStrictEqual(Wire.room(5, { extra }, of), { ...Wire.room(5, {}, of), playout_x: 1 })
  })
})

describe("a forward", () => {
  it("sets an SSRC only when one is asked for", () => {
    const one = { sourceMid: "1", mid: "v", type: "video" as const, host: "h", port: 5, rtcpPort: 6, pt: 96 }
    const plain = Wire.forward(7, [one], {}, () => "10.1.1.1")
    assert.deepStrictEqual(plain, {
      publisher_id: 7,
      host: "10.1.1.1",
      streams: [{ mid: "1", host: "10.1.1.1", port: 5, rtcp_port: 6, pt: 96 }]
    })
    const srtp = { suite: 80 as const, crypto: Redacted.make("key") }
    assert.deepStrictEqual(Wire.forward(7, [one], { ssrc: 3, simulcast: true, srtp }, (host) => host), {
      publisher_id: 7,
      host: "h",
      srtp_suite: 80,
      srtp_crypto: "key",
      streams: [{ mid: "1", host: "h", port: 5, rtcp_port: 6, pt: 96, ssrc: 3, simulcast: true }]
    })
  })
})

it("a plan hides every secret, wherever it is", () => {
  const shown = JSON.stringify(Wire.redact({
    secret: "hush",
    admin_key: "hush",
    url: "rtsp://camera/hush?token=hush",
    relay: "rtsp://user:hu@hush@camera/x?token=hush#hush",
    allowed: ["hush"],
    streams: [{ srtp_crypto: "hush", port: 5 }],
    extra: { rtsp_pwd: "hush" }
  }))
  assert.notInclude(shown, "hush")
  assert.include(shown, "\"url\":\"rtsp://***\"")
  assert.include(shown, "\"relay\":\"rtsp://***@camera/x?***\"")
  assert.include(shown, "5")
})

describe("SDP", () => {
  const sdp = [
    "v=0",
    "o=- 1 1 IN IP4 0.0.0.0",
    "s=-",
    "m=audio 0 UDP/TLS/RTP/SAVPF 111",
    "a=mid:0",
    "m=video 9 UDP/TLS/RTP/SAVPF 96",
    "a=mid:1",
    "a=ice-ufrag:abcd",
    ""
  ].join("\r\n")

  it("takes candidates in the first media line that was not rejected", () => {
    const after = Sdp.withCandidates(sdp, ["candidate:1 1 udp 1 10.0.0.1 5 typ host"])
    assert.isTrue(after.startsWith(sdp))
    assert.isTrue(
      after.endsWith("a=ice-ufrag:abcd\r\na=candidate:1 1 udp 1 10.0.0.1 5 typ host\r\na=end-of-candidates\r\n")
    )
  })

  it("is rejected only when nothing is left", () => {
    assert.isFalse(Sdp.isRejected(sdp))
    assert.isTrue(Sdp.isRejected(sdp.replace("video 9", "video 0")))
  })

  it("fragments name their media line", () => {
    const text = "a=ice-ufrag:abcd\r\nm=video 9 RTP/AVP 0\r\na=mid:1\r\na=candidate:1 x\r\na=end-of-candidates\r\n"
    assert.deepStrictEqual(Sdp.fragment(text, ["0", "1"]), {
      ufrag: "abcd",
      candidates: [{ candidate: "candidate:1 x", sdpMid: "1", sdpMLineIndex: 1 }, { completed: true }]
    })
    assert.isString(Sdp.fragment(text, ["0"]))
    assert.isString(Sdp.fragment("hello", ["0"]))
  })
})
