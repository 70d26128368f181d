// What obs-websocket does on the wire, without our client: the fake server and the real OBS both have to.
import { assert, layer } from "@effect/vitest"
import { Context, Effect, type Layer, Schema } from "effect"
import { createHash } from "node:crypto"
import { WebSocket } from "ws"

export interface Wire {
  readonly url: string
  readonly password: string
}

export class Server extends Context.Service<Server, Wire>()("test/ObsServer") {}

const Hello = Schema.Struct({
  rpcVersion: Schema.Int,
  authentication: Schema.Struct({ challenge: Schema.String, salt: Schema.String })
})
const Answer = Schema.Struct({
  requestId: Schema.optionalKey(Schema.String),
  requestStatus: Schema.Struct({
    code: Schema.Int,
    result: Schema.Boolean,
    comment: Schema.optionalKey(Schema.String)
  }),
  responseData: Schema.optionalKey(Schema.Record(Schema.String, Schema.Unknown))
})
const Results = Schema.Struct({ results: Schema.Array(Answer) })
const Event = Schema.Struct({ eventType: Schema.String, eventIntent: Schema.Int, eventData: Schema.Unknown })
const Frame = Schema.Struct({ op: Schema.Int, d: Schema.Record(Schema.String, Schema.Unknown) })
type Frame = typeof Frame.Type

export const decode = <A>(schema: Schema.Decoder<A>, d: unknown) => Effect.orDie(Schema.decodeUnknownEffect(schema)(d))
const readFrame = Schema.decodeUnknownSync(Schema.fromJsonString(Frame))
const isEvent = Schema.is(Event)

const sha = (text: string) => createHash("sha256").update(text).digest("base64")

/** A bare client: frames in the order in which they came. */
export const open = ({ password, url }: Wire) =>
  Effect.map(
    Effect.acquireRelease(
      Effect.callback<WebSocket>((resume) => {
        const socket = new WebSocket(url, "obswebsocket.json")
        socket.on("error", (error) => resume(Effect.die(error)))
        socket.once("open", () => resume(Effect.succeed(socket)))
        const frames: Array<Frame> = []
        socket.on("message", (data) => void frames.push(readFrame(String(data))))
        const closed: Array<readonly [number, string]> = []
        socket.on("close", (code, reason) => void closed.push([code, String(reason)]))
        Object.assign(socket, { frames, closed })
      }),
      (socket) => Effect.sync(() => socket.terminate())
    ),
    (socket) => {
      const { closed, frames } = socket as unknown as {
        readonly frames: ReadonlyArray<Frame>
        readonly closed: ReadonlyArray<readonly [number, string]>
      }
      const until = <A>(look: () => A | undefined): Effect.Effect<A> =>
        Effect.orDie(Effect.timeout(
          Effect.suspend(() => {
            const found = look()
            return found === undefined
              ? Effect.andThen(Effect.sleep("5 millis"), until(look))
              : Effect.succeed(found)
          }),
          "30 seconds"
        ))
      const send = (op: number, d: unknown) => Effect.sync(() => socket.send(JSON.stringify({ op, d })))
      const hello = Effect.flatMap(until(() => frames.find(({ op }) => op === 0)), ({ d }) => decode(Hello, d))
      const identify = (more: object = {}) =>
        Effect.gen(function*() {
          const { authentication: { challenge, salt } } = yield* hello
          const authentication = sha(sha(password + salt) + challenge)
          yield* send(1, { rpcVersion: 1, authentication, ...more })
        })
      const identified = (more: object = {}) =>
        Effect.andThen(identify(more), until(() => frames.find(({ op }) => op === 2)))
      let last = 0
      return {
        raw: (text: string) => Effect.sync(() => socket.send(text)),
        send,
        identify,
        identified,
        frames,
        hello,
        closed: until(() => closed[0]),
        again: until(() => frames.filter(({ op }) => op === 2)[1]),
        events: (type: string) =>
          frames.flatMap(({ d, op }) => (op === 5 && isEvent(d) && d.eventType === type ? [d] : [])),
        until,
        request: (requestType: string, requestData?: unknown) =>
          Effect.suspend(() => {
            const requestId = `t${++last}`
            return Effect.andThen(
              send(6, { requestType, requestId, ...(requestData === undefined ? {} : { requestData }) }),
              Effect.flatMap(
                until(() => frames.find(({ d, op }) => op === 7 && d["requestId"] === requestId)),
                ({ d }) => decode(Answer, d)
              )
            )
          }),
        batch: (requests: ReadonlyArray<object>, more: object = {}) =>
          Effect.suspend(() => {
            const requestId = `t${++last}`
            return Effect.andThen(
              send(8, { requestId, requests, ...more }),
              Effect.flatMap(
                until(() => frames.find(({ d, op }) => op === 9 && d["requestId"] === requestId)),
                ({ d }) => Effect.map(decode(Results, d), ({ results }) => results)
              )
            )
          })
      }
    }
  )

