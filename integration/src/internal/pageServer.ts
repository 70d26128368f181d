// Serves the blank page of the tests and its scripts, types stripped, on 127.0.0.1: a secure context, which WebRTC needs.
import { Effect, type Scope } from "effect"
import { readFileSync } from "node:fs"
import { createServer } from "node:http"
import { stripTypeScriptTypes } from "node:module"
import { fileURLToPath } from "node:url"

const folder = fileURLToPath(new URL("../../page/", import.meta.url))

const blank = "<!doctype html><meta charset=\"utf-8\"><title>headend</title><body>" +
  "<script type=\"module\" src=\"/main.ts\"></script>"

const server = () =>
  createServer((request, response) => {
    const script = /^\/(\w+\.ts)$/.exec(request.url ?? "")?.[1]
    if (script !== undefined) {
      response.setHeader("content-type", "text/javascript")
      response.end(stripTypeScriptTypes(readFileSync(folder + script, "utf8")))
    } else if (request.url === "/") {
      response.setHeader("content-type", "text/html")
      response.end(blank)
    } else {
      response.writeHead(404).end()
    }
  })

/** The origin at which the blank page is served until the scope closes. */
export const serve: Effect.Effect<string, never, Scope.Scope> = Effect.acquireRelease(
  Effect.callback<ReturnType<typeof server>>((resume) => {
    const listening = server().listen({ port: 0, host: "127.0.0.1" }, () => resume(Effect.succeed(listening)))
  }),
  (listening) =>
    Effect.callback<void>((resume) => {
      listening.close(() => resume(Effect.void))
      listening.closeAllConnections()
    })
).pipe(Effect.map((listening) => {
  const address = listening.address()
  return `http://127.0.0.1:${address === null || typeof address === "string" ? 0 : address.port}`
}))
