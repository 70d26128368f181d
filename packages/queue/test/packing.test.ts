import { assert, it } from "@effect/vitest"
import { pack } from "../src/internal/redis/packing.ts"

it("values of every kind are packed as MessagePack has them, in their order", () => {
  const packed = pack(["ä", 0, 1.5, new Uint8Array([1, 255]), ""])
  assert.strictEqual(
    packed.toString("hex"),
    [
      "dd00000005",
      "db00000002c3a4",
      "00",
      "cb3ff8000000000000",
      "db0000000201ff",
      "db00000000"
    ].join("")
  )
})

it("nothing is an empty array", () => {
  assert.strictEqual(pack([]).toString("hex"), "dd00000000")
})
