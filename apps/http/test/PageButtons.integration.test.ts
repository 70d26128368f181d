import { assert, layer } from "@effect/vitest"
import * as Browser from "@headend/integration/Browser"
import { attempt } from "@headend/integration/BrowserPage"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Effect } from "effect"
import * as RealApp from "./support/RealApp.ts"
import * as StopButton from "./support/StopButton.ts"

requires("janus", "chromium", "network")("the page", () =>
  layer(Browser.layer, { excludeTestServices: true })((it) => {
    it.effect("publishes and watches at the click of its buttons, asks for the pin, and stops", () =>
      Effect.gen(function*() {
        const janus = yield* RealJanus.make()
        const browser = yield* Browser.Browser
        const app = yield* RealApp.start({ janus })
        yield* app.call("PUT /v1/broadcasts/demo", {
          body: { source: { kind: "browser_webrtc" }, mountpoint: { create: { pin: "1234" } } }
        })
        const page = yield* browser.open(app.url)
        const card = page.locator("[data-broadcast='demo']")
        const click = (button: string) =>
          attempt(`click ${button}`, () => card.locator(button).click())
        yield* click(".publish")
        yield* app.until("demo", (one) => one.state === "running")
        yield* click(".watch:not([disabled])")
        const says = (text: string) =>
          attempt(`see "${text}"`, () => card.locator(".player .over", { hasText: text }).waitFor())
        const pin = (text: string) =>
          attempt(`give the pin ${text}`, async () => {
            await card.locator(".key input").fill(text)
            await page.keyboard.press("Enter")
          })
        yield* says("its pin is needed")
        yield* pin("0000")
        yield* says("This is not its pin")
        const focused = attempt("look at the focus", () => page.evaluate<string>("document.activeElement.outerHTML"))
        yield* RealApp.eventually(focused, (element) => element.includes("password"))
        yield* pin("1234")
        yield* RealApp.eventually(focused, (element) => element.includes("watch-demo"))
        const frames = attempt("count frames", () =>
          card.locator("video").evaluate((video: { getVideoPlaybackQuality(): { totalVideoFrames: number } }) =>
            video.getVideoPlaybackQuality().totalVideoFrames
          ))
        const some = yield* RealApp.eventually(frames, (count) => count >= 20)
        yield* RealApp.eventually(frames, (count) =>
          count >= some + 20)
        yield* attempt("see the state", () => page.locator("[data-broadcast='demo'][data-state='running']").waitFor())
        yield* StopButton.press(page, "demo", app.get("demo"))
        const stopped = yield* app.until("demo", (one) => one.state === "stopped")
        assert.deepStrictEqual(stopped.leftBehind, [])
        assert.deepStrictEqual(yield* app.lists.mountpoints, [])
        assert.deepStrictEqual(yield* app.lists.rooms, [])
      }), 180_000)
  }))
