// The page for somebody whose token may only read: what it may not do is not offered, and another token is at hand.
import { assert, layer } from "@effect/vitest"
import * as Browser from "@headend/integration/Browser"
import { attempt } from "@headend/integration/BrowserPage"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Effect } from "effect"
import * as RealApp from "./support/RealApp.ts"

requires("janus", "chromium", "network")(
  "the page of a reader",
  () =>
    layer(Browser.layer, { excludeTestServices: true })((it) => {
      it.effect("offers no button that would be refused, and takes another token", () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.make()
          const browser = yield* Browser.Browser
          const app = yield* RealApp.start({ janus, env: { HEADEND_API_TOKENS: "ann:read:look,bob:write:do" } })
          yield* app.call("PUT /v1/broadcasts/demo", {
            body: { source: { kind: "browser_webrtc" } },
            headers: { authorization: "Bearer do" }
          })
          const page = yield* browser.open(app.url)
          const click = (what: string) => attempt(`click ${what}`, () => page.locator(what).click())
          const count = (what: string) => attempt(`count ${what}`, () => page.locator(what).count())
          const appears = (what: string) => attempt(`see ${what}`, () => page.locator(what).waitFor())
          const signIn = (token: string) =>
            attempt(`sign in with ${token}`, async () => {
              await page.locator("#token").fill(token)
              await page.locator("#sign-in").click()
            })

          yield* signIn("nobody")
          yield* appears("dialog .problem")
          yield* signIn("look")
          yield* appears("[data-broadcast='demo'] .show-events")
          assert.match(yield* attempt("read", () => page.locator("#caller").innerText()), /^ann, may only read$/)
          yield* click("#new > summary")
          yield* appears("#show-plan")
          for (const button of [".restart", ".stop", "#start"]) assert.strictEqual(yield* count(button), 0, button)

          yield* click("#sign-out")
          yield* signIn("do")
          yield* appears("#start")
          yield* appears("[data-broadcast='demo'] .restart")
          yield* click("[data-broadcast='demo'] .stop")
          yield* click("[data-broadcast='demo'] .stop")
          yield* appears("#empty")
          assert.deepStrictEqual(yield* app.lists.rooms, [])
        }), 120_000)
    })
)
