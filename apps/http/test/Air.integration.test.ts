import { assert, layer } from "@effect/vitest"
import type { Snapshot } from "@headend/core/Snapshot"
import * as Browser from "@headend/integration/Browser"
import { attempt } from "@headend/integration/BrowserPage"
import * as JanusLists from "@headend/integration/JanusLists"
import { spawn } from "@headend/integration/Processes"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Effect, Layer } from "effect"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { caller } from "./support/Call.ts"

const main = fileURLToPath(new URL("../src/main.ts", import.meta.url))
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "headend-http-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

/** The app as its own process, on the real Janus, with API tokens. */
const app = Effect.gen(function*() {
  const janus = yield* RealJanus.RealJanus
  const program = yield* spawn(process.execPath, ["--conditions=@headend/source", main], {
    cwd: yield* folder,
    env: {
      ...process.env,
      HEADEND_JANUS_URL: janus.url,
      HEADEND_JANUS_STREAMING_ADMIN_KEY: janus.streamingAdminKey,
      HEADEND_JANUS_VIDEOROOM_ADMIN_KEY: janus.videoroomAdminKey,
      HEADEND_HTTP_PORT: "0",
      HEADEND_REGISTRY: "memory",
      HEADEND_API_TOKENS: "ann:read:ann-reads,bob:write:bob-writes"
    }
  })
  const line = yield* program.awaitLine(/Listening on http/)
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)![0]
  return { janus, program, url, call: caller(url), lists: JanusLists.make(janus), browser: yield* Browser.Browser }
})

const programs = Layer.mergeAll(RealJanus.layer(), Browser.layer)

requires("janus", "chromium", "network")(
  "the app with the real Janus and the real browser",
  () =>
    layer(programs, { excludeTestServices: true })((it) => {
      it.effect("takes a browser in over WHIP, gives its picture out over WHEP, and leaves nothing", () =>
        Effect.gen(function*() {
          const { browser, call, lists, program, url } = yield* app
          const write = { headers: bearer("bob-writes") }
          const started = yield* call("POST /v1/broadcasts", {
            ...write,
            body: {
              id: "cam",
              source: { kind: "browser_webrtc", token: "let-me-in" },
              mountpoint: { create: { type: "rtp", pin: "1234" } }
            }
          })
          assert.strictEqual(started.status, 201)

          const whip = `${url}/whip/cam`
          const stranger = yield* Effect.flip(browser.publishWhip({ url: whip, token: "no", codec: "H264" }))
          assert.deepInclude(stranger, { _tag: "Refused", code: 401 })
          const published = yield* browser.publishWhip({ url: whip, token: "let-me-in", codec: "H264", trickle: true })
          const running = yield* call("PUT /v1/broadcasts/cam?wait=running&timeout=60", {
            ...write,
            body: {
              source: { kind: "browser_webrtc", token: "let-me-in" },
              mountpoint: { create: { type: "rtp", pin: "1234" } }
            }
          })
          assert.deepStrictEqual([running.status, running.json<Snapshot>().state], [200, "running"])
          assert.notInclude(running.text, "let-me-in")
          assert.notInclude(running.text, "1234")

          const whep = `${url}/whep/cam`
          const guest = yield* Effect.flip(browser.viewWhep({ url: whep, token: "4321" }))
          assert.deepInclude(guest, { _tag: "Refused", code: 401 })
          const viewer = yield* browser.viewWhep({ url: whep, token: "1234" })
          assert.strictEqual(viewer.offer, "server")
          yield* viewer.awaitPicture()
          yield* viewer.awaitSound()
          yield* viewer.close
          assert.strictEqual(yield* published.stop, 200)

          const stopped = yield* call("DELETE /v1/broadcasts/cam?wait=stopped&timeout=60", write)
          assert.deepStrictEqual([stopped.status, stopped.json<Snapshot>().leftBehind], [200, []])
          assert.deepStrictEqual(yield* lists.mountpoints, [])
          assert.deepStrictEqual(yield* lists.rooms, [])
          assert.deepInclude(yield* program.terminate(20_000), { code: 0 })
        }), 120_000)

      it.effect("describes its API in a page that asks no other server for anything", () =>
        Effect.gen(function*() {
          const { browser, url } = yield* app
          const page = yield* browser.open()
          const asked: Array<string> = []
          page.on("request", (request) =>
            asked.push(request.url()))
          yield* attempt("open the page", () =>
            page.goto(`${url}/docs`, { waitUntil: "networkidle" }))
          yield* attempt("see a call", () =>
            page.getByText("/v1/broadcasts").first().waitFor())
          const elsewhere = asked.filter((one) => !one.startsWith(url) && !/^(data|blob):/.test(one))
          assert.deepStrictEqual(elsewhere, [])
        }), 120_000)
    })
)
