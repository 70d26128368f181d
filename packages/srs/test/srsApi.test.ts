// The HTTP API of SRS with its traps, on the double that was built from recorded answers.
import { assert, describe, it } from "@effect/vitest"
import type { Ingest } from "@headend/core/Ingest"
import * as IngestNews from "@headend/core/IngestNews"
import { Ingests } from "@headend/core/Ingests"
import { type IngestStatus, type IngestWatch } from "@headend/core/IngestStatus"
import * as SrsApi from "@headend/srs/SrsApi"
import * as SrsIngests from "@headend/srs/SrsIngests"
import * as FakeSrsServer from "@headend/testing/FakeSrsServer"
import { Effect, Layer, Redacted } from "effect"
import { FetchHttpClient, HttpClient } from "effect/http"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"

const layer = SrsIngests.layer.pipe(Layer.provideMerge(IngestNews.layer), Layer.merge(FetchHttpClient.layer))

const streams = (address: SrsApi.SrsAddress) =>
  Effect.flatMap(HttpClient.HttpClient, (client) => SrsApi.streams(client, address))

const ingestAt = (srsApi: string, streamKey = "cam1"): Ingest => ({
  rtmpUrl: "rtmp://127.0.0.1",
  app: "live",
  streamKey: Redacted.make(streamKey),
  srsApi
})

const until = (watch: IngestWatch, isSo: (status: IngestStatus) => boolean): Effect.Effect<IngestStatus> =>
  Effect.suspend(() => {
    const seen = watch.now()
    return isSo(seen) ? Effect.succeed(seen) : Effect.andThen(watch.next(seen), until(watch, isSo))
  })

/** Answers everything alike. */
const answering = (status: number, body: string, headers: Record<string, string> = {}) =>
  Effect.acquireRelease(
    Effect.promise(() => {
      const server = createServer((_, response) => response.writeHead(status, headers).end(body))
      return new Promise<typeof server>((resolve) => server.listen(0, "127.0.0.1", () => resolve(server)))
    }),
    (server) => Effect.sync(() => server.close())
  ).pipe(Effect.map((server) => `http://127.0.0.1:${(server.address() as AddressInfo).port}`))

describe("the API of SRS", () => {
  it.live("gives all streams, also when they come in pages", () =>
    Effect.gen(function*() {
      const server = yield* FakeSrsServer.scoped()
      for (let i = 0; i < 250; i++) yield* Effect.promise(() => server.publish("live", `cam${i}`))
      const all = yield* streams({ url: `${server.url}/` })
      assert.deepStrictEqual(all.map(({ name }) => name), server.published.map((at) => at.slice("live/".length)))
      assert.deepStrictEqual(server.requests, Array.from({ length: 3 }, () => "GET /api/v1/streams/"))
    }).pipe(Effect.scoped, Effect.provide(layer)))

  it.live("takes a user and a password where it is asked for them, and tells when they are wrong", () =>
    Effect.gen(function*() {
      const server = yield* FakeSrsServer.scoped({ auth: { username: "ann", password: "hush" } })
      yield* Effect.promise(() => server.publish("live", "cam1"))
      const right = { url: server.url, username: "ann", password: Redacted.make("hush") }
      assert.strictEqual((yield* streams(right)).length, 1)
      const wrong = yield* Effect.flip(streams({ ...right, password: Redacted.make("wrong") }))
      assert.strictEqual(wrong._tag, "Unauthorized")
      assert.notInclude(wrong.message, "wrong password")
      const watch = yield* (yield* Ingests).watch(ingestAt(server.url))
      const told = yield* until(watch, ({ trouble }) => trouble !== null)
      assert.include(told.trouble, "srs refuses us")
      const asked = { ...ingestAt(server.url), srsUsername: "ann", srsPassword: Redacted.make("hush") }
      assert.isTrue((yield* Ingests.use((ingests) => ingests.find(asked))).live)
    }).pipe(Effect.scoped, Effect.provide(layer)))

  it.live("a client that has left was not kicked, though the status is 200", () =>
    Effect.gen(function*() {
      const server = yield* FakeSrsServer.scoped()
      const client = yield* HttpClient.HttpClient
      assert.isFalse(yield* SrsApi.kick(client, { url: server.url }, "nobody"))
      const publisher = yield* Effect.promise(() => server.publish("live", "cam1"))
      assert.isTrue(yield* SrsApi.kick(client, { url: server.url }, publisher.client))
      assert.isFalse(publisher.isPublishing())
    }).pipe(Effect.scoped, Effect.provide(layer)))

  it.live("what is no SRS is unavailable, each with its reason, and no redirection is followed", () =>
    Effect.gen(function*() {
      for (
        const [status, body, headers, reason] of [
          [200, "<html>", {}, "its answer is not that of an SRS"],
          [200, "{\"code\":0,\"streams\":[{\"name\":7}]}", {}, "its answer is not that of an SRS"],
          [200, "{\"code\":1061}", {}, "code 1061 for its list of streams"],
          [500, "", {}, "status 500 from its HTTP API"],
          [302, "", { location: "http://169.254.169.254/" }, "status 302 from its HTTP API"]
        ] as const
      ) {
        const url = yield* answering(status, body, headers)
        const error = yield* Effect.flip(Ingests.use((ingests) => ingests.find(ingestAt(url))))
        assert.strictEqual(error.message, `srs is unavailable: ${reason}`)
      }
    }).pipe(Effect.scoped, Effect.provide(layer)))

  it.live("one that accepts and never answers is given up in time", () =>
    Effect.gen(function*() {
      const server = yield* FakeSrsServer.scoped()
      server.freeze(true)
      const error = yield* Effect.flip(streams({ url: server.url }))
      assert.strictEqual(error.message, "srs is unavailable: no answer in time")
    }).pipe(Effect.scoped, Effect.provide(layer)))

  it.live("is asked by one for all who follow ingests on it, and by nobody after them", () =>
    Effect.gen(function*() {
      const server = yield* FakeSrsServer.scoped()
      yield* Effect.promise(() => server.publish("live", "cam1"))
      yield* Effect.scoped(Effect.gen(function*() {
        const ingests = yield* Ingests
        const watches = yield* Effect.forEach(
          Array.from({ length: 20 }, (_, i) => `cam${i}`),
          (key) => ingests.watch(ingestAt(server.url, key))
        )
        yield* Effect.forEach(watches, (watch, i) => until(watch, ({ live }) => live === (i === 1)), { discard: true })
      }))
      assert.isBelow(server.requests.length, 20)
      const before = server.requests.length
      yield* Effect.sleep("1500 millis")
      assert.strictEqual(server.requests.length, before)
    }).pipe(Effect.scoped, Effect.provide(layer)))

  it.live("looks at once when a hook tells of an ingest that somebody follows", () =>
    Effect.gen(function*() {
      const server = yield* FakeSrsServer.scoped()
      const news = yield* IngestNews.IngestNews
      const watch = yield* (yield* Ingests).watch(ingestAt(server.url))
      yield* until(watch, ({ live }) => live === false)
      const before = server.requests.length
      const publisher = { client: "c", address: null }
      assert.strictEqual(yield* news.tell({ what: "published", app: "live", stream: "cam1", publisher }), 1)
      assert.strictEqual(yield* news.tell({ what: "published", app: "live", stream: "other", publisher }), 0)
      yield* Effect.sleep("1 second")
      assert.isAtLeast(server.requests.length - before, 3)
      watch.doubt()
      assert.isFalse(watch.now().live, "a hook is no proof where the server can be asked")
    }).pipe(Effect.scoped, Effect.provide(layer)))
})
