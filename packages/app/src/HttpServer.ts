/**
 * The server of an app. It listens a moment before its routes are there; who asks then would never get an answer.
 */
import { Unavailable } from "@headend/api/Problem"
import { createServer, type Server } from "node:http"

const { code, detail, status, title, type } = new Unavailable({
  code: "not_ready",
  detail: "the app begins"
})

export const make = (): Server => {
  const server = createServer()
  server.on("request", (_request, response) => {
    // whoever serves listens, too
    if (server.listenerCount("request") > 1) return
    response
      .writeHead(status, { "content-type": "application/problem+json", "retry-after": "1", connection: "close" })
      .end(JSON.stringify({ detail, code, type, status, title }))
  })
  return server
}
