// The same table of requests against the real Janus and against the fake: both must say what the table says, and their
// whole answers must have the same shape, field by field.
import { afterAll, assert, beforeAll, describe, it } from "@effect/vitest"
import { FakeJanusServer } from "@headend/testing/FakeJanusServer"
import { behaviours } from "./support/behaviours.ts"
import { failures, play, said, shape } from "./support/conformance.ts"
import { freeUdpPorts, launchReal } from "./support/launch.ts"
import { type LocalJanus, outsideAddress, startJanus } from "./support/LocalJanus.ts"
import { scenarios } from "./support/scenarios.ts"

describe("the real Janus and the fake say the same", () => {
  let real: LocalJanus
  let fake: FakeJanusServer
  beforeAll(async () => {
    real = await startJanus()
    fake = await FakeJanusServer.start({
      connectMillis: Number.POSITIVE_INFINITY,
      address: outsideAddress(),
      serverName: "headend-test"
    })
  })
  afterAll(async () => {
    await fake.close()
    await real.stop()
  })

  for (const scenario of scenarios) {
    it(scenario.name, async () => {
      const [onReal, onFake] = [await play(real.url, scenario), await play(fake.url, scenario)]
      assert.deepStrictEqual(failures(onReal), [])
      assert.deepStrictEqual(failures(onFake), [])
      for (const [index, { step, answer, events }] of onReal.entries()) {
        if (step.send.janus === "info") continue
        const what = `${step.from} ${JSON.stringify(step.send)}`
        const other = onFake[index]
        assert.deepStrictEqual([what, shape(other?.answer), shape(other?.events)], [what, shape(answer), shape(events)])
        assert.deepStrictEqual([what, shape(said(other?.answer))], [what, shape(said(answer))])
      }
    })
  }
})

describe("the real Janus behaves as the fake does", () => {
  for (const { name, options, check } of behaviours) {
    it(name, async () => {
      const first = await freeUdpPorts()
      const server = await launchReal(options(first))
      try {
        await check(server, first)
      } finally {
        await server.stop()
      }
    })
  }
})
