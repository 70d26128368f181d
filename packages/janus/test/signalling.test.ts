// WHIP and WHEP signalling on the fake Janus, also on a version that the distribution does not have.
import { assert, describe, it } from "@effect/vitest"
import { ownerOf } from "@headend/core/Mark"
import { Mountpoints } from "@headend/core/Mountpoints"
import { Rooms } from "@headend/core/Rooms"
import { JanusWhep } from "@headend/janus/JanusWhep"
import { JanusWhip } from "@headend/janus/JanusWhip"
import { type FakeJanusOptions, type FakeJanusServer, scoped } from "@headend/testing/FakeJanusServer"
import { Effect, Redacted, Schedule } from "effect"
import { portsOn } from "./support/ports.ts"

const mark = { instance: "s", broadcast: "b", run: 1, epoch: 1, worker: "w" }

const sdp = (ufrag: string, direction: "sendonly" | "recvonly", video = "H264/90000") =>
  [
    "v=0",
    "o=- 1 1 IN IP4 127.0.0.1",
    "s=-",
    "t=0 0",
    "a=group:BUNDLE 0 1",
    ...[["audio", "111", "opus/48000/2"], ["video", "96", video]].flatMap(([type, pt, codec], mid) => [
      `m=${type} 9 UDP/TLS/RTP/SAVPF ${pt}`,
      "c=IN IP4 0.0.0.0",
      `a=mid:${mid}`,
      `a=ice-ufrag:${ufrag}`,
      "a=ice-pwd:aaaaaaaaaaaaaaaaaaaaaaaa",
      `a=fingerprint:sha-256 ${Array(32).fill("AA").join(":")}`,
      "a=setup:actpass",
      "a=rtcp-mux",
      `a=${direction}`,
      `a=rtpmap:${pt} ${codec}`
    ]),
    ""
  ].join("\r\n")

const on = <A, E, R>(
  options: FakeJanusOptions,
  use: (server: FakeJanusServer) => Effect.Effect<A, E, R>
) => Effect.flatMap(scoped(options), (server) => Effect.provide(use(server), portsOn(server)))

const tag = <A, E extends { readonly _tag: string }, R>(effect: Effect.Effect<A, E, R>) =>
  Effect.map(Effect.flip(effect), ({ _tag }) => _tag)

const until = (holds: () => boolean) =>
  Effect.suspend(() => (holds() ? Effect.void : Effect.fail("not yet"))).pipe(
    Effect.retry(Schedule.upTo(Schedule.spaced("5 millis"), { duration: "10 seconds" }))
  )

const handles = (server: FakeJanusServer) =>
  [...server.sessions.values()].reduce((sum, session) => sum + session.handles.size, 0)

