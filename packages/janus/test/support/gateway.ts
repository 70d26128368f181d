// A small HTTP server that puts our WHIP and WHEP signalling on the air, as the HTTP app does.
import { JanusWhep } from "@headend/janus/JanusWhep"
import { JanusWhip } from "@headend/janus/JanusWhip"
import { Effect, Exit } from "effect"
import { createServer, type IncomingMessage, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"

const body = (request: IncomingMessage) =>
  Effect.promise(async () => {
    let text = ""
    for await (const chunk of request) text += String(chunk)
    return text
  })

const statusOf: Readonly<Record<string, number>> = {
  ResourceMissing: 404,
  RoomMissing: 404,
  MountpointMissing: 404,
  DescriptionRefused: 400,
  FragmentRefused: 400,
  EtagMismatch: 412,
  OfferUnsupported: 406
}

const cors = {
  "Access-Control-Allow-Origin": "*",
  "Access-Control-Allow-Methods": "*",
  "Access-Control-Allow-Headers": "*",
  "Access-Control-Expose-Headers": "Location, ETag, Link"
}

/** `POST /whip/{room}` and `POST /whep/{mountpoint}`; PATCH and DELETE on `/whip/r/{id}` and `/whep/r/{id}`. */
export const serve = Effect.gen(function*() {
  const whip = yield* JanusWhip
  const whep = yield* JanusWhep

  const answer = Effect.fnUntraced(function*(request: IncomingMessage, response: ServerResponse) {
    const [, kind, first, second] = (request.url ?? "").split("/")
    const text = yield* body(request)
    const ifMatch = request.headers["if-match"]
    const reply = (status: number, headers: Record<string, string> = {}, content = "") => {
      response.writeHead(status, { ...cors, ...headers }).end(content)
    }
    const created = (id: string, etag: string, sdp: string) =>
      reply(201, { "Content-Type": "application/sdp", Location: `/${kind}/r/${id}`, ETag: etag }, sdp)
    const service = kind === "whip" ? whip : whep
    if (request.method === "OPTIONS") return reply(204)
    if (request.method === "DELETE") {
      yield* service.remove(second ?? "")
      return reply(200)
    }
    if (request.method === "PATCH" && request.headers["content-type"] === "application/sdp") {
      yield* whep.accept(second ?? "", text)
      return reply(204)
    }
    if (request.method === "PATCH") {
      yield* service.trickle(second ?? "", text, ifMatch)
      return reply(204)
    }
    if (kind === "whip") {
      const session = yield* whip.publish({ room: { id: Number(first) }, offer: text, display: "whip" })
      return created(session.resourceId, session.etag, session.answer)
    }
    const id = Number(first)
    const session = yield* text === "" ? whep.invite({ id }) : whep.play({ id, offer: text })
    return created(session.resourceId, session.etag, session.sdp)
  })

  const services = yield* Effect.context<never>()
  const server = yield* Effect.acquireRelease(
    Effect.promise(() =>
      new Promise<ReturnType<typeof createServer>>((resolve) => {
        const server = createServer((request, response) => {
          void Effect.runPromiseExitWith(services)(answer(request, response)).then((exit) => {
            if (Exit.isSuccess(exit)) return
            const error = exit.cause.reasons.find((reason) => reason._tag === "Fail")?.error
            response.writeHead(statusOf[error?._tag ?? ""] ?? 500, cors).end(String(error?.message ?? exit.cause))
          })
        }).listen(0, "127.0.0.1", () => resolve(server))
      })
    ),
    (server) =>
      Effect.sync(() => {
        server.close()
        server.closeAllConnections()
      })
  )
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
