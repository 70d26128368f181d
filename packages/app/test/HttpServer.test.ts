import * as NodeHttpServer from "@effect/platform-node/NodeHttpServer"
import { assert, it } from "@effect/vitest"
import * as HttpServer from "@headend/app/HttpServer"
import { Effect, Layer } from "effect"
import * as Http from "effect/http"
import type { AddressInfo } from "node:net"

it.live("whoever asks before there are routes is told to ask again", () =>
  Effect.gen(function*() {
    const server = HttpServer.make()
    const ask = Effect.promise(async () => {
      const { port } = server.address() as AddressInfo // what listens on a port has one
      const response = await fetch(`http://127.0.0.1:${port}/`)
      return [response.status, response.headers.get("retry-after"), await response.text()] as const
    })
    const http = yield* Layer.build(NodeHttpServer.layer(() => server, { host: "127.0.0.1", port: 0 }))
    const [status, again, text] = yield* ask
    assert.deepStrictEqual([status, again], [503, "1"])
    assert.deepInclude(JSON.parse(text), { status: 503, code: "not_ready" })

    const routes = Http.HttpRouter.add("GET", "/", Http.HttpServerResponse.text("there"))
    const served = Http.HttpRouter.serve(routes, { disableLogger: true, disableListenLog: true })
    yield* Effect.provide(Layer.build(served), http)
    assert.strictEqual((yield* ask)[2], "there")
  }).pipe(Effect.scoped))