describe("WHIP", () => {
  it.live("publishes with all candidates in the answer, and leaves on remove", () =>
    on({}, (server) =>
      Effect.gen(function*() {
        const whip = yield* JanusWhip
        const room = yield* (yield* Rooms).ensure(1, { pin: Redacted.make("p") }, mark)
        const session = yield* whip.publish({ room, offer: sdp("abcd", "sendonly"), display: "anna" })
        assert.match(session.answer, /^a=candidate:/m)
        assert.match(session.answer, /^a=end-of-candidates\r?$/m)
        assert.match(session.etag, /^".+"$/)
        assert.strictEqual(server.rooms.get(1)?.participants.get(session.publisher)?.display, "anna")
        const candidate = "m=audio 9 RTP/AVP 0\r\na=mid:1\r\na=candidate:1 1 udp 1 10.0.0.1 5 typ host\r\n"
        yield* whip.trickle(session.resourceId, candidate, session.etag)
        const told = server.journal.find(({ janus }) => janus === "trickle")
        assert.strictEqual(told?.code, 0)
        const restart = whip.trickle(session.resourceId, "a=ice-ufrag:other\r\na=ice-pwd:x\r\n", "*")
        assert.strictEqual(yield* tag(restart), "RestartUnsupported")
        yield* whip.remove(session.resourceId)
        assert.strictEqual(server.rooms.get(1)?.participants.size, 0)
        assert.strictEqual(handles(server), 2)
        assert.strictEqual(yield* tag(whip.remove(session.resourceId)), "ResourceMissing")
      })))

  it.live("a refused one leaves no handle: no such room, a wrong pin, no room left, nothing in common", () =>
    on({}, (server) =>
      Effect.gen(function*() {
        const whip = yield* JanusWhip
        const offer = sdp("abcd", "sendonly")
        const rooms = yield* Rooms
        yield* rooms.ensure(1, { pin: Redacted.make("p"), publishers: 1 }, mark)
        const room = { id: 1, pin: Redacted.make("p") }
        assert.strictEqual(yield* tag(whip.publish({ room: { id: 9 }, offer })), "RoomMissing")
        assert.strictEqual(yield* tag(whip.publish({ room: { id: 1 }, offer })), "Unauthorized")
        const { publisher } = yield* whip.publish({ room, offer })
        yield* until(() => server.rooms.get(1)?.participants.get(publisher)?.published === true)
        assert.strictEqual(yield* tag(whip.publish({ room, offer })), "RoomFull")
        assert.strictEqual(handles(server), 3)
      })))

  it.live("ends with the peer, and with the connection", () =>
    on({}, (server) =>
      Effect.gen(function*() {
        const whip = yield* JanusWhip
        const room = yield* (yield* Rooms).ensure(1, {}, mark)
        const first = yield* whip.publish({ room, offer: sdp("abcd", "sendonly") })
        yield* until(() => server.unpublish(1, first.publisher))
        yield* until(() => handles(server) === 2)
        assert.strictEqual(yield* tag(whip.remove(first.resourceId)), "ResourceMissing")
        const second = yield* whip.publish({ room, offer: sdp("abcd", "sendonly") })
        server.dropConnections()
        yield* until(() => server.rooms.get(1)?.participants.size === 0)
        assert.strictEqual(yield* tag(whip.trickle(second.resourceId, "a=end-of-candidates")), "ResourceMissing")
      })))

  it.live("our own publishers leave a room that is destroyed, and one by one on request", () =>
    on({}, (server) =>
      Effect.gen(function*() {
        const whip = yield* JanusWhip
        const rooms = yield* Rooms
        const room = yield* rooms.ensure(1, {}, mark)
        yield* whip.publish({ room, offer: sdp("abcd", "sendonly") })
        yield* whip.removeAll(1)
        assert.strictEqual(server.rooms.get(1)?.participants.size, 0)
        yield* whip.publish({ room, offer: sdp("abcd", "sendonly") })
        yield* rooms.destroy(1, ownerOf(mark))
        assert.isFalse(server.rooms.has(1))
        yield* until(() => handles(server) === 2)
      })))
})

describe("WHEP", () => {
  it.live("answers a viewer's offer from 1.1.4 on", () =>
    on({ version: 1104 }, (server) =>
      Effect.gen(function*() {
        const whep = yield* JanusWhep
        yield* (yield* Mountpoints).ensure({ type: "rtp", id: 1, pin: Redacted.make("p") }, mark)
        const offer = sdp("abcd", "recvonly")
        assert.strictEqual(yield* tag(whep.play({ id: 1, offer })), "Unauthorized")
        const session = yield* whep.play({ id: 1, offer, pin: Redacted.make("p") })
        assert.match(session.sdp, /^a=candidate:/m)
        yield* whep.remove(session.resourceId)
        assert.strictEqual(handles(server), 2)
      })))

  it.live("offers itself before 1.1.4, and starts with the viewer's answer", () =>
    on({}, (server) =>
      Effect.gen(function*() {
        const whep = yield* JanusWhep
        const mountpoints = yield* Mountpoints
        yield* mountpoints.ensure({ type: "rtp", id: 1 }, mark)
        assert.strictEqual(yield* tag(whep.play({ id: 1, offer: sdp("a", "recvonly") })), "OfferUnsupported")
        const session = yield* whep.invite({ id: 1 })
        assert.match(session.sdp, /^a=end-of-candidates\r?$/m)
        yield* whep.accept(session.resourceId, sdp("abcd", "recvonly"))
        yield* until(() => server.mountpoints.get(1)?.viewers.size === 1)
        yield* mountpoints.destroy(1, ownerOf(mark))
        yield* until(() => handles(server) === 2)
        assert.strictEqual(yield* tag(whep.remove(session.resourceId)), "ResourceMissing")
      })))
})