export type Client = Effect.Success<ReturnType<typeof open>>

const closings: ReadonlyArray<readonly [string, number, (client: Client) => Effect.Effect<unknown>]> = [
  ["what is no JSON", 4002, (client) => Effect.andThen(client.identified(), client.raw("{"))],
  ["a frame without d", 4003, (client) => Effect.andThen(client.identified(), client.raw("{\"op\":6}"))],
  ["an unknown op", 4006, (client) => Effect.andThen(client.identified(), client.send(42, {}))],
  ["a request before Identify", 4007, (client) => client.send(6, { requestType: "GetVersion", requestId: "1" })],
  ["a second Identify", 4008, (client) => Effect.andThen(client.identified(), client.identify())],
  ["a wrong proof", 4009, (client) => Effect.andThen(client.hello, client.identify({ authentication: "wrong" }))],
  ["no proof", 4009, (client) => Effect.andThen(client.hello, client.send(1, { rpcVersion: 1 }))],
  ["an RPC version of the future", 4010, (client) => client.identify({ rpcVersion: 99 })]
]

const refusals: ReadonlyArray<readonly [string, unknown, number]> = [
  ["NoSuchRequest", undefined, 204],
  ["SetStreamServiceSettings", { streamServiceType: "rtmp_custom" }, 300],
  ["SetStreamServiceSettings", { streamServiceType: 5, streamServiceSettings: { a: 1 } }, 401],
  ["SetStreamServiceSettings", { streamServiceType: "rtmp_custom", streamServiceSettings: {} }, 403],
  ["StopStream", undefined, 501]
]

