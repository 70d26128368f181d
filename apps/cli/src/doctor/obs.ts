/**
 * An OBS, asked over its websocket as a broadcast asks it: the version, and whether it streams.
 */
import * as ObsClient from "@headend/obs/ObsClient"
import { ObsClosed } from "@headend/obs/ObsError"
import { closeCode } from "@headend/obs/ObsProtocol"
import { Effect, type Redacted } from "effect"
import { bad, type Finding, ok } from "./Finding.ts"

const where = "in OBS: Tools, WebSocket Server Settings"

const advice = (error: { readonly _tag: string }): string =>
  error instanceof ObsClosed && error.code === closeCode.authenticationFailed
    ? `set HEADEND_OBS_PASSWORD to the password of its websocket (${where}, Show Connect Info)`
    : `start OBS there and enable its websocket (${where}), and let TCP from this machine through to its port`

const examine = Effect.fnUntraced(function*(url: string, password: Redacted.Redacted | undefined) {
  const client = yield* ObsClient.make({ url, password })
  // it goes on trying: after a while its last word is the answer
  yield* Effect.timeoutOrElse(client.awaitUp, {
    duration: "6 seconds",
    orElse: () => {
      const status = client.status()
      return status.state === "up" ? Effect.void : Effect.fail(status.reason)
    }
  })
  const { obsVersion, obsWebSocketVersion } = yield* client.request("GetVersion")
  const { outputActive } = yield* client.request("GetStreamStatus")
  const now = outputActive ? "it streams already: a broadcast needs takeOver" : "it is idle"
  return ok("obs", `${url}, OBS ${obsVersion} with obs-websocket ${obsWebSocketVersion}; ${now}`)
}, Effect.scoped)

/** Nothing where none is named. */
export const obs = (
  url: string | undefined,
  password: Redacted.Redacted | undefined
): Effect.Effect<ReadonlyArray<Finding>> => {
  if (url === undefined) return Effect.succeed([])
  if (!/^wss?:\/\/[^/@\s]+/.test(url) || !URL.canParse(url)) {
    return Effect.succeed([bad("obs", `${url} is no address of a websocket`, "give it as ws://host:4455")])
  }
  return Effect.match(examine(url, password), {
    onSuccess: (finding) => [finding],
    onFailure: (error) => [
      bad("obs", error.message.startsWith(url) ? error.message : `${url}: ${error.message}`, advice(error))
    ]
  })
}
