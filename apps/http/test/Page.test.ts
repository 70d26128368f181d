import * as NodeServices from "@effect/platform-node/NodeServices"
import { assert, describe, it } from "@effect/vitest"
import { Effect, FileSystem } from "effect"
import { serve } from "./support/App.ts"

const page = Effect.gen(function*() {
  const files = yield* FileSystem.FileSystem
  const folder = yield* files.makeTempDirectoryScoped()
  yield* files.makeDirectory(`${folder}/web/assets`, { recursive: true })
  yield* files.writeFileString(`${folder}/secret`, "hidden")
  yield* files.writeFileString(`${folder}/web/index.html`, "<!doctype html><title>page</title>")
  yield* files.writeFileString(`${folder}/web/assets/app.js`, "export {}")
  return `${folder}/web`
}).pipe(Effect.orDie, Effect.provide(NodeServices.layer))

describe("the page", () => {
  it.live("is served with its files, and lets nobody frame it", () =>
    Effect.gen(function*() {
      const app = yield* serve({ pages: ["/nowhere", yield* page] })
      const index = yield* app.call("GET /")
      assert.strictEqual(index.status, 200)
      assert.include(index.text, "<title>page</title>")
      assert.include(index.headers["content-security-policy"], "frame-ancestors 'none'")
      assert.strictEqual(index.headers["x-content-type-options"], "nosniff")
      const script = yield* app.call("GET /assets/app.js")
      assert.strictEqual(script.status, 200)
      assert.match(script.headers["content-type"]!, /^text\/javascript/)
      for (const path of ["/assets/none.js", "/nothing", "/../secret", "/..%2fsecret", "/assets/../../secret"]) {
        const missing = yield* app.call(`GET ${path}`)
        assert.deepStrictEqual(
          [missing.status, missing.headers["content-type"]],
          [404, "application/problem+json"],
          path
        )
      }
      assert.strictEqual((yield* app.call("GET /v1/nothing")).json<{ code: string }>().code, "route_not_found")
    }))

  it.live("is a note where it is not built", () =>
    Effect.gen(function*() {
      const app = yield* serve({ pages: ["/nowhere"] })
      const note = yield* app.call("GET /")
      assert.strictEqual(note.status, 200)
      assert.include(note.text, "/openapi.json")
    }))

  it.live("that describes the API brings its script along, and names no other server", () =>
    Effect.gen(function*() {
      const app = yield* serve()
      const docs = yield* app.call("GET /docs")
      assert.strictEqual(docs.status, 200)
      assert.notMatch(docs.text.slice(0, 2000), /<(script|link)[^>]+(src|href)=/)
      assert.include(docs.text.slice(-600_000), "\"withDefaultFonts\":false")
      const description = (yield* app.call("GET /openapi.json")).json<{ openapi: string }>()
      assert.strictEqual(description.openapi, "3.1.0")
    }))
})
