// What only the fake is asked: the stream's life and its traps, with the switches that bring them about.
import { assert, describe, it } from "@effect/vitest"
import * as FakeObsServer from "@headend/testing/FakeObsServer"
import { Effect, Schema } from "effect"
import { type Client, decode, open } from "./support/protocol.ts"

const target = {
  streamServiceType: "rtmp_custom",
  streamServiceSettings: { server: "rtmp://127.0.0.1:1935/live", key: "k" }
}

const begin = Effect.gen(function*() {
  const obs = yield* FakeObsServer.scoped({ password: "p", retryMillis: 30, retries: 100 })
  const client = yield* open({ url: obs.url, password: "p" })
  yield* client.identified()
  yield* client.request("SetStreamServiceSettings", target)
  return { obs, client }
})

const Told = Schema.Struct({ outputActive: Schema.Boolean, outputState: Schema.String })
const isTold = Schema.is(Told)
const told = (client: Client) =>
  client.events("StreamStateChanged").map(({ eventData }) => eventData).filter((one) => isTold(one))

const states = (client: Client): ReadonlyArray<string> =>
  told(client).map(({ outputState }) => outputState.replace("OBS_WEBSOCKET_OUTPUT_", ""))

const said = (client: Client, state: string, times = 1) =>
  client.until(() => states(client).filter((one) => one === state).length >= times || undefined)

const Status = Schema.Struct({
  outputActive: Schema.Boolean,
  outputReconnecting: Schema.Boolean,
  outputDuration: Schema.Finite,
  outputBytes: Schema.Finite
})
const status = (client: Client) =>
  Effect.flatMap(client.request("GetStreamStatus"), ({ responseData }) => decode(Status, responseData))

describe("the stream of a fake OBS", () => {
  it.live("starts after the answer, counts, refuses new settings and a second start, and keeps its counters", () =>
    Effect.gen(function*() {
      const { client, obs } = yield* begin
      yield* client.request("StartStream")
      yield* said(client, "STARTED")
      const answered = client.frames.findIndex(({ d, op }) => op === 7 && d["requestType"] === "StartStream")
      assert.isBelow(answered, client.frames.findIndex(({ op }) => op === 5))
      assert.deepStrictEqual(states(client), ["STARTING", "STARTED"])
      assert.deepStrictEqual(obs.target, { server: "rtmp://127.0.0.1:1935/live", key: "k" })
      yield* Effect.sleep("100 millis")
      const first = yield* status(client)
      yield* Effect.sleep("100 millis")
      const second = yield* status(client)
      assert.isAbove(second.outputBytes, first.outputBytes)
      assert.strictEqual((yield* client.request("StartStream")).requestStatus.code, 500)
      assert.strictEqual((yield* client.request("SetStreamServiceSettings", target)).requestStatus.code, 500)
      yield* client.request("StopStream")
      yield* said(client, "STOPPED")
      const after = yield* status(client)
      assert.isAtLeast(after.outputBytes, second.outputBytes)
      assert.deepInclude(after, { outputActive: false, outputDuration: 0 })
    }))

  it.live("reconnects by itself, active all the while, its counters frozen and then anew; or gives up", () =>
    Effect.gen(function*() {
      const { client, obs } = yield* begin
      yield* client.request("StartStream")
      yield* said(client, "STARTED")
      yield* Effect.sleep("100 millis")
      obs.switches.serverAway = true
      obs.loseServer()
      yield* said(client, "RECONNECTING", 2)
      const frozen = yield* status(client)
      assert.deepInclude(frozen, { outputActive: true, outputReconnecting: true })
      assert.strictEqual(told(client).at(-1)?.outputActive, false)
      assert.strictEqual((yield* status(client)).outputBytes, frozen.outputBytes)
      obs.switches.serverAway = false
      yield* said(client, "RECONNECTED")
      assert.isBelow((yield* status(client)).outputBytes, frozen.outputBytes + 1)
      obs.switches.denyKey = true
      obs.loseServer()
      yield* said(client, "STOPPED")
      assert.notInclude(states(client), "STOPPING")
    }))

  it.live("hangs in STARTING where the server never answers, and cannot be stopped or started then", () =>
    Effect.gen(function*() {
      const { client, obs } = yield* begin
      obs.switches.hangInStarting = true
      yield* client.request("StartStream")
      yield* said(client, "STARTING")
      assert.strictEqual((yield* client.request("StopStream")).requestStatus.code, 501)
      assert.strictEqual((yield* client.request("StartStream")).requestStatus.code, 100)
      assert.isFalse((yield* status(client)).outputActive)
      yield* Effect.sleep("100 millis")
      assert.deepStrictEqual(states(client), ["STARTING"])
      obs.failStart()
      yield* said(client, "STOPPED")
      assert.strictEqual(obs.crashes, 0)
    }))

  it.live("dies of a second start before STARTED, without a word; its settings and its address stay", () =>
    Effect.gen(function*() {
      const { client, obs } = yield* begin
      yield* client.request("StartStream")
      yield* client.request("StartStream")
      assert.deepStrictEqual(yield* client.closed, [1006, ""])
      assert.deepStrictEqual([obs.crashes, obs.isRunning], [1, false])
      const { url } = obs
      yield* Effect.promise(() => obs.restart())
      assert.strictEqual(obs.url, url)
      assert.deepStrictEqual(obs.service, target)
      assert.isFalse(obs.isStreaming)
    }))
})
