/**
 * What every implementation of `JobQueue` must do. Each test builds the queue anew and expects it empty. What a backend
 * cannot do it declares in `abilities`, and is held to that. Time passes by `advance`: the test clock's for a queue in
 * memory, a real wait for one that has a clock of its own.
 */
import { describe } from "@effect/vitest"
import type { QueueOptions } from "@headend/core/Delivery"
import type { JobQueue } from "@headend/core/JobQueue"
import { Context, type Duration, type Effect, type Layer } from "effect"
import { TestClock } from "effect/testing"
import { bench } from "./internal/queueBench.ts"
import { counting } from "./internal/queueCounting.ts"
import { delivering } from "./internal/queueDelivering.ts"
import { failing } from "./internal/queueFailing.ts"
import { foreign } from "./internal/queueForeign.ts"
import { losing } from "./internal/queueLosing.ts"

/** A producer that is not headend: it puts text where a job would be. */
export class ForeignProducer extends Context.Service<ForeignProducer, {
  readonly offerText: (text: string) => Effect.Effect<void>
}>()("@headend/testing/JobQueueTest/ForeignProducer") {}

export interface Options {
  readonly advance: (duration: Duration.Duration) => Effect.Effect<void>
  readonly live: boolean
  /** What the queue is built with, besides what a test needs. Real time wants a short visibility, of a second or more. */
  readonly queue: QueueOptions & { readonly visibility: Duration.Duration }
}

/** Held to the contract; and, where the layer has a `ForeignProducer`, to what it does with foreign texts. */
export const suite = <A extends JobQueue | ForeignProducer, E>(
  name: string,
  queue: (options: QueueOptions) => Layer.Layer<A | JobQueue, E>,
  options: Options
) =>
  describe(name, () => {
    const one = bench(queue, options)
    describe("what is handed out", () => delivering(one))
    describe("what comes of a job", () => failing(one))
    describe("a consumer that ends, hangs or dies", () => losing(one))
    describe("what is counted", () => counting(one))
    describe("what others offer", () => foreign(one))
  })

/** For a queue under the test clock. */
export const virtual = (visibility: Duration.Duration): Options => ({
  advance: TestClock.adjust,
  live: false,
  queue: { visibility }
})
