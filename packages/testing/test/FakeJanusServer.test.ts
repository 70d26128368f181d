// The fake answers the table of requests as the table says; the integration test asks the real Janus the same.
import { assert, describe, it } from "@effect/vitest"
import { FakeJanusServer } from "@headend/testing/FakeJanusServer"
import { behaviours } from "./support/behaviours.ts"
import { failures, play } from "./support/conformance.ts"
import { freeUdpPorts, launchFake } from "./support/launch.ts"
import { scenarios } from "./support/scenarios.ts"

describe("FakeJanusServer answers like Janus 1.1.2", () => {
  for (const scenario of scenarios) {
    // A peer that never connects: no browser takes part in the same scenarios on the real server either.
    it(scenario.name, async () => {
      const server = await FakeJanusServer.start({ connectMillis: Number.POSITIVE_INFINITY })
      try {
        assert.deepStrictEqual(failures(await play(server.url, scenario)), [])
        assert.strictEqual(server.mountpoints.size + server.rooms.size + server.sessions.size, 0)
      } finally {
        await server.close()
      }
    })
  }
})

describe("FakeJanusServer behaves like Janus 1.1.2", () => {
  for (const { name, options, check } of behaviours) {
    it(name, async () => {
      const first = await freeUdpPorts()
      const server = await launchFake(options(first))
      try {
        await check(server, first)
      } finally {
        await server.stop()
      }
    })
  }
})
