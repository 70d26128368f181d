// Metrics and codes as values: what they are made of is what they tell.
import { assert, describe, it } from "@effect/vitest"
import * as EndReason from "@headend/core/EndReason"
import { failureOf, ServerUnavailable } from "@headend/core/Failure"
import * as Measure from "@headend/core/Measure"
import { SourceNotFound, SourceUnsuitable } from "@headend/core/RelayFailure"
import { Effect, Metric } from "effect"
import { PrometheusMetrics } from "effect/observability"

describe("a measure", () => {
  it.effect("counts up or is set, by its labels, with its meaning as help", () =>
    Effect.gen(function*() {
      const doors = Measure.counter("doors_total", { means: "Doors that were opened.", labels: { side: "which" } })
      const heat = Measure.gauge("heat", { means: "How warm it is." })
      yield* doors.update(1, { side: "left" })
      yield* doors.update(2, { side: "left" })
      yield* doors.update(1, { side: "right" })
      yield* heat.update(20)
      yield* heat.update(18)
      const text = yield* PrometheusMetrics.format({ prefix: "headend" })
      assert.include(text, "# HELP headend_doors_total Doors that were opened.")
      assert.include(text, "headend_doors_total{side=\"left\"} 3")
      assert.include(text, "headend_doors_total{side=\"right\"} 1")
      assert.include(text, "# TYPE headend_heat gauge")
      assert.include(text, "headend_heat 18")
    }).pipe(Effect.provideService(Metric.MetricRegistry, new Map())))
})

describe("a code", () => {
  it("brings its fault and its hop; where it may be several, the error says which", () => {
    assert.deepStrictEqual(failureOf("room_missing"), { code: "room_missing", hop: "publisher", fault: "absent" })
    assert.deepStrictEqual(failureOf("superseded"), { code: "superseded", fault: "owner" })
    assert.deepStrictEqual(failureOf("source_ended"), { code: "source_ended", fault: "world" })
    assert.deepStrictEqual(failureOf("source_ended", { hop: "ingest" }).hop, "ingest")
    assert.strictEqual(new ServerUnavailable({ server: "obs", reason: "" }).failure.hop, "encoder")
    assert.isUndefined(new ServerUnavailable({ server: "elsewhere", reason: "" }).failure.hop)
  })

  it("of a source that was never there, or never fit, is the caller's, and is waited for once it was", () => {
    const missing = { hop: "relay", reason: "404" } as const
    assert.strictEqual(new SourceUnsuitable(missing).failure.fault, "caller")
    assert.strictEqual(new SourceUnsuitable({ ...missing, wasThere: true }).failure.fault, "world")
    assert.strictEqual(new SourceNotFound(missing).failure.fault, "caller")
    assert.strictEqual(new SourceNotFound({ ...missing, wasThere: true }).failure.fault, "absent")
  })

  it("says in which state a broadcast ends", () => {
    const ends = [EndReason.stopped, EndReason.maxDuration, EndReason.cancelled, EndReason.gaveUp, EndReason.defect("")]
    assert.deepStrictEqual(ends.map(EndReason.state), ["stopped", "stopped", "stopped", "failed", "failed"])
    assert.strictEqual(EndReason.fromFailure(new SourceNotFound({ hop: "relay", reason: "" })).fault, "caller")
  })
})
