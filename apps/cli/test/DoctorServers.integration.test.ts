// The doctor at a real OBS, a real Kafka and a real RTMP server: well, with the wrong password, and gone.
import { assert, it } from "@effect/vitest"
import * as RealKafka from "@headend/integration/RealKafka"
import * as RealObs from "@headend/integration/RealObs"
import { requires } from "@headend/integration/Requires"
import { nginx } from "@headend/integration/RtmpServers"
import { Effect } from "effect"
import { type Env, findings as found } from "./support.ts"

const findings = (args: ReadonlyArray<string>, env: Env = {}) =>
  found(args, { HEADEND_JANUS_URL: "fake", HEADEND_HTTP_PORT: "0", HEADEND_REGISTRY: "memory", ...env })

requires("obs")("the doctor, of OBS,", () => {
  it.live("tells its version, that its password is another one, and that it is gone", () =>
    Effect.gen(function*() {
      const obs = yield* RealObs.make({ password: "hush-hush-1" })
      const well = yield* findings(["--obs", obs.url], { HEADEND_OBS_PASSWORD: obs.password })
      assert.strictEqual(well("obs").status, "ok", JSON.stringify(well("obs")))
      assert.match(well("obs").evidence, /, OBS \d+\.\d+\.\d+ with obs-websocket 5\.\d+\.\d+; it is idle$/)

      for (const HEADEND_OBS_PASSWORD of ["guessed", ""]) {
        const locked = yield* findings(["--obs", obs.url], { HEADEND_OBS_PASSWORD })
        assert.deepStrictEqual([locked.code, locked("obs").status], [1, "bad"])
        assert.match(locked("obs").evidence, /4009 authenticationFailed/)
        assert.match(locked("obs").advice ?? "", /^set HEADEND_OBS_PASSWORD/)
      }

      yield* obs.kill
      const gone = yield* findings([], { HEADEND_OBS_URL: obs.url, HEADEND_OBS_PASSWORD: obs.password })
      assert.strictEqual(gone("obs").status, "bad")
      assert.match(gone("obs").evidence, /nobody listens there$/)
      assert.match(gone("obs").advice ?? "", /^start OBS there/)
      assert.notInclude(JSON.stringify([well.all, gone.all]), obs.password)
    }).pipe(Effect.scoped), 180_000)
})

requires("kafka")("the doctor, of Kafka,", () => {
  it.live(
    "names the topics that are missing, and says what opens a broker that lets nobody in",
    () =>
      Effect.gen(function*() {
        const kafka = yield* RealKafka.make("4.x")
        const settings = {
          HEADEND_INSTANCE: "studio",
          HEADEND_QUEUE: "kafka",
          HEADEND_SECRET_KEY: Buffer.alloc(32, 1).toString("base64"),
          HEADEND_KAFKA_BROKERS: kafka.broker
        }
        const bare = yield* findings([], settings)
        assert.strictEqual(bare("kafka").status, "bad")
        assert.include(
          bare("kafka").evidence,
          "has no topic headend.studio.jobs, headend.studio.jobs.retry, headend.studio.jobs.dead"
        )
        assert.match(bare("kafka").advice ?? "", /docs\/operations\.md/)

        for (const topic of ["jobs", "jobs.retry", "jobs.dead"]) yield* kafka.createTopic(`headend.studio.${topic}`, 1)
        const well = yield* findings([], settings)
        assert.deepInclude(well("kafka"), { status: "ok", evidence: `${kafka.broker}, with the topics of studio` })

        const asUser = (username: string, password: string) => ({
          ...settings,
          HEADEND_KAFKA_BROKERS: kafka.saslBroker,
          HEADEND_KAFKA_SASL_MECHANISM: "plain",
          HEADEND_KAFKA_USERNAME: username,
          HEADEND_KAFKA_PASSWORD: password
        })
        const { password, username } = RealKafka.saslUser
        assert.strictEqual((yield* findings([], asUser(username, password)))("kafka").status, "ok")
        const locked = yield* findings([], asUser(username, "guessed"))
        assert.strictEqual(locked("kafka").status, "bad")
        assert.match(locked("kafka").advice ?? "", /^set HEADEND_KAFKA_SASL_MECHANISM, HEADEND_KAFKA_USERNAME/)
        assert.notInclude(JSON.stringify(locked.all), "guessed")
        // in clear to a listener that wants a name
        const unnamed = yield* findings([], { ...settings, HEADEND_KAFKA_BROKERS: kafka.saslBroker })
        assert.strictEqual(unnamed("kafka").status, "bad")
        assert.match(unnamed("kafka").advice ?? "", /HEADEND_KAFKA_SASL_MECHANISM/)

        yield* kafka.kill
        const gone = yield* findings([], settings)
        assert.match(gone("kafka").advice ?? "", /^start it there, or mend HEADEND_KAFKA_BROKERS/)
      }).pipe(Effect.scoped),
    240_000
  )
})

requires("nginx-rtmp")("the doctor, of an RTMP server,", () => {
  it.live("greets it as an encoder does, and publishes nothing", () =>
    Effect.gen(function*() {
      const server = yield* nginx
      const well = yield* findings(["--ingest", `${server.url}/live`])
      assert.deepInclude(well("ingest"), { status: "ok", evidence: `${server.url} speaks RTMP` })
    }).pipe(Effect.scoped), 120_000)
})
