// The browser's side of WHIP and WHEP, against the smallest server that speaks them, on the real Janus.
import { assert, layer } from "@effect/vitest"
import * as Browser from "@headend/integration/Browser"
import { attempt } from "@headend/integration/BrowserPage"
import * as JanusLists from "@headend/integration/JanusLists"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Effect, Layer } from "effect"
import * as gateway from "./gateway.ts"
import { eventually, wire } from "./wiring.ts"

const room = 400
const id = 401

const setUp = Effect.gen(function*() {
  const janus = yield* RealJanus.RealJanus
  const lists = JanusLists.make(janus)
  yield* Effect.acquireRelease(
    lists.createRoom(room, { videocodec: "h264", fir_freq: 2 }),
    () => Effect.orDie(lists.destroyRoom(room))
  )
  return { lists, browser: yield* Browser.Browser, server: yield* gateway.serve(janus) }
})

const programs = Layer.mergeAll(RealJanus.layer(), Browser.layer)

requires("janus", "chromium", "network")(
  "a browser over WHIP and WHEP",
  () =>
    layer(programs, { excludeTestServices: true })((it) => {
      it.effect("publishes and is played, the server's offer taken after a 406", () =>
        Effect.gen(function*() {
          const { browser, lists, server } = yield* setUp
          const url = `${server.url}/whip/${room}`
          const stranger = yield* Effect.flip(browser.publishWhip({ url, token: "x" }))
          assert.deepInclude(stranger, { _tag: "Refused", code: 401, reason: "who are you?" })

          const published = yield* browser.publishWhip({ url, token: "t", codec: "H264" })
          assert.match(published.resource, /^http.*\/whip\/400\/resource\/\d+$/)
          const [participant] = yield* eventually(lists.participants(room), ([one]) => one?.publisher === true)
          const { tracks } = published
          yield* wire(lists, room, { id: participant?.id ?? 0, tracks }, yield* lists.createMountpoint(id))

          const viewer = yield* browser.viewWhep({ url: `${server.url}/whep/${id}` })
          assert.strictEqual(viewer.offer, "server")
          yield* viewer.awaitPicture()
          yield* viewer.awaitSound()
          yield* viewer.close
          assert.strictEqual(yield* published.stop, 200)
          yield* eventually(lists.participants(room), (all) => all.length === 0)
          assert.deepStrictEqual(server.asked.filter((line) => !line.startsWith("OPTIONS")), [
            "POST /whip/400",
            "POST /whip/400",
            "POST /whep/401",
            "POST /whep/401",
            "PATCH /whep/401/resource/*",
            "DELETE /whep/401/resource/*",
            "DELETE /whip/400/resource/*"
          ])
        }))

      it.effect("sends its candidates by PATCH when it trickles, and vanishes without a DELETE", () =>
        Effect.gen(function*() {
          const { browser, lists, server } = yield* setUp
          const published = yield* browser.publishWhip({ url: `${server.url}/whip/${room}`, token: "t", trickle: true })
          yield* eventually(lists.participants(room), ([one]) => one?.publisher === true)
          assert.include(server.asked, "PATCH /whip/400/resource/*")
          assert.include(server.asked, "candidate")
          yield* published.vanish
          assert.isTrue(published.page.isClosed())
          assert.isEmpty(server.asked.filter((line) => line.startsWith("DELETE")))
        }))

      it.effect("plays what a server answers to its own offer", () =>
        Effect.gen(function*() {
          const browser = yield* Browser.Browser
          const sender = yield* browser.open()
          // The media comes from another page: no Janus before 1.1.4 takes a viewer's offer.
          const answerer = `async (sdp) => {
        const { makePicture } = await import("/picture.ts")
        const peer = globalThis.peer = new RTCPeerConnection()
        await peer.setRemoteDescription({ type: "offer", sdp })
        for (const track of makePicture({}).getTracks()) peer.addTrack(track)
        await peer.setLocalDescription()
        while (peer.iceGatheringState !== "complete") await new Promise((go) => setTimeout(go, 10))
        return peer.localDescription.sdp
      }`
          const hearer = `async (fragment) => {
        const sdpMid = /^a=mid:(.*)\\r$/m.exec(fragment)[1]
        for (const [, candidate] of fragment.matchAll(/^a=(candidate:.*)\\r$/gm)) {
          await globalThis.peer.addIceCandidate({ candidate, sdpMid })
        }
      }`
          const inSender = <A>(run: string) => (text: string) =>
            attempt("answer", () => sender.evaluate<A>(`(${run})(${JSON.stringify(text)})`))
          const server = yield* gateway.answering(inSender<string>(answerer), inSender<void>(hearer))
          const viewer = yield* browser.viewWhep({ url: `${server.url}/whep` })
          assert.strictEqual(viewer.offer, "viewer")
          yield* viewer.awaitPicture()
          yield* viewer.awaitSound()
          assert.include(server.asked, "PATCH /resource/1")
        }))
    })
)
