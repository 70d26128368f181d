// The smallest WHIP and WHEP server on a real Janus: enough to prove that the browser's side of both works. WHIP goes
// into the room of the path; WHEP refuses the viewer's offer with 406, as a Janus before 1.1.4 must.
import { NodeHttpServer } from "@effect/platform-node"
import * as JanusHandle from "@headend/integration/JanusHandle"
import type { RunningJanus } from "@headend/integration/RealJanus"
import { Effect, Exit, Layer, Scope } from "effect"
import { HttpRouter, HttpServer, HttpServerRequest, HttpServerResponse } from "effect/http"
import { createServer } from "node:http"

const sdp = "application/sdp"

/** The description with the candidates of Janus in its first media section. */
const complete = Effect.fnUntraced(function*(handle: JanusHandle.JanusHandle, jsep: JanusHandle.Jsep | undefined) {
  const lines = (yield* handle.candidates).map((candidate) => `a=${candidate}\r\n`).join("")
  const [head = "", first = "", ...rest] = (jsep?.sdp ?? "").split(/(?=^m=)/m)
  return [head, `${first}${lines}a=end-of-candidates\r\n`, ...rest].join("")
})

const created = (location: string, body: string) =>
  HttpServerResponse.text(body, { status: 201, contentType: sdp, headers: { location, etag: "\"1\"" } })

const idOf = Effect.map(HttpRouter.params, (params) => Number(params["id"]))

/** What was asked of the gateway, as `METHOD path`, and where it listens. */
export interface Gateway {
  readonly url: string
  readonly asked: ReadonlyArray<string>
}

const listen = Effect.fnUntraced(function*<R>(
  routes: Layer.Layer<never, never, HttpRouter.HttpRouter | R>,
  asked: Array<string>
) {
  const journal = HttpRouter.middleware(
    (handle) =>
      Effect.gen(function*() {
        const { method, url } = yield* HttpServerRequest.HttpServerRequest
        asked.push(`${method} ${url.replace(/\d{5,}/, "*")}`)
        return yield* handle
      }),
    { global: true }
  )
  const app = Layer.mergeAll(routes, journal, HttpRouter.cors({ exposedHeaders: ["Location", "ETag"] }))
  const context = yield* Layer.build(
    HttpRouter.serve(app, { disableLogger: true, disableListenLog: true }).pipe(
      Layer.provideMerge(NodeHttpServer.layer(createServer, { port: 0, host: "127.0.0.1" }))
    )
  )
  const { address } = yield* HttpServer.HttpServer.pipe(Effect.provide(context))
  return `http://127.0.0.1:${"port" in address ? address.port : 0}`
})

/** Serves until the scope closes. WHIP wants the Bearer token `t`. */
export const serve = Effect.fnUntraced(function*(janus: RunningJanus) {
  const outer = yield* Effect.scope
  const asked: Array<string> = []
  const open = new Map<string, { readonly handle: JanusHandle.JanusHandle; readonly scope: Scope.Closeable }>()

  const attach = Effect.fnUntraced(function*(path: string, plugin: "streaming" | "videoroom") {
    const scope = yield* Scope.fork(outer)
    const handle = yield* JanusHandle.attach(janus, plugin).pipe(Scope.provide(scope))
    const location = `${path}/resource/${handle.handleId}`
    open.set(location, { handle, scope })
    return { handle, location }
  })

  const whip = Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    if (request.headers["authorization"] !== "Bearer t") return HttpServerResponse.text("who are you?", { status: 401 })
    const room = yield* idOf
    const { handle, location } = yield* attach(`/whip/${room}`, "videoroom")
    const answer = yield* handle.message(
      { request: "joinandconfigure", ptype: "publisher", room, display: "whip" },
      { type: "offer", sdp: yield* request.text }
    )
    return created(location, yield* complete(handle, answer.jsep))
  })

  const whep = Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    if (request.headers["content-type"] === sdp) return HttpServerResponse.empty({ status: 406 })
    const id = yield* idOf
    const { handle, location } = yield* attach(`/whep/${id}`, "streaming")
    const offer = yield* handle.message({ request: "watch", id })
    return created(location, yield* complete(handle, offer.jsep))
  })

  const patch = Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    const handle = open.get(request.url)?.handle
    if (handle === undefined) return HttpServerResponse.empty({ status: 404 })
    const body = yield* request.text
    if (request.headers["content-type"] === sdp) {
      yield* handle.message({ request: "start" }, { type: "answer", sdp: body })
    }
    for (const [, candidate] of body.matchAll(/^a=(candidate:.*)\r$/gm)) {
      if (request.headers["content-type"] === "application/trickle-ice-sdpfrag") {
        asked.push("candidate")
        yield* handle.trickle({ candidate, sdpMid: /^a=mid:(.*)\r$/m.exec(body)?.[1] })
      }
    }
    return HttpServerResponse.empty({ status: 204 })
  })

  const remove = Effect.gen(function*() {
    const { url } = yield* HttpServerRequest.HttpServerRequest
    const resource = open.get(url)
    if (resource === undefined) return HttpServerResponse.empty({ status: 404 })
    open.delete(url)
    yield* resource.handle.detach
    yield* Scope.close(resource.scope, Exit.void)
    return HttpServerResponse.empty({ status: 200 })
  })

  const url = yield* listen(
    Layer.mergeAll(
      HttpRouter.add("POST", "/whip/:id", whip),
      HttpRouter.add("POST", "/whep/:id", whep),
      HttpRouter.add("PATCH", "/:kind/:id/resource/:handle", patch),
      HttpRouter.add("DELETE", "/:kind/:id/resource/:handle", remove)
    ),
    asked
  )
  const gateway: Gateway = { url, asked }
  return gateway
})

/** A WHEP server that takes the viewer's offer, and answers with what is given; candidates that follow are handed on. */
export const answering = Effect.fnUntraced(function*<E>(
  answer: (sdp: string) => Effect.Effect<string, E>,
  onCandidates: (fragment: string) => Effect.Effect<unknown, E>
) {
  const asked: Array<string> = []
  const whep = Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    return created("/resource/1", yield* answer(yield* request.text))
  })
  const patch = Effect.gen(function*() {
    const request = yield* HttpServerRequest.HttpServerRequest
    yield* onCandidates(yield* request.text)
    return HttpServerResponse.empty({ status: 204 })
  })
  const routes = Layer.mergeAll(
    HttpRouter.add("POST", "/whep", Effect.orDie(whep)),
    HttpRouter.add("PATCH", "/resource/1", Effect.orDie(patch))
  )
  const gateway: Gateway = { url: yield* listen(routes, asked), asked }
  return gateway
})
