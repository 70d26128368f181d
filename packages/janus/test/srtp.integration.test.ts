// Encrypted forwarding on the real Janus: kept like any other, and replaced when encryption is wanted or not wanted.
import { assert, layer } from "@effect/vitest"
import { Forwarders } from "@headend/core/Forwarders"
import { Rooms } from "@headend/core/Rooms"
import { requires } from "@headend/integration/Requires"
import { MediaBench } from "@headend/testing/MediaBench"
import { Effect, Redacted } from "effect"
import * as RealBench from "./support/realBench.ts"

requires("janus", "chromium", "network")("SRTP", () => {
  layer(RealBench.layer, { excludeTestServices: true, timeout: "120 seconds" })((it) => {
    it.effect("an encrypted forwarder is kept, and never taken for a plain one", () =>
      Effect.gen(function*() {
        const bench = yield* MediaBench
        const forwarders = yield* Forwarders
        yield* bench.makeRoom(1)
        const person = yield* bench.publish({ id: 1 })
        const [, target] = yield* bench.makeMountpoint(2)
        const watch = yield* (yield* Rooms).watch({ id: 1 })
        let seen = watch.now()
        while (seen.length === 0) seen = yield* watch.next(seen)
        const sourceMid = seen[0]!.tracks.find(({ type }) => type === "video")!.mid
        const forwards = [{ sourceMid, type: "video" as const, rtcpPort: null, pt: 96, ...target! }]
        const crypto = Redacted.make(Buffer.alloc(30, 1).toString("base64"))
        const srtp = { srtp: { suite: 80 as const, crypto } }
        const [plain] = yield* forwarders.ensure({ id: 1 }, person.id, forwards, {})
        const [sealed] = yield* forwarders.ensure({ id: 1 }, person.id, forwards, srtp)
        assert.notStrictEqual(sealed?.streamId, plain?.streamId)
        assert.deepStrictEqual(yield* forwarders.ensure({ id: 1 }, person.id, forwards, srtp), [sealed!])
        assert.strictEqual((yield* bench.forwarders(1)).length, 1)
      }))
  })
})
