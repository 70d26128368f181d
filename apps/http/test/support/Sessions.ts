// What the tests of WHIP and WHEP say again and again, over bare HTTP.
import type { Snapshot } from "@headend/core/Snapshot"
import { Effect, Schedule } from "effect"
import type { App } from "./App.ts"
import type { Answer, Ask } from "./Call.ts"
import { offerToSend } from "./Sdp.ts"

export const sdp = { "content-type": "application/sdp" }
export const frag = { "content-type": "application/trickle-ice-sdpfrag" }
export const bearer = (token: string) => ({ authorization: `Bearer ${token}` })
export const code = (answer: Answer) => [answer.status, answer.json<{ code: string }>().code]

export const start = (app: App, body: object, headers: Ask["headers"] = {}) =>
  app.call("POST /v1/broadcasts", { body, headers })
export const offer = (app: App, id: string, headers: Ask["headers"] = {}) =>
  app.call(`POST /whip/${id}`, { headers: { ...sdp, ...headers }, body: offerToSend })
export const browser = (id: string, more: object = {}, mountpoint: object = {}) => ({
  id,
  source: { kind: "browser_webrtc", ...more },
  ...mountpoint
})
export const onAir = (app: App, id: string, headers: Ask["headers"] = {}) =>
  app.call(`GET /v1/broadcasts/${id}`, { headers }).pipe(
    Effect.map((answer) => answer.json<Snapshot>()),
    Effect.repeat({
      until: ({ mountpoint, state }) => state === "running" && mountpoint !== null,
      schedule: Schedule.spaced("20 millis")
    })
  )
