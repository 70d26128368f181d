/**
 * What this app stands on, and how each part is. `required` ones must be up before the app calls itself ready.
 */
import type { Component, Health, Status } from "@headend/api/Health"
import { Broadcasts } from "@headend/core/Broadcasts"
import { type State, State as StateSchema } from "@headend/core/Health"
import { JobQueue } from "@headend/core/JobQueue"
import type { Query } from "@headend/core/Lease"
import { Reconciler } from "@headend/core/Reconciler"
import type { RegistryUnavailable } from "@headend/core/RegistryFailure"
import { JanusConnection } from "@headend/janus/JanusConnection"
import { Context, Effect, Layer, Option } from "effect"

export class Components extends Context.Service<Components, {
  readonly health: Effect.Effect<Health>
  /** The names of those that must be up and are not. */
  readonly missing: Effect.Effect<ReadonlyArray<Component>>
  readonly janusUp: Effect.Effect<boolean>
  /** How many broadcasts are in each state. */
  readonly states: Effect.Effect<ReadonlyMap<State, number>, RegistryUnavailable>
}>()("@headend/app/Components") {}

const worst = (components: ReadonlyArray<Component>): Status =>
  (["down", "warn"] as const).find((status) => components.some((one) => one.status === status)) ?? "ok"

const troubled: ReadonlyArray<State> = ["degraded", "recovering", "failed"]

/** Whether the Janus is the embedded fake: there are no pictures then, and the page says so. */
export const IsFake = Context.Reference<boolean>("@headend/app/Components/IsFake", { defaultValue: () => false })

export const layer: Layer.Layer<Components, never, Broadcasts | JanusConnection | JobQueue> = Layer.effect(
  Components,
  Effect.gen(function*() {
    const isFake = yield* IsFake
    const broadcasts = yield* Broadcasts
    const connection = yield* JanusConnection
    const jobs = yield* JobQueue
    const reconciler = yield* Effect.serviceOption(Reconciler)

    const janus = Effect.sync((): Component => {
      const status = connection.current()
      return status.state === "up"
        ? { name: "janus", status: "ok", evidence: isFake ? `fake ${status.versionText}` : status.versionText }
        : { name: "janus", status: "down", evidence: status.reason }
    })

    const registry = Effect.match(broadcasts.position, {
      onSuccess: (): Component => ({ name: "registry", status: "ok", evidence: null }),
      onFailure: (error): Component => ({ name: "registry", status: "down", evidence: error.message })
    })

    const queue = Effect.match(Effect.timeout(jobs.backlog, "5 seconds"), {
      onSuccess: ({ dead, delayed, inFlight, undelivered }): Component => ({
        name: "queue",
        // dead letters stay until somebody looks: an alert tells of them
        status: "ok",
        evidence: `${jobs.backend}: ${undelivered + inFlight + delayed} jobs, ${dead} dead letters`
      }),
      onFailure: (error): Component => ({
        name: "queue",
        status: "down",
        evidence: `${jobs.backend}: ${error.message}`
      })
    })

    const states = Effect.gen(function*() {
      const counts = new Map(StateSchema.literals.map((state) => [state, 0]))
      let query: Query | undefined = { limit: 500 }
      while (query !== undefined) {
        const { items, next }: { items: ReadonlyArray<{ state: State }>; next: string | null } = yield* broadcasts.list(
          query
        )
        for (const { state } of items) counts.set(state, (counts.get(state) ?? 0) + 1)
        query = next === null ? undefined : { limit: 500, cursor: next }
      }
      return counts
    })

    const onAir = Effect.match(states, {
      onSuccess: (counts): Component => ({
        name: "broadcasts",
        status: troubled.some((state) => state !== "failed" && (counts.get(state) ?? 0) > 0) ? "warn" : "ok",
        evidence: [...counts].flatMap(([state, n]) => (n === 0 ? [] : [`${n} ${state}`])).join(", ") || "none"
      }),
      onFailure: (error): Component => ({ name: "broadcasts", status: "down", evidence: error.message })
    })

    /** The one in this process, if there is one. */
    const worker = Effect.sync((): ReadonlyArray<Component> => {
      if (Option.isNone(reconciler)) return []
      const { broadcasts, capacity, used } = reconciler.value.load()
      const evidence = `${reconciler.value.worker}: ${broadcasts} broadcasts, ${
        Math.round(used * 10) / 10
      } of ${capacity}`
      return [{ name: "worker", status: used < capacity ? "ok" : "warn", evidence }]
    })

    return Components.of({
      health: Effect.map(
        Effect.map(Effect.all([janus, registry, queue, onAir, worker]), ([a, b, c, d, rest]) => [a, b, c, d, ...rest]),
        (components) => ({ status: worst(components), components })
      ),
      missing: Effect.map(
        Effect.all([janus, registry, queue]),
        (parts) => parts.filter((one) => one.status === "down")
      ),
      janusUp: Effect.map(janus, (one) => one.status === "ok"),
      states
    })
  })
)
