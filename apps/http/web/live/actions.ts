// What an operator does. Each is an effect that fails with the problem as the server tells it.
import { Effect } from "effect"
import { withSnapshot } from "../model/broadcasts.ts"
import { Api, guarded } from "./api.ts"
import { change } from "./Page.ts"

const shown = <A extends Parameters<typeof withSnapshot>[1]>(snapshot: A) =>
  Effect.sync(() => {
    change((page) => ({ broadcasts: withSnapshot(page.broadcasts, snapshot) }))
    return snapshot
  })

/** Also where `crypto.randomUUID` is absent: a page that is not served over HTTPS. */
const key = (): string =>
  Array.from(crypto.getRandomValues(new Uint8Array(16)), (n) => n.toString(16).padStart(2, "0")).join("")

/** Starts a broadcast that waits for a browser; an empty id lets the server choose. */
export const start = (what: { readonly id: string; readonly description: string }) =>
  Effect.flatMap(Api, (api) =>
    guarded(api.broadcasts.start({
      query: {},
      headers: { "idempotency-key": key() },
      payload: {
        ...(what.id === "" ? {} : { id: what.id }),
        ...(what.description === "" ? {} : { description: what.description }),
        source: { kind: "browser_webrtc" }
      }
    }))).pipe(Effect.flatMap(shown))

export const stop = (id: string) =>
  Effect.flatMap(Api, (api) => guarded(api.broadcasts.stop({ params: { id }, query: {} }))).pipe(Effect.flatMap(shown))

export const restart = (id: string) =>
  Effect.flatMap(Api, (api) => guarded(api.broadcasts.restart({ params: { id } }))).pipe(Effect.flatMap(shown))

/** Gives the token once; the server keeps it in a cookie. */
export const signIn = (token: string) =>
  Effect.flatMap(Api, (api) => api.session.open({ payload: { token } })).pipe(
    Effect.tap(Effect.sync(() => change(() => ({ access: "open" }))))
  )
