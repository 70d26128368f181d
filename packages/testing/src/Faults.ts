/**
 * Faults to inject into fakes: the next calls fail, are delayed, or lose their answer after they were carried out.
 */
import { Duration, Effect } from "effect"

type Fault =
  | { readonly _tag: "Fail"; readonly error: unknown }
  | { readonly _tag: "Lose"; readonly error: unknown }
  | { readonly _tag: "Delay"; readonly by: Duration.Duration }

export class Faults {
  private readonly planned = new Map<string, Array<Fault>>()

  /** The next `times` calls of this name fail with this error, and do nothing. */
  fail(call: string, error: unknown, times = 1): void {
    this.plan(call, times, { _tag: "Fail", error })
  }

  /** The next `times` calls are carried out, but their caller hears only this error. */
  lose(call: string, error: unknown, times = 1): void {
    this.plan(call, times, { _tag: "Lose", error })
  }

  /** The next `times` calls take so long before they do anything. */
  delay(call: string, by: Duration.Input, times = 1): void {
    this.plan(call, times, { _tag: "Delay", by: Duration.fromInputUnsafe(by) })
  }

  /** Every fault planned for this call has struck, or strikes now. */
  isUsedUp(call: string): boolean {
    return (this.planned.get(call)?.length ?? 0) === 0
  }

  /** Nothing goes wrong any more. */
  clear(): void {
    this.planned.clear()
  }

  /** Runs a call of this name under the faults planned for it. */
  apply<A, E, R>(call: string, effect: Effect.Effect<A, E, R>): Effect.Effect<A, E, R> {
    return Effect.suspend(() => {
      const fault = this.planned.get(call)?.shift()
      if (fault === undefined) return effect
      if (fault._tag === "Delay") return Effect.delay(effect, fault.by)
      const failure = Effect.fail(fault.error as E) // the test names an error that the call may fail with
      return fault._tag === "Fail" ? failure : Effect.andThen(effect, failure)
    })
  }

  private plan(call: string, times: number, fault: Fault): void {
    const list = this.planned.get(call) ?? []
    this.planned.set(call, [...list, ...Array.from({ length: times }, () => fault)])
  }
}