export const suite = <E>(name: string, live: Layer.Layer<Server, E>) =>
  layer(live, { excludeTestServices: true, timeout: "120 seconds" })(name, (it) => {
    it.effect("greets with a challenge of its own for each, and a salt that stays", () =>
      Effect.gen(function*() {
        const server = yield* Server
        const [one, two] = [yield* (yield* open(server)).hello, yield* (yield* open(server)).hello]
        assert.strictEqual(one.rpcVersion, 1)
        assert.strictEqual(one.authentication.salt, two.authentication.salt)
        assert.notStrictEqual(one.authentication.challenge, two.authentication.challenge)
      }))

    for (const [what, code, act] of closings) {
      it.effect(`closes with ${code} on ${what}`, () =>
        Effect.gen(function*() {
          const client = yield* open(yield* Server)
          yield* act(client)
          assert.strictEqual((yield* client.closed)[0], code)
        }))
    }

    it.effect("answers each request by its id, and refuses with the code of the reason", () =>
      Effect.gen(function*() {
        const client = yield* open(yield* Server)
        yield* client.identified()
        const version = yield* client.request("GetVersion")
        assert.deepStrictEqual(version.requestStatus, { code: 100, result: true })
        const { availableRequests } = version.responseData ?? {}
        assert.include(yield* decode(Schema.Array(Schema.String), availableRequests), "StartStream")
        for (const [type, data, code] of refusals) {
          const { requestStatus, responseData } = yield* client.request(type, data)
          assert.strictEqual(requestStatus.code, code, `${type} ${JSON.stringify(data)}`)
          assert.isFalse(requestStatus.result)
          assert.isUndefined(responseData)
        }
      }))

    it.effect("a batch goes on after a failure, or halts after it", () =>
      Effect.gen(function*() {
        const client = yield* open(yield* Server)
        yield* client.identified()
        const requests = [{ requestType: "GetVersion" }, { requestType: "StopStream", requestId: "x" }, {
          requestType: "GetStats"
        }]
        const codes = (results: ReadonlyArray<{ readonly requestStatus: { readonly code: number } }>) =>
          results.map(({ requestStatus }) => requestStatus.code)
        const all = yield* client.batch(requests)
        assert.deepStrictEqual(codes(all), [100, 501, 100])
        assert.strictEqual(all[1]?.requestId, "x")
        assert.deepStrictEqual(codes(yield* client.batch(requests, { haltOnFailure: true })), [100, 501])
      }))

    it.effect("tells what is subscribed to, and other things after Reidentify", () =>
      Effect.gen(function*() {
        const server = yield* Server
        const client = yield* open(server)
        yield* client.identified({ eventSubscriptions: 64 })
        const talk = client.request("BroadcastCustomEvent", { eventData: { hello: 1 } })
        yield* talk
        yield* client.send(3, { eventSubscriptions: 1 })
        yield* client.again
        yield* talk
        yield* client.until(() => client.events("CustomEvent")[0])
        assert.deepStrictEqual(client.events("CustomEvent").map(({ eventIntent }) => eventIntent), [1])
        assert.deepStrictEqual(client.events("CustomEvent")[0]?.eventData, { hello: 1 })
      }))

    it.effect("lays new stream settings of the same type over the old ones", () =>
      Effect.gen(function*() {
        const client = yield* open(yield* Server)
        yield* client.identified()
        const set = (streamServiceType: string, streamServiceSettings: object) =>
          client.request("SetStreamServiceSettings", { streamServiceType, streamServiceSettings })
        yield* set("rtmp_common", { key: "" })
        yield* set("rtmp_custom", { server: "rtmp://127.0.0.1:1/a", key: "a", use_auth: true, username: "u" })
        yield* set("rtmp_custom", { server: "rtmp://127.0.0.1:1/b", key: "b" })
        const read = client.request("GetStreamServiceSettings")
        assert.deepStrictEqual((yield* read).responseData, {
          streamServiceType: "rtmp_custom",
          streamServiceSettings: { server: "rtmp://127.0.0.1:1/b", key: "b", use_auth: true, username: "u" }
        })
        yield* set("rtmp_common", { key: "" })
        assert.deepStrictEqual((yield* read).responseData?.["streamServiceSettings"], { key: "" })
      }))

    it.effect("a start is answered at once, and its failure told as STARTING, STOPPED, with no reason", () =>
      Effect.gen(function*() {
        const client = yield* open(yield* Server)
        yield* client.identified()
        yield* client.request("SetStreamServiceSettings", {
          streamServiceType: "rtmp_custom",
          streamServiceSettings: { server: "rtmp://127.0.0.1:1/refused", key: "k", use_auth: false }
        })
        assert.strictEqual((yield* client.request("StartStream")).requestStatus.code, 100)
        const states = () => client.events("StreamStateChanged").map(({ eventData }) => eventData)
        yield* client.until(() => states()[1])
        assert.deepStrictEqual(states(), [
          { outputActive: false, outputState: "OBS_WEBSOCKET_OUTPUT_STARTING" },
          { outputActive: false, outputState: "OBS_WEBSOCKET_OUTPUT_STOPPED" }
        ])
        assert.strictEqual((yield* client.request("GetStreamStatus")).responseData?.["outputActive"], false)
      }))
  })
