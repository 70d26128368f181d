import { assert, describe, it } from "@effect/vitest"
import * as FakeSrs from "@headend/testing/FakeSrsServer"
import { Effect } from "effect"
import * as App from "./support/App.ts"
import type { Answer } from "./support/Call.ts"
import { relays } from "./support/NobodyPublishes.ts"

const auth = { username: "admin", password: "hush" }

const fed = (more: object = {}) => ({
  body: {
    source: {
      kind: "rtmp_external",
      ingest: { rtmpUrl: "rtmp://rtmp.example", app: "live", streamKey: "cam1", ...more }
    }
  }
})
const asks = ({ url }: FakeSrs.FakeSrsServer, srsPassword = "hush") =>
  fed({ srsApi: url, srsUsername: "admin", srsPassword })
const code = (reply: Answer) => [reply.status, reply.json<{ code: string }>().code]

describe("kicking", () => {
  it.live("ends the connection of whoever publishes, and nobody else's; an encoder may come back", () =>
    Effect.gen(function*() {
      const srs = yield* FakeSrs.scoped({ auth })
      const app = yield* App.serve({ relays })
      yield* app.call("PUT /v1/broadcasts/one", asks(srs))
      const kick = app.call("POST /v1/broadcasts/one/kick")
      const nobody = yield* kick
      assert.deepStrictEqual([nobody.status, nobody.json()], [200, { kicked: false } as never])
      const publisher = yield* Effect.promise(() => srs.publish("live", "cam1"))
      const other = yield* Effect.promise(() => srs.publish("live", "cam2"))
      const somebody = yield* kick
      assert.deepStrictEqual([somebody.status, somebody.json()], [200, { kicked: true } as never])
      assert.deepStrictEqual([publisher.isPublishing(), other.isPublishing()], [false, true])
      yield* Effect.promise(() => srs.publish("live", "cam1"))
      assert.include(srs.published, "live/cam1")
      yield* app.call("DELETE /v1/broadcasts/one?wait=stopped")
      assert.deepStrictEqual(code(yield* kick), [409, "broadcast_ended"])
      assert.include(srs.published, "live/cam1")
    }).pipe(Effect.scoped))

  it.live("says why it cannot: no server to ask, none that answers, one that refuses us", () =>
    Effect.gen(function*() {
      const srs = yield* FakeSrs.scoped({ auth })
      const app = yield* App.serve({ relays })
      yield* app.call("PUT /v1/broadcasts/hooks", fed())
      yield* app.call("PUT /v1/broadcasts/browser", { body: { source: { kind: "browser_webrtc" } } })
      yield* app.call("PUT /v1/broadcasts/stranger", asks(srs, "wrong"))
      yield* app.call("PUT /v1/broadcasts/one", asks(srs))
      const kick = (id: string) => app.call(`POST /v1/broadcasts/${id}/kick`)
      const withoutApi = yield* kick("hooks")
      assert.deepStrictEqual(code(withoutApi), [409, "nothing_to_kick"])
      assert.include(withoutApi.text, "names no srsApi")
      assert.deepStrictEqual(code(yield* kick("browser")), [409, "nothing_to_kick"])
      assert.deepStrictEqual(code(yield* kick("nobody")), [404, "broadcast_not_found"])
      const refused = yield* kick("stranger")
      assert.deepStrictEqual(code(refused), [422, "unauthorized"])
      assert.notInclude(refused.text, "wrong")
      yield* Effect.promise(() => srs.kill())
      assert.deepStrictEqual(code(yield* kick("one")), [503, "server_unavailable"])
    }).pipe(Effect.scoped))
})
