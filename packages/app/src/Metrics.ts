/**
 * Metrics of this app: starts and ends as the event log tells them, states and Janus as they are when somebody asks.
 * Each HTTP app counts what the whole registry tells: take the highest of them, not the sum. Relays are told by the process
 * that has them.
 */
import { Broadcasts } from "@headend/core/Broadcasts"
import type { FleetAdvice } from "@headend/core/FleetAdvice"
import type { JobQueue } from "@headend/core/JobQueue"
import * as Measure from "@headend/core/Measure"
import { Relays } from "@headend/core/Relays"
import * as RelayMetrics from "@headend/relay/RelayMetrics"
import { Context, Effect, Layer, Metric, Option, Schedule, Stream } from "effect"
import { PrometheusMetrics } from "effect/observability"
import { Components } from "./Components.ts"
import * as FleetMetrics from "./FleetMetrics.ts"

export class Metrics extends Context.Service<Metrics, {
  /** In the text format of Prometheus. */
  readonly text: Effect.Effect<string>
}>()("@headend/app/Metrics") {}

export const measures = {
  states: Measure.gauge("broadcasts", {
    means: "Broadcasts, ended ones as long as they are kept, 24 hours.",
    labels: { state: "as in the snapshot" }
  }),
  starts: Measure.counter("broadcast_starts_total", { means: "Runs that began." }),
  ends: Measure.counter("broadcast_ends_total", {
    means: "Runs that ended.",
    labels: { reason: "the code of the end reason" }
  }),
  janusUp: Measure.gauge("janus_up", { means: "1 while Janus answers." })
}

const format = PrometheusMetrics.format({ prefix: "headend" })

/** The relays' figures, in a registry of their own each time: a broadcast that has ended leaves no series behind. */
const ofRelays = Effect.flatMap(Effect.serviceOption(Relays), (relays) =>
  Option.isNone(relays)
    ? Effect.succeed("")
    : Effect.andThen(Effect.provideService(RelayMetrics.read, Relays, relays.value), format).pipe(
      Effect.provideService(Metric.MetricRegistry, new Map())
    ))

/** Prometheus' text; the look comes first, and what it cannot see is left out: the rest is told all the same. */
const told = (look: Effect.Effect<void, unknown>): Effect.Effect<Effect.Effect<string>> =>
  Effect.map(Effect.context<never>(), (context) =>
    Effect.andThen(
      Effect.ignore(look),
      Effect.zipWith(format, Effect.provideContext(ofRelays, context), (all, relays) => all + relays)
    ))

const janus = Effect.map(
  Components,
  (components) => Effect.flatMap(components.janusUp, (isUp) => measures.janusUp.update(isUp ? 1 : 0))
)

export const layer: Layer.Layer<Metrics, never, Broadcasts | Components | FleetAdvice | JobQueue> = Layer.effect(
  Metrics,
  Effect.gen(function*() {
    const broadcasts = yield* Broadcasts
    const components = yield* Components
    const lookAtJanus = yield* janus
    const fleet = yield* FleetMetrics.make

    yield* broadcasts.changes().pipe(
      Stream.runForEach((event) =>
        event._tag !== "BroadcastStateChanged"
          ? Effect.void
          : event.from === null
          ? measures.starts.update(1)
          : event.endReason !== null
          ? measures.ends.update(1, { reason: event.endReason.code })
          : Effect.void
      ),
      Effect.retry(Schedule.spaced("1 second")),
      Effect.forkScoped
    )

    const look = Effect.gen(function*() {
      yield* lookAtJanus
      yield* fleet.all
      for (const [state, count] of yield* components.states) {
        yield* measures.states.update(count, { state })
      }
    })

    return Metrics.of({ text: yield* told(look) })
  })
)

/** Of a worker alone: what the whole registry tells is told by the HTTP apps. */
export const layerWorker: Layer.Layer<Metrics, never, Components> = Layer.effect(
  Metrics,
  Effect.map(Effect.flatMap(janus, told), (text) => Metrics.of({ text }))
)
