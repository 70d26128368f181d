// The page and who looks at it: what a token may not do is not offered, nothing is shown without one, and a server that does
// not answer is told of.
import { assert, layer } from "@effect/vitest"
import type { Snapshot } from "@headend/core/Snapshot"
import * as Browser from "@headend/integration/Browser"
import { attempt } from "@headend/integration/BrowserPage"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Effect } from "effect"
import * as RealApp from "./support/RealApp.ts"
import * as StopButton from "./support/StopButton.ts"

requires("janus", "chromium", "network")(
  "the page of a reader",
  () =>
    layer(Browser.layer, { excludeTestServices: true })((it) => {
      it.effect("offers no button that would be refused, and takes another token", () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.make()
          const browser = yield* Browser.Browser
          const app = yield* RealApp.start({ janus, env: { HEADEND_API_TOKENS: "ann:read:look,bob:write:do" } })
          const put = (id: string, kind: string) =>
            app.call(`PUT /v1/broadcasts/${id}`, {
              body: { source: { kind } },
              headers: { authorization: "Bearer do" }
            })
          yield* put("demo", "browser_webrtc")
          for (const n of [1, 2, 3, 4, 5, 6]) yield* put(`own-${n}`, "frontend_owned")
          const page = yield* browser.open(app.url)
          const click = (what: string) => attempt(`click ${what}`, () => page.locator(what).click())
          const count = (what: string) => attempt(`count ${what}`, () => page.locator(what).count())
          const appears = (what: string) => attempt(`see ${what}`, () => page.locator(what).waitFor())
          const signIn = (token: string) =>
            attempt(`sign in with ${token}`, async () => {
              await page.locator("#token").fill(token)
              await page.locator("#sign-in").click()
            })

          const press = (key: string) => attempt(`press ${key}`, () => page.keyboard.press(key))
          const focused = attempt("look at the focus", () => page.evaluate<string>("document.activeElement.id"))
          const goes = (what: string) =>
            attempt(`${what} goes`, () => page.locator(what).first().waitFor({ state: "detached" }))

          yield* appears("dialog[open]")
          for (const _ of [1, 2, 3]) yield* press("Escape")
          yield* RealApp.eventually(focused, (id) => id === "token")
          yield* signIn("nobody")
          yield* appears("dialog .problem")
          yield* signIn("look")
          yield* RealApp.eventually(focused, (id) => id === "on-air")
          yield* attempt("filter", () => page.locator("#filter").fill("demo"))
          yield* goes("[data-broadcast='own-1']")
          yield* attempt("filter", () => page.locator("#filter").fill("nothing like it"))
          yield* appears("#no-match")
          yield* attempt("filter", () => page.locator("#filter").fill(""))
          yield* appears("[data-broadcast='own-6']")
          yield* click("[data-broadcast='demo'] .disclose")
          yield* appears("[data-broadcast='demo'] .show-events")
          const says = (what: string, text: string) =>
            RealApp.eventually(attempt(`read ${what}`, () => page.locator(what).innerText()), (now) => now === text)
          yield* says("#caller", "ann, may only read")
          yield* click("#new > summary")
          yield* appears("#show-plan")
          for (const button of [".restart", ".stop", "#start"]) assert.strictEqual(yield* count(button), 0, button)

          // nobody who comes next sees what was read with the token, or what happens meanwhile
          yield* click("#sign-out")
          yield* goes("[data-broadcast]")
          yield* put("own-7", "frontend_owned")
          yield* says("#link", "signed out")
          assert.strictEqual(yield* count("[data-broadcast]"), 0)
          yield* signIn("do")
          yield* appears("#start")
          yield* appears("[data-broadcast='own-7']")

          yield* app.program.signal("SIGSTOP")
          yield* appears("#silent")
          yield* appears("#link.lost")
          yield* app.program.signal("SIGCONT")
          yield* goes("#silent")
          yield* appears("#link.live")

          yield* click("[data-broadcast='demo'] .disclose")
          yield* appears("[data-broadcast='demo'] .restart")
          const demo = Effect.map(
            app.call("GET /v1/broadcasts/demo", { headers: { authorization: "Bearer look" } }),
            (answer) => answer.json<Snapshot>()
          )
          yield* StopButton.press(page, "demo", demo)
          yield* goes("[data-broadcast='demo']")
          assert.deepStrictEqual(yield* app.lists.rooms, [])
        }), 240_000)
    })
)
