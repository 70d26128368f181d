// What a source asks of a room: the pin and the secret, wherever the specification has them.
import { assert, describe, it } from "@effect/vitest"
import { Forwarders } from "@headend/core/Forwarders"
import type { RoomSpec } from "@headend/core/Room"
import { Rooms } from "@headend/core/Rooms"
import { accessOf } from "@headend/core/source/room"
import { Effect, Layer, Redacted } from "effect"
import { planForwarding } from "../src/source/plan.ts"

const mark = { instance: "test", broadcast: "b", run: 1, epoch: 1, worker: "w" }
const planning = { broadcast: "b", mark, mountpoint: null, tracks: null }
const [pin, secret] = [Redacted.make("p"), Redacted.make("s")]

const planned = (room: Parameters<typeof planForwarding>[0]["room"]) =>
  Effect.gen(function*() {
    const specs: Array<RoomSpec> = []
    const ports = Layer.mergeAll(
      Layer.mock(Rooms)({
        plan: (_id, spec) =>
          Effect.sync(() => {
            specs.push(spec)
            return []
          })
      }),
      Layer.mock(Forwarders)({ plan: () => Effect.succeed([]) })
    )
    yield* Effect.provide(planForwarding({ planning, room, wanted: "any", options: {} }), ports)
    return specs
  })

describe("the room in a plan", () => {
  it.effect("has the secret and the pin that are given beside its id, or in its spec", () =>
    Effect.gen(function*() {
      for (const keys of [{ pin, secret }, { spec: { pin, secret } }, { pin, spec: { secret } }]) {
        const choice = { id: 7, ifMissing: "create" as const, ...keys }
        const [spec] = yield* planned(choice)
        assert.strictEqual(spec?.pin, pin)
        assert.strictEqual(spec?.secret, secret)
        assert.deepStrictEqual(accessOf(choice), { id: 7, pin, secret })
      }
    }))

  it.effect("has a pin when it is our own", () =>
    Effect.gen(function*() {
      const [spec] = yield* planned(undefined)
      assert.strictEqual(spec?.private, true)
      assert.isDefined(spec?.pin)
    }))
})
