// WHIP and WHEP with a real Janus and a real Chromium: published, forwarded, played, and gone.
import { assert, layer } from "@effect/vitest"
import { Forwarders } from "@headend/core/Forwarders"
import { ownerOf } from "@headend/core/Mark"
import { Mountpoints } from "@headend/core/Mountpoints"
import type { Forward } from "@headend/core/Room"
import { Rooms } from "@headend/core/Rooms"
import * as Browsers from "@headend/integration/Browser"
import * as JanusLists from "@headend/integration/JanusLists"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { JanusConnection } from "@headend/janus/JanusConnection"
import { JanusWhep } from "@headend/janus/JanusWhep"
import { JanusWhip } from "@headend/janus/JanusWhip"
import { Effect, Layer, Schedule } from "effect"
import * as Gateway from "./support/gateway.ts"
import { portsOn } from "./support/ports.ts"

const programs = Layer.unwrap(Effect.map(RealJanus.RealJanus, portsOn)).pipe(
  Layer.provideMerge(Layer.mergeAll(RealJanus.layer(), Browsers.layer))
)

const mark = (broadcast: string) => ({ instance: "media", broadcast, run: 1, epoch: 1, worker: "w" })

const eventually = <A, E, R>(read: Effect.Effect<A, E, R>, holds: (value: A) => boolean) =>
  Effect.filterOrFail(read, holds, (value) => ({ _tag: "NotYet", value })).pipe(
    Effect.retry(Schedule.upTo(Schedule.spaced("50 millis"), { duration: "60 seconds" }))
  )

/** The first publisher of the room, forwarded into a mountpoint. */
const onAir = Effect.fnUntraced(function*(room: number, id: number) {
  const rooms = yield* Rooms
  const access = yield* rooms.ensure(room, {}, mark(`b${room}`))
  const mountpoint = yield* (yield* Mountpoints).ensure({ type: "rtp", id }, mark(`b${room}`))
  const watch = yield* rooms.watch(access)
  const follow = Effect.gen(function*() {
    let seen = watch.now()
    while (seen.length === 0) seen = yield* watch.next(seen)
    const publisher = seen[0]!
    const forwards = mountpoint.media.map((track): Forward => ({
      ...track,
      sourceMid: publisher.tracks.find(({ type }) => type === track.type)?.mid ?? "none"
    }))
    return yield* (yield* Forwarders).ensure(access, publisher.id, forwards, {})
  })
  return { follow, watch }
})

requires("janus", "chromium", "network")("WHIP and WHEP", () => {
  layer(programs, { excludeTestServices: true, timeout: "120 seconds" })((it) => {
    it.effect("a browser publishes over WHIP, and another plays it over WHEP", () =>
      Effect.gen(function*() {
        const janus = yield* RealJanus.RealJanus
        const browser = yield* Browsers.Browser
        const lists = JanusLists.make(janus)
        const url = yield* Gateway.serve
        const { follow } = yield* onAir(1, 2)
        const publisher = yield* browser.publishWhip({ url: `${url}/whip/1` })
        assert.strictEqual((yield* follow).length, 2)
        const viewer = yield* browser.viewWhep({ url: `${url}/whep/2` })
        assert.strictEqual(viewer.offer, "server")
        yield* viewer.awaitPicture()
        yield* viewer.awaitSound()
        assert.strictEqual((yield* lists.mountpointInfo(2)).enabled, true)
        yield* viewer.close

        assert.strictEqual(yield* publisher.stop, 200)
        const others = (yield* lists.participants(1)).filter(({ display }) => display !== "headend")
        assert.deepStrictEqual(others, [])
        const again = yield* Effect.promise(() => fetch(publisher.resource, { method: "DELETE" }))
        assert.strictEqual(again.status, 404)
      }), 120_000)

    it.effect(
      "candidates that trickle later are taken, and an answer to a strange fragment is a refusal",
      () =>
        Effect.gen(function*() {
          const browser = yield* Browsers.Browser
          const url = yield* Gateway.serve
          const { follow } = yield* onAir(3, 4)
          const publisher = yield* browser.publishWhip({ url: `${url}/whip/3`, trickle: true })
          assert.strictEqual((yield* follow).length, 2)
          const patch = (body: string, headers: Record<string, string> = {}) =>
            Effect.promise(() =>
              fetch(publisher.resource, {
                method: "PATCH",
                headers: { "Content-Type": "application/trickle-ice-sdpfrag", ...headers },
                body
              }).then(({ status }) => status)
            )
          const candidate = "m=audio 9 RTP/AVP 0\r\na=mid:0\r\na=candidate:1 1 udp 1 192.0.2.1 9 typ host\r\n"
          assert.strictEqual(yield* patch(candidate), 204)
          assert.strictEqual(yield* patch(candidate, { "If-Match": "\"another\"" }), 412)
          assert.strictEqual(yield* patch("what is this"), 400)
        }),
      120_000
    )

    it.effect(
      "a publisher who vanishes without a word leaves the room, and the session is gone",
      () =>
        Effect.gen(function*() {
          const browser = yield* Browsers.Browser
          const url = yield* Gateway.serve
          const { follow, watch } = yield* onAir(5, 6)
          const publisher = yield* browser.publishWhip({ url: `${url}/whip/5` })
          yield* follow
          yield* publisher.vanish
          yield* eventually(Effect.sync(watch.now), (publishers) => publishers.length === 0)
          yield* eventually(
            Effect.promise(() => fetch(publisher.resource, { method: "DELETE" }).then(({ status }) => status)),
            (status) => status === 404
          )
        }),
      150_000
    )

    it.effect(
      "the room of a running WHIP session is destroyed with it, and nothing stays",
      () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.RealJanus
          const lists = JanusLists.make(janus)
          const browser = yield* Browsers.Browser
          const url = yield* Gateway.serve
          const { follow } = yield* onAir(7, 8)
          const publisher = yield* browser.publishWhip({ url: `${url}/whip/7` })
          yield* follow
          yield* (yield* Rooms).destroy(7, ownerOf(mark("b7")))
          assert.notInclude((yield* lists.rooms).map(({ room }) => room), 7)
          const gone = yield* Effect.promise(() => fetch(publisher.resource, { method: "DELETE" }))
          assert.strictEqual(gone.status, 404)
        }),
      120_000
    )

    it.effect("what cannot be is told apart", () =>
      Effect.gen(function*() {
        const whip = yield* JanusWhip
        const whep = yield* JanusWhep
        const offer = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n"
        const tag = <A, E extends { readonly _tag: string }>(effect: Effect.Effect<A, E>) =>
          Effect.map(Effect.flip(effect), ({ _tag }) => _tag)
        assert.strictEqual(yield* tag(whip.publish({ room: { id: 99 }, offer: "hello" })), "DescriptionRefused")
        assert.strictEqual(yield* tag(whep.invite({ id: 99 })), "MountpointMissing")
        assert.strictEqual(yield* tag(whep.play({ id: 99, offer })), "OfferUnsupported")
        assert.strictEqual(yield* tag(whip.trickle("nope", "a=end-of-candidates")), "ResourceMissing")
        yield* (yield* Rooms).ensure(9, {}, mark("b9"))
        assert.strictEqual(yield* tag(whip.publish({ room: { id: 9 }, offer })), "DescriptionRefused")
        assert.strictEqual((yield* JanusConnection).current().state, "up")
      }))
  })
})
