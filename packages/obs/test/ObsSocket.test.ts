import { assert, describe, it } from "@effect/vitest"
import * as ObsClient from "@headend/obs/ObsClient"
import { connect } from "@headend/obs/ObsSocket"
import * as FakeObsServer from "@headend/testing/FakeObsServer"
import { Effect, Fiber, Redacted, Schedule, Stream } from "effect"
import { authentication } from "../src/internal/authentication.ts"

const password = Redacted.make("hush")
const start = (options?: FakeObsServer.FakeObsOptions) => FakeObsServer.scoped(options)
const failure = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.flip(effect)

/** Waits until it is so. */
const eventually = (isSo: () => boolean) =>
  Effect.suspend(() => Effect.sleep("5 millis")).pipe(Effect.repeat({ until: isSo }), Effect.timeout("10 seconds"))

describe("a connection to OBS", () => {
  it("proves the password as OBS does", () => {
    const proof = authentication(Redacted.make("probe-secret-1"), {
      challenge: "x5yuiyLpDWbFQYeRA0eYsCd7b9vaGd3VhXk27V0zT8A=",
      salt: "e3S4aVDl+4H0xw4vcfbcrRuzeUSJSlt970anHODX/ZI="
    })
    assert.strictEqual(proof, "Ho8XV2HpswQb8iMtMTxzQ0/Mkzszy6mFjJ1YM1V92JQ=")
  })

  it.live("asks what it knows by type, and anything else by name", () =>
    Effect.gen(function*() {
      const obs = yield* start()
      const socket = yield* connect({ url: obs.url, password })
      const { obsVersion } = yield* socket.request("GetVersion")
      assert.strictEqual(obsVersion, "29.0.2")
      assert.deepInclude(yield* socket.call("GetStats"), { activeFps: 30 })
      const refused = yield* failure(socket.call("NoSuchRequest"))
      assert.deepInclude(refused, { _tag: "ObsRefused", code: 204 })
      assert.include(refused.message, "unknownRequestType")
      const results = yield* socket.batch([{ requestType: "GetStats" }, { requestType: "StopStream" }, {
        requestType: "GetStats"
      }], { haltOnFailure: true })
      assert.deepStrictEqual(results.map(({ requestStatus }) => requestStatus.code), [100, 501])
    }))

  it.live("says why there is none: a wrong password, nobody, or no answer", () =>
    Effect.gen(function*() {
      const obs = yield* start()
      const wrong = yield* failure(connect({ url: obs.url, password: Redacted.make("other") }))
      assert.deepInclude(wrong, { _tag: "ObsClosed", code: 4009 })
      assert.include(wrong.message, "authenticationFailed")
      assert.notInclude(wrong.message, "other")
      obs.freeze()
      const silent = yield* failure(connect({ url: obs.url, password, openMillis: 200 }))
      assert.deepInclude(silent, { _tag: "ObsUnreachable", reason: "it does not answer", isRefused: false })
      yield* Effect.promise(() => obs.kill())
      const gone = yield* failure(connect({ url: obs.url, password }))
      assert.deepInclude(gone, { _tag: "ObsUnreachable", isRefused: true })
    }))

  it.live("what waits fails at once when the socket closes, and in time when it stays silent", () =>
    Effect.gen(function*() {
      const obs = yield* start()
      const socket = yield* connect({ url: obs.url, password, requestMillis: 60_000 })
      obs.freeze()
      const waits = yield* Effect.forkChild(failure(socket.request("GetStats")))
      const batch = yield* Effect.forkChild(failure(socket.batch([{ requestType: "GetStats" }])))
      const late = yield* failure(socket.call("GetStats", undefined, 50))
      assert.deepInclude(late, { _tag: "ObsTimeout", millis: 50 })
      yield* Effect.promise(() => obs.kill())
      assert.deepInclude(yield* Fiber.join(waits), { _tag: "ObsClosed", code: 1006 })
      assert.deepInclude(yield* Fiber.join(batch), { _tag: "ObsClosed", code: 1006 })
      assert.strictEqual((yield* failure(socket.request("GetStats")))._tag, "ObsClosed")
    }))

  it.live("hears the events that it subscribes to, and others when it asks for them", () =>
    Effect.gen(function*() {
      const obs = yield* start()
      const heard: Array<string> = []
      const socket = yield* connect(
        { url: obs.url, password, events: 64 },
        ({ eventType }) => void heard.push(eventType)
      )
      const talk = socket.request("BroadcastCustomEvent", { eventData: { a: 1 } })
      yield* talk
      yield* socket.subscribe(1)
      yield* talk
      yield* eventually(() => heard.length > 0)
      assert.deepStrictEqual(heard, ["CustomEvent"])
    }))
})

describe("a client of OBS", () => {
  const soon = Schedule.spaced("20 millis")

  it.live("connects again by its schedule, and goes on telling events", () =>
    Effect.gen(function*() {
      const obs = yield* start()
      const client = yield* ObsClient.make({ url: obs.url, password, reconnect: soon })
      const heard: Array<string> = []
      yield* client.events.pipe(
        Stream.runForEach(({ eventType }) => Effect.sync(() => void heard.push(eventType))),
        Effect.forkScoped
      )
      yield* client.awaitUp
      yield* Effect.promise(() => obs.kill())
      yield* eventually(() => client.status().state === "down")
      assert.strictEqual((yield* failure(client.request("GetStats")))._tag, "ObsClosed")
      yield* Effect.promise(() => obs.restart())
      yield* client.awaitUp
      yield* client.request("BroadcastCustomEvent", { eventData: { a: 1 } })
      yield* eventually(() => heard.includes("CustomEvent"))
    }))

  it.live("gives up where trying again cannot help: a wrong password, or somebody who throws it out", () =>
    Effect.gen(function*() {
      const obs = yield* start()
      const wrong = yield* ObsClient.make({ url: obs.url, password: Redacted.make("other"), reconnect: soon })
      assert.deepInclude(yield* failure(wrong.awaitUp), { _tag: "ObsClosed", code: 4009 })
      assert.strictEqual(wrong.status().state, "ended")
      const kicked = yield* ObsClient.make({ url: obs.url, password, reconnect: soon })
      yield* kicked.awaitUp
      obs.kick()
      yield* eventually(() => kicked.status().state === "ended")
      const error = yield* failure(kicked.awaitUp)
      assert.deepInclude(error, { _tag: "ObsClosed", code: 4011 })
      assert.include(error.message, "somebody at OBS")
      yield* Effect.sleep("200 millis")
      assert.strictEqual(obs.clients, 0)
    }))

  it.live("tries as often as its schedule says", () =>
    Effect.gen(function*() {
      const obs = yield* start()
      yield* Effect.promise(() => obs.kill())
      const client = yield* ObsClient.make({
        url: obs.url,
        password,
        reconnect: Schedule.upTo(Schedule.spaced("10 millis"), { times: 3 })
      })
      assert.strictEqual((yield* failure(client.awaitUp))._tag, "ObsUnreachable")
    }))
})
