/**
 * A metric with what it tells and its labels, none of which can be forgotten where it is updated. The table in
 * `docs/operations.md` is made of these values; Prometheus gets each with the prefix `headend_`.
 */
import { type Effect, Metric } from "effect"

type LabelArguments<Labels extends string> = [Labels] extends [never] ? []
  : [labels: { readonly [Label in Labels]: string }]

export interface Measure<Labels extends string = never> {
  /** Without the prefix, with its unit: `hold_seconds`. */
  readonly name: string
  readonly type: "counter" | "gauge"
  readonly means: string
  /** What each label tells; Markdown. */
  readonly labels: { readonly [Label in Labels]: string }
  /** Adds to a counter, sets a gauge. */
  readonly update: (value: number, ...labels: LabelArguments<Labels>) => Effect.Effect<void>
}

interface Described<Labels extends string> {
  readonly means: string
  readonly labels?: { readonly [Label in Labels]: string }
}

const make = <State, Labels extends string>(
  type: "counter" | "gauge",
  name: string,
  metric: Metric.Metric<number, State>,
  { labels, means }: Described<Labels>
): Measure<Labels> => ({
  name,
  type,
  means,
  labels: labels ?? {} as { readonly [Label in Labels]: string }, // absent only where there are none
  update: (value, ...given) =>
    Metric.update(given[0] === undefined ? metric : Metric.withAttributes(metric, given[0]), value)
})

/** It only grows, from 0 when the process begins. */
export const counter = <Labels extends string = never>(name: string, described: Described<Labels>): Measure<Labels> =>
  make("counter", name, Metric.counter(name, { description: described.means, incremental: true }), described)

/** It is what it is now. */
export const gauge = <Labels extends string = never>(name: string, described: Described<Labels>): Measure<Labels> =>
  make("gauge", name, Metric.gauge(name, { description: described.means }), described)
