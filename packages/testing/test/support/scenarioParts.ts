// Pieces of which the scenarios are made: a step for each kind of request, and an offer like a browser's.
import type { Step } from "./conformance.ts"

export const streaming = (send: Record<string, unknown>, expect: Step["expect"], events?: Step["events"]): Step => ({
  from: "streaming",
  send,
  expect,
  ...(events ? { events } : {})
})
export const videoroom = (send: Record<string, unknown>, expect: Step["expect"], events?: Step["events"]): Step => ({
  from: "videoroom",
  send,
  expect,
  ...(events ? { events } : {})
})
export const core = (send: Record<string, unknown>, expect: Step["expect"]): Step => ({ from: "core", send, expect })
export const KEY = { admin_key: "streaming-admin" }
export const ROOM_KEY = { admin_key: "videoroom-admin" }
export const audio = { type: "audio", mid: "a", port: 0, pt: 111, codec: "opus", iface: "127.0.0.1" }
export const video = { type: "video", mid: "v", port: 0, rtcpport: 0, pt: 96, codec: "h264", iface: "127.0.0.1" }
export const create = (fields: Record<string, unknown>, expect: Step["expect"]): Step =>
  streaming({ request: "create", type: "rtp", ...KEY, ...fields }, expect)
export const destroy = (id: number, secret?: string): Step =>
  streaming({ request: "destroy", id, ...(secret === undefined ? {} : { secret }) }, {
    streaming: "destroyed",
    destroyed: id
  })
export const makeRoom = (room: number, fields: Record<string, unknown> = {}): Step =>
  videoroom({ request: "create", room, ...ROOM_KEY, ...fields }, { videoroom: "created", room, permanent: false })
export const dropRoom = (room: number, secret?: string): Step =>
  videoroom({ request: "destroy", room, ...(secret === undefined ? {} : { secret }) }, {
    videoroom: "destroyed",
    room,
    permanent: false
  })

/** What a browser would offer: audio and video, both sent. */
export const OFFER = [
  "v=0",
  "o=- 1 2 IN IP4 127.0.0.1",
  "s=-",
  "t=0 0",
  "a=group:BUNDLE 0 1",
  "a=msid-semantic: WMS x",
  ...[
    ["m=audio 9 UDP/TLS/RTP/SAVPF 111", "0", "a=rtpmap:111 opus/48000/2", "a=fmtp:111 minptime=10;useinbandfec=1"],
    ["m=video 9 UDP/TLS/RTP/SAVPF 96", "1", "a=rtpmap:96 VP8/90000", "a=rtcp-fb:96 nack pli"]
  ].flatMap(([line, mid, ...codec]) => [
    line,
    "c=IN IP4 0.0.0.0",
    "a=ice-ufrag:abcd",
    "a=ice-pwd:abcdefghijklmnopqrstuvwx",
    "a=ice-options:trickle",
    `a=fingerprint:sha-256 ${Array.from({ length: 32 }, () => "AB").join(":")}`,
    "a=setup:actpass",
    `a=mid:${mid}`,
    "a=sendonly",
    "a=rtcp-mux",
    ...codec,
    `a=ssrc:${Number(mid) + 1} cname:x`
  ])
].join("\r\n") + "\r\n"

export const NOTHING = "no audio or video have to be streamed..."

/** A step of any handle. */
export const on = (
  from: Step["from"],
  send: Record<string, unknown>,
  expect: Step["expect"],
  events?: Step["events"]
): Step => ({
  from,
  send,
  expect,
  ...(events ? { events } : {})
})
