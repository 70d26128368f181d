/**
 * One trace from the request or job to on air, also when another process puts the broadcast on air: its context travels
 * with the declaration. Without a tracer of somebody's choice nothing is kept, and nothing is made.
 */
import { Context, Effect, type Fiber, Option, Tracer } from "effect"

/** The value of a W3C `traceparent` header. */
export type TraceParent = string

/** Asked for every request: looked up, and not by the map of all services, which would be made for it. */
const spanOf = (fiber: Fiber.Fiber<unknown, unknown>): Tracer.AnySpan | undefined =>
  fiber.getRef(Tracer.Tracer) === Tracer.nativeTracer
    ? undefined
    : Option.getOrUndefined(Context.getOption(fiber.context, Tracer.ParentSpan))

/** Of the current span; undefined where nobody traces. */
export const current: Effect.Effect<TraceParent | undefined> = Effect.withFiber((fiber) => {
  const span = spanOf(fiber)
  return span === undefined
    ? Effect.undefined
    : Effect.succeed(`00-${span.traceId}-${span.spanId}-${span.sampled ? "01" : "00"}`)
})

/** The span that it names. */
export const parse = (parent: TraceParent): Tracer.ExternalSpan | undefined => {
  const [, traceId, spanId, flags] = /^00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})$/.exec(parent) ?? []
  return traceId === undefined || spanId === undefined
    ? undefined
    : Tracer.externalSpan({ traceId, spanId, sampled: (Number.parseInt(flags ?? "0", 16) & 1) === 1 })
}

/** A span of its own, where there is one to belong to: what happens each second makes no traces. */
export const within = <A, E, R>(
  effect: Effect.Effect<A, E, R>,
  name: string,
  attributes: Readonly<Record<string, unknown>>
): Effect.Effect<A, E, R> =>
  Effect.withFiber((fiber) => spanOf(fiber) === undefined ? effect : Effect.withSpan(effect, name, { attributes }))

/** As part of the trace that was begun elsewhere. */
export const continued = <A, E, R>(parent: TraceParent | null | undefined, effect: Effect.Effect<A, E, R>) => {
  const span = parent === null || parent === undefined ? undefined : parse(parent)
  return span === undefined ? effect : Effect.withParentSpan(effect, span)
}
