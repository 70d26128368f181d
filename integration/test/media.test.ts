// The harness itself, on the real Janus and Chromium and without headend: room, forward, mountpoint, decoded frames.
import { assert, it } from "@effect/vitest"
import * as Browser from "@headend/integration/Browser"
import * as JanusLists from "@headend/integration/JanusLists"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Effect } from "effect"
import { eventually, wire } from "./wiring.ts"

const room = 300
const id = 301

requires("janus", "chromium", "network")("a publisher in a room, forwarded into a mountpoint", () => {
  it.live("is seen and heard by a viewer, and no more once it has left", () =>
    Effect.gen(function*() {
      const janus = yield* RealJanus.make()
      const lists = JanusLists.make(janus)
      const browser = yield* Browser.make
      yield* lists.createRoom(room, { videocodec: "h264", audiocodec: "opus", pin: "p", fir_freq: 2 })
      const published = yield* browser.publishRoom({
        janusUrl: janus.url,
        room,
        pin: "p",
        display: "cam",
        codec: "H264"
      })
      assert.deepStrictEqual(published.tracks.map((track) => track.type).toSorted(), ["audio", "video"])
      yield* wire(lists, room, published, yield* lists.createMountpoint(id, { pin: "see", secret: "s" }))
      assert.deepStrictEqual((yield* lists.participants(room)).map((_) => [_.id, _.display]), [[published.id, "cam"]])
      assert.deepStrictEqual((yield* lists.forwarders(room)).map((_) => _.publisher), [published.id, published.id])

      const wrong = yield* Effect.flip(browser.viewMountpoint({ janusUrl: janus.url, id, pin: "look" }))
      assert.deepInclude(wrong, { _tag: "Refused", code: 457 })
      const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id, pin: "see" })
      const first = yield* viewer.firstFrame
      const seen = yield* viewer.awaitPicture()
      yield* viewer.awaitSound()
      const frames = yield* viewer.countFrames(3_000)
      console.log(`first frame ${first.toFixed(0)} ms, ${frames} frames in 3 s, luma ${seen.luma.toFixed(1)}`)
      assert.isAtLeast(frames, 20)
      assert.strictEqual((yield* lists.mountpointInfo(id, "s")).viewers, 1)

      yield* published.leave
      yield* eventually(lists.participants(room), (all) => all.length === 0)
      yield* Effect.sleep("500 millis")
      const energy = yield* viewer.audioEnergy
      assert.strictEqual(yield* viewer.countFrames(1_000), 0)
      assert.closeTo(yield* viewer.audioEnergy, energy, 1e-3)
      assert.strictEqual((yield* Effect.flip(viewer.awaitFrames(1, 300)))._tag, "NotDecoded")
      yield* viewer.close
      yield* eventually(lists.mountpointInfo(id, "s"), (info) => info.viewers === 0)
    }))

  it.live("comes back with VP8 and without sound on a Janus that was killed, frozen and thawed", () =>
    Effect.gen(function*() {
      const janus = yield* RealJanus.make()
      const lists = JanusLists.make(janus)
      const browser = yield* Browser.make
      const media = [{ type: "video", mid: "v", port: 0, rtcpport: 0, pt: 96, codec: "vp8", iface: "127.0.0.1" }]
      const onAir = Effect.gen(function*() {
        yield* lists.createRoom(room, { videocodec: "vp8" })
        const published = yield* browser.publishRoom({ janusUrl: janus.url, room, id: 7, codec: "VP8", audio: false })
        assert.deepInclude(published.tracks[0], { type: "video", codec: "vp8" })
        assert.strictEqual(published.id, 7)
        yield* wire(lists, room, published, yield* lists.createMountpoint(id, { media }))
        const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id })
        yield* viewer.awaitPicture()
        return { published, viewer }
      })

      const before = yield* onAir
      assert.strictEqual(yield* before.viewer.audioEnergy, 0)
      yield* janus.kill
      yield* eventually(before.viewer.figures, (figures) => figures.ended === "the WebSocket was closed")
      yield* janus.restart
      assert.deepStrictEqual([yield* lists.rooms, yield* lists.mountpoints], [[], []])

      const { published, viewer } = yield* onAir
      yield* janus.freeze
      yield* Effect.sleep("300 millis")
      assert.strictEqual(yield* viewer.countFrames(700), 0)
      yield* janus.thaw
      yield* viewer.awaitFrames(20)

      yield* published.closeSocket
      yield* eventually(lists.participants(room), (all) => all.length === 0)
    }))

  it.live("goes on, each at its pace, with two publishers and two viewers on pages of one browser", () =>
    Effect.gen(function*() {
      const janus = yield* RealJanus.make()
      const lists = JanusLists.make(janus)
      const browser = yield* Browser.make
      yield* lists.createRoom(room, { videocodec: "h264", publishers: 5 })
      const viewers = yield* Effect.forEach([1, 2], (n) =>
        Effect.gen(function*() {
          const published = yield* browser.publishRoom({ janusUrl: janus.url, room, codec: "H264", fps: 15 })
          yield* wire(lists, room, published, yield* lists.createMountpoint(n))
          const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id: n })
          yield* viewer.firstFrame
          return viewer
        }))
      const counted = yield* Effect.forEach(viewers, (viewer) => viewer.countFrames(3_000), { concurrency: 2 })
      console.log(`two at once: ${counted.join(" and ")} frames in 3 s`)
      assert.isTrue(counted.every((frames) => frames >= 20), String(counted))
    }))
})
