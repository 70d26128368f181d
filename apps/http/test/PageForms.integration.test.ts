// The page by its forms, its keyboard and its widths, in a real browser on a real Janus.
import { assert, layer } from "@effect/vitest"
import * as Browser from "@headend/integration/Browser"
import { attempt } from "@headend/integration/BrowserPage"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Effect } from "effect"
import * as RealApp from "./support/RealApp.ts"
import * as StopButton from "./support/StopButton.ts"

/** In the page: from now on, and not what it said before. */
const listen = `(() => {
  const button = document.querySelector("[data-broadcast='pattern'] .stop")
  const said = window.said = []
  const options = { subtree: true, childList: true, characterData: true }
  new MutationObserver(() => said.push(button.innerText)).observe(button, options)
})()`

requires("janus", "chromium", "ffmpeg", "network")(
  "the page's forms",
  () =>
    layer(Browser.layer, { excludeTestServices: true })((it) => {
      it.effect("show a plan, start a test pattern, and read its figures, log and events", () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.make()
          const browser = yield* Browser.Browser
          const app = yield* RealApp.start({ janus })
          const page = yield* browser.open(app.url)
          const errors: Array<string> = []
          page.on("pageerror", (error) => errors.push(error.message))
          const click = (what: string) => attempt(`click ${what}`, () => page.locator(what).first().click())
          const type = (what: string, text: string) => attempt(`type ${what}`, () => page.locator(what).fill(text))
          const choose = (what: string, value: string) =>
            attempt(`choose ${value}`, () => page.locator(what).selectOption(value))
          const text = (what: string) => attempt(`read ${what}`, () => page.locator(what).first().innerText())
          const until = (what: string, pattern: RegExp) => RealApp.eventually(text(what), (now) => pattern.test(now))

          yield* click("#new > summary")
          yield* choose("#start-kind", "test_pattern")
          yield* type("#start-source-width", "90000")
          yield* click("#show-plan")
          yield* until(".start .problem", /source\.width/)
          const beside = yield* attempt(
            "look beside the field",
            () => page.locator("#start-source-width[aria-invalid]").getAttribute("aria-describedby")
          )
          yield* until(`#${beside}`, /\S/)
          yield* type("#start-source-width", "320")
          yield* type("#start-source-height", "180")
          yield* type("#start-source-fps", "10")
          yield* type("#start-id", "pattern")
          yield* click("#show-plan")
          yield* until("#plan", /create mountpoint[\s\S]*run FFmpeg/)
          assert.deepStrictEqual(yield* app.lists.mountpoints, [])
          yield* click("#as-json > summary")
          const json = yield* attempt("read the JSON", () => page.locator("#start-json").inputValue())
          assert.deepStrictEqual(JSON.parse(json), {
            id: "pattern",
            source: { kind: "test_pattern", width: 320, height: 180, fps: 10 }
          })

          yield* click("#start")
          yield* app.until("pattern", (one) => one.state === "running")
          yield* until("#announcer", /^pattern: running\.$/)
          yield* until("[data-broadcast='pattern'] .live-figures", /kbit\/s[\s\S]*\d fps/)
          yield* click("[data-broadcast='pattern'] .show-events")
          yield* until("[data-broadcast='pattern'] .history", /running[\s\S]*mountpoint \S+ made[\s\S]*pending/)
          yield* click("[data-broadcast='pattern'] .show-log")
          yield* until("[data-broadcast='pattern'] .logs pre", /testsrc/)
          yield* until("#workers", /1 broadcast\b/)

          // at the width of a phone nothing sticks out
          yield* attempt("become a phone", () => page.setViewportSize({ width: 360, height: 740 }))
          const [whole, seen] = yield* attempt("measure", () =>
            page.evaluate<[number, number]>(
              "[document.documentElement.scrollWidth, document.documentElement.clientWidth]"
            ))
          assert.isAtMost(whole, seen)

          // by the keyboard alone: the card closes and opens
          yield* attempt("focus", () => page.locator("[data-broadcast='pattern'] .disclose").focus())
          yield* attempt("press Enter", () => page.keyboard.press("Enter"))
          yield* attempt(
            "closed",
            () => page.locator("[data-broadcast='pattern'] .hops").waitFor({ state: "detached" })
          )
          yield* attempt("press Enter", () => page.keyboard.press("Enter"))
          yield* attempt("open", () => page.locator("[data-broadcast='pattern'] .hops").waitFor())

          // what is pressed keeps the focus, also while it is done
          const focused = attempt("look at the focus", () => page.evaluate<string>("document.activeElement.className"))
          const before = yield* app.get("pattern")
          yield* attempt("focus", () => page.locator("[data-broadcast='pattern'] .restart").focus())
          yield* attempt("press Enter", () => page.keyboard.press("Enter"))
          yield* app.until(
            "pattern",
            ({ relay, state }) => state === "running" && relay?.pid != null && relay.pid !== before.relay?.pid
          )
          yield* until("[data-broadcast='pattern'] .facts", new RegExp("process (?!" + before.relay?.pid + "\\b)"))
          assert.strictEqual(yield* focused, "restart")

          // neither a double click nor a held key stops it, and Escape takes the question back
          // the question goes by itself after four seconds: what the button says is written down as it says it
          const stop = page.locator("[data-broadcast='pattern'] .stop")
          const listens = attempt("listen to the button", () => page.evaluate(listen))
          const hasAsked = attempt("read what it said", () => page.evaluate<string>("window.said.join()"))
          yield* listens
          yield* attempt("click twice at once", () => stop.dblclick())
          yield* RealApp.eventually(hasAsked, (said) => said.includes("for good?"))
          yield* attempt("press Escape", () => page.keyboard.press("Escape"))
          yield* until("[data-broadcast='pattern'] .stop", /^Stop$/)
          yield* listens
          yield* attempt("hold Enter", async () => {
            for (const _ of [1, 2, 3]) await page.keyboard.down("Enter")
            await page.keyboard.up("Enter")
          })
          yield* RealApp.eventually(hasAsked, (said) => said.includes("for good?"))
          assert.strictEqual((yield* app.get("pattern")).state, "running")
          yield* attempt("press Escape", () => page.keyboard.press("Escape"))

          // a job that cannot be done is given up, with the reason
          const other = { id: "pattern", source: { kind: "browser_webrtc" } }
          yield* app.call("POST /v1/jobs", { body: { type: "start_broadcast", spec: other } })
          yield* until("#jobs .letters", /start[\s\S]*pattern[\s\S]*exists already with another specification/)
          yield* StopButton.press(page, "pattern", app.get("pattern"))
          const stopped = yield* app.until("pattern", (one) => one.state === "stopped")
          assert.deepStrictEqual(stopped.leftBehind, [])
          // the focus was in what is gone: it is near by, not at the page's start
          const place = attempt("look at the focus", () => page.evaluate<string>("document.activeElement.id"))
          yield* RealApp.eventually(place, (id) => id === "on-air")
          // what has ended can still be read
          yield* click("#ended > summary")
          yield* click("[data-ended='pattern'] .show-events")
          yield* until("[data-ended='pattern'] .history", /stopped on request[\s\S]*pending/)
          yield* click("[data-ended='pattern'] .show-log")
          yield* until("[data-ended='pattern'] .logs pre", /testsrc/)
          // its start was offered before the stop: another try is done with it, and starts nothing
          yield* click("#jobs .redrive")
          yield* until("#jobs", /None waits(?![\s\S]*given up)/)
          yield* RealApp.eventually(place, (id) => id === "jobs-title")
          assert.deepStrictEqual(errors, [])
        }), 240_000)
    })
)
