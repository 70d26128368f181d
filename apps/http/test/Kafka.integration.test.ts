// The app with its jobs on a real Kafka, as an operator starts it.
import { assert, it } from "@effect/vitest"
import type { Advice } from "@headend/api/Autoscale"
import { awaitHttp, spawnNode } from "@headend/integration/Processes"
import * as RealKafka from "@headend/integration/RealKafka"
import { requires } from "@headend/integration/Requires"
import { Effect, Schedule } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

const start = Effect.fnUntraced(function*(env: Record<string, string>) {
  const cwd = yield* Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "headend-kafka-app-"))),
    (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
  )
  return yield* spawnNode("apps/http/src/main.ts", {
    cwd,
    env: {
      HEADEND_HTTP_PORT: "0",
      HEADEND_JANUS_URL: "fake",
      HEADEND_REGISTRY: "memory",
      HEADEND_QUEUE: "kafka",
      ...env
    }
  })
})

const key = { HEADEND_SECRET_KEY: Buffer.alloc(32, 7).toString("base64") }

requires("kafka")("the app with jobs on Kafka", () => {
  it.live(
    "wants a key and its topics, takes jobs, counts them, and ends in order, also when Kafka has gone",
    () =>
      Effect.gen(function*() {
        const kafka = yield* RealKafka.make("4.x")
        const brokers = { HEADEND_KAFKA_BROKERS: kafka.broker }

        const keyless = yield* start(brokers)
        assert.strictEqual((yield* keyless.ended).code, 1)
        assert.include((yield* keyless.tail).join("\n"), "HEADEND_SECRET_KEY: needed with HEADEND_QUEUE=kafka")

        const bare = yield* start({ ...brokers, ...key })
        assert.strictEqual((yield* bare.ended).code, 1)
        const said = (yield* bare.tail).join("\n")
        assert.include(said, "no topic headend.default.jobs, headend.default.jobs.retry, headend.default.jobs.dead")
        assert.notInclude(said, "    at ")

        yield* Effect.forEach(
          [["jobs", 3], ["jobs.retry", 1], ["jobs.dead", 1]] as const,
          ([name, partitions]) => kafka.createTopic(`headend.default.${name}`, partitions),
          { concurrency: 3, discard: true }
        )
        const app = yield* start({ ...brokers, ...key })
        const line = yield* app.awaitLine(/Listening on http/, 60_000)
        const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? ""
        assert.include((yield* app.tail).join("\n"), "run one process only, or share a registry in Redis")
        yield* awaitHttp(`${url}/readyz`, { timeoutMs: 60_000 })

        const job = { type: "start_broadcast", spec: { id: "lobby", source: { kind: "frontend_owned" } } }
        const offered = yield* Effect.promise(() =>
          fetch(`${url}/v1/jobs`, {
            method: "POST",
            headers: { "content-type": "application/json" },
            body: JSON.stringify(job)
          }).then((answer) => answer.status)
        )
        assert.strictEqual(offered, 202)
        yield* awaitHttp(`${url}/v1/broadcasts/lobby`, { timeoutMs: 60_000 })
        assert.include(yield* awaitHttp(`${url}/v1/queue`), "\"backend\":\"kafka\"")
        // its own worker may not have been looked at yet, and Kafka not asked
        yield* Effect.repeat(awaitHttp(`${url}/metrics`), {
          until: (text) => /^headend_queue_lag\{backend="kafka"\} \d+$/m.test(text),
          schedule: Schedule.spaced("100 millis")
        })
        yield* Effect.repeat(awaitHttp(`${url}/v1/autoscale`), {
          until: (text) => (JSON.parse(text) as Advice).workers === 1,
          schedule: Schedule.spaced("100 millis")
        })

        yield* kafka.kill
        yield* awaitHttp(`${url}/readyz`, { status: 503, timeoutMs: 60_000 })
        // what is on air stays, and what is declared directly goes on air
        yield* awaitHttp(`${url}/v1/broadcasts/lobby`)
        yield* app.signal("SIGTERM")
        assert.deepStrictEqual(yield* app.ended, { code: 0, signal: null })
      }).pipe(Effect.scoped),
    240_000
  )
})
