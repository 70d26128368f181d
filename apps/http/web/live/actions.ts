// What an operator does. Each is an effect that fails with the problem as the server tells it.
import { Plan } from "@headend/core/Plan"
import { Snapshot } from "@headend/core/Snapshot"
import { Effect } from "effect"
import { withSnapshot } from "../model/broadcasts.ts"
import { Api, guarded } from "./api.ts"
import { lookAtJobs } from "./follow.ts"
import { change, forget } from "./Page.ts"
import { post } from "./post.ts"

const shown = <A extends Parameters<typeof withSnapshot>[1]>(snapshot: A) =>
  Effect.sync(() => {
    change((page) => ({ broadcasts: withSnapshot(page.broadcasts, snapshot) }))
    return snapshot
  })

/** Also where `crypto.randomUUID` is absent: a page that is not served over HTTPS. */
const key = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("")

/** Starts what this specification says; the server names every field that does not fit. */
export const start = (spec: unknown) =>
  post("/v1/broadcasts", spec, Snapshot, { "idempotency-key": key() }).pipe(Effect.flatMap(shown))

/** What a start would do; nothing is touched. */
export const plan = (spec: unknown) => post("/v1/plan", spec, Plan)

/** The first and last lines of its relay's last runs. */
export const logs = (id: string) => Effect.flatMap(Api, (api) => guarded(api.broadcasts.logs({ params: { id } })))

export const stop = (id: string) =>
  Effect.flatMap(Api, (api) => guarded(api.broadcasts.stop({ params: { id }, query: {} }))).pipe(Effect.flatMap(shown))

export const restart = (id: string) =>
  Effect.flatMap(Api, (api) => guarded(api.broadcasts.restart({ params: { id } }))).pipe(Effect.flatMap(shown))

/** Ends the connection of whoever publishes its ingest; fails where there was nobody. */
export const kick = (id: string) =>
  Effect.flatMap(Api, (api) => guarded(api.broadcasts.kick({ params: { id } }))).pipe(
    Effect.filterOrFail(({ kicked }) => kicked, () => ({ message: "nobody publishes just now" }))
  )

/** Another try for a job that was given up. */
export const redrive = (id: string) =>
  Effect.flatMap(Api, (api) => guarded(api.jobs.redrive({ params: { id } }))).pipe(Effect.andThen(lookAtJobs))

/** Gives the token once; the server keeps it in a cookie. */
export const signIn = (token: string) =>
  Effect.flatMap(Api, (api) => api.session.open({ payload: { token } })).pipe(
    Effect.tap((caller) => Effect.sync(() => change(() => ({ access: "open", caller }))))
  )

/** Forgets the cookie, and all that was read with it. */
export const signOut = Effect.flatMap(Api, (api) => api.session.close()).pipe(Effect.tap(Effect.sync(forget)))
