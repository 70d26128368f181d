// The test pattern, from FFmpeg through a real Janus to a real browser.
import { assert, layer } from "@effect/vitest"
import * as Browsers from "@headend/integration/Browser"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Effect, Fiber, Layer, Redacted } from "effect"
import { ages, bench, eventually, open, relayProcesses } from "./support/bench.ts"

const small = { kind: "test_pattern", width: 320, height: 180, fps: 25 }

requires("janus", "chromium", "ffmpeg", "ffprobe", "network")("a test pattern", () => {
  layer(Layer.mergeAll(bench(), Browsers.layer), { excludeTestServices: true, timeout: "120 seconds" })((it) => {
    it.effect("is seen and heard, and leaves no process when it is closed", () =>
      Effect.gen(function*() {
        const janus = yield* RealJanus.RealJanus
        const browser = yield* Browsers.Browser
        const began = performance.now()
        const pid = yield* Effect.scoped(Effect.gen(function*() {
          const opened = yield* open(small, { create: { type: "rtp", id: 11 } })
          const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id: 11 })
          yield* viewer.firstFrame
          console.log(`test pattern: first frame ${Math.round(performance.now() - began)} ms after the request`)
          yield* viewer.awaitPicture()
          yield* viewer.awaitSound()
          // its first second holds the start, too
          const isUp = (fps: number | undefined) => fps !== undefined && fps > 20
          const facts = yield* eventually(
            Effect.sync(() => opened.feed.facts()),
            (one) => isUp(one.relay?.progress?.["fps"])
          )
          assert.isAbove(facts.relay!.progress!["memoryMb"]!, 1)
          assert.strictEqual(opened.feed.hops.find(({ name }) => name === "relay")?.read().status, "ok")
          const pid = facts.relay!.pid!
          assert.deepStrictEqual(relayProcesses(), [pid])
          return pid
        }))
        assert.deepStrictEqual(relayProcesses(), [])
        assert.isAbove(pid, 0)
      }), 150_000)

    it.effect(
      "is lost, by its class, when its process is killed; another brings the media back",
      () =>
        Effect.gen(function*() {
          const opened = yield* open(small, { create: { type: "rtp", id: 12 } })
          yield* eventually(Effect.sync(() => opened.feed.fed()), (fed) => fed.length === 2)
          yield* eventually(ages(12), (all) => all.every((age) => age < 100))
          const killed = performance.now()
          yield* Effect.sync(() => process.kill(opened.feed.facts().relay!.pid!, "SIGKILL"))
          const lost = yield* Fiber.join(opened.following)
          assert.deepInclude(lost, { _tag: "RelayKilled", reason: "SIGKILL" })
          assert.deepInclude(lost.failure, { code: "relay_killed", hop: "relay", fault: "world" })
          yield* Effect.forkScoped(Effect.flip(opened.lost))
          yield* eventually(Effect.sync(() => opened.feed.fed()), (fed) => fed.length === 2)
          yield* eventually(ages(12), (all) => all.every((age) => age < 100))
          console.log(`killed relay: RTP again after ${Math.round(performance.now() - killed)} ms`)
          assert.strictEqual(opened.feed.facts().relay?.restarts, 1)
        }),
      120_000
    )

    const others = [["VP8 and G.711", "pcmu", "vp8"], ["VP9 and Opus", "opus", "vp9"]] as const
    for (const [what, audio, video] of others) {
      it.effect(`is transcoded to ${what} where the mountpoint takes them`, () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.RealJanus
          const browser = yield* Browsers.Browser
          const media = [{ type: "audio", codec: audio }, { type: "video", codec: video }] as const
          yield* open(small, { create: { type: "rtp", id: 13, media } })
          const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id: 13 })
          yield* viewer.awaitPicture()
          yield* viewer.awaitSound()
        }), 120_000)
    }

    it.effect("arrives encrypted where the mountpoint wants it so", () =>
      Effect.gen(function*() {
        const janus = yield* RealJanus.RealJanus
        const browser = yield* Browsers.Browser
        const srtp = { suite: 80 as const, crypto: Redacted.make("d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj") }
        yield* open(small, { create: { type: "rtp", id: 14, srtp } })
        const viewer = yield* browser.viewMountpoint({ janusUrl: janus.url, id: 14 })
        yield* viewer.awaitPicture()
      }), 120_000)
  })
})
