// Headless Chromium for the tests: publishers (WHIP, or Janus' own API into a room) with a moving picture and a tone,
// viewers (WHEP, or Janus' own API), and plain pages. Each has a page of its own, closed with its scope.
import { Context, Effect, Layer, type Scope } from "effect"
import { chromium, type Page } from "playwright-core"
import type {
  MountpointOptions,
  RoomOptions,
  RoomPublished,
  WhepOptions,
  WhipOptions,
  WhipPublished
} from "../page/Protocol.ts"
import { attempt, type BrowserFailed, call, type Refused, settled } from "./BrowserPage.ts"
import { serve } from "./internal/pageServer.ts"
import { locate } from "./Machine.ts"
import * as Viewer from "./Viewer.ts"

export interface WhipPublisher extends WhipPublished {
  readonly page: Page
  /** Ends it by DELETE; the status of the answer. */
  readonly stop: Effect.Effect<number, BrowserFailed>
  /** Closes the page without a DELETE, as a browser does that crashes. */
  readonly vanish: Effect.Effect<void, BrowserFailed>
}

export interface RoomPublisher extends RoomPublished {
  readonly page: Page
  /** Leaves the room and detaches. */
  readonly leave: Effect.Effect<void, BrowserFailed>
  /** Drops the WebSocket to Janus without a word. */
  readonly closeSocket: Effect.Effect<void, BrowserFailed>
  readonly vanish: Effect.Effect<void, BrowserFailed>
}

type Begun<A> = Effect.Effect<A, BrowserFailed | Refused, Scope.Scope>

export interface RunningBrowser {
  /** Where the blank page is served, and so the Origin of every publisher and viewer. */
  readonly origin: string
  /** A page of one's own, with cookies of its own; at the address, or at the blank page. */
  readonly open: (url?: string) => Effect.Effect<Page, BrowserFailed, Scope.Scope>
  /** Publishes over WHIP; done when the connection is up. */
  readonly publishWhip: (options: WhipOptions) => Begun<WhipPublisher>
  /** Publishes into a VideoRoom by Janus' own API; done when the connection is up in the browser. */
  readonly publishRoom: (options: RoomOptions) => Begun<RoomPublisher>
  /** Watches a Streaming mountpoint by Janus' own API; done when Janus was told to start. */
  readonly viewMountpoint: (options: MountpointOptions) => Begun<Viewer.Viewer>
  /** Plays over WHEP: our offer first, the server's where ours is answered with 406. */
  readonly viewWhep: (options: WhepOptions) => Begun<Viewer.Viewer>
}

const flags = [
  "--no-sandbox",
  "--disable-gpu",
  "--disable-quic",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--use-fake-device-for-media-stream",
  "--use-fake-ui-for-media-stream",
  "--autoplay-policy=no-user-gesture-required"
]

/** Starts the machine's Chromium with a fresh profile; it ends when the scope closes. */
export const make: Effect.Effect<RunningBrowser, BrowserFailed, Scope.Scope> = Effect.gen(function*() {
  const origin = yield* serve
  const browser = yield* Effect.acquireRelease(
    attempt(
      "launch",
      () => chromium.launch({ executablePath: locate("chromium") ?? "/usr/bin/chromium", headless: true, args: flags })
    ),
    (browser) => Effect.ignore(attempt("close the browser", () => browser.close()))
  )

  const close = (page: Page) => attempt("close a page", () => page.close())

  const open = Effect.fnUntraced(function*(url = origin) {
    const page = yield* Effect.acquireRelease(
      attempt("open a page", () => browser.newPage()),
      (page) => Effect.ignore(close(page))
    )
    yield* attempt(`go to ${url}`, () => page.goto(url))
    return page
  })

  return {
    origin,
    open,
    publishWhip: Effect.fnUntraced(function*(options) {
      const page = yield* open()
      const published = yield* Effect.flatMap(call(page, "publishWhip", options), settled("publishWhip"))
      return { ...published, page, stop: call(page, "deleteResource"), vanish: close(page) }
    }),
    publishRoom: Effect.fnUntraced(function*(options) {
      const page = yield* open()
      const published = yield* Effect.flatMap(call(page, "publishRoom", options), settled("publishRoom"))
      return {
        ...published,
        page,
        leave: call(page, "leaveRoom"),
        closeSocket: call(page, "closeSocket"),
        vanish: close(page)
      }
    }),
    viewMountpoint: Effect.fnUntraced(function*(options) {
      const page = yield* open()
      yield* Effect.flatMap(call(page, "viewMountpoint", options), settled("viewMountpoint"))
      return Viewer.make(page, "server")
    }),
    viewWhep: Effect.fnUntraced(function*(options) {
      const page = yield* open()
      const { offer } = yield* Effect.flatMap(call(page, "viewWhep", options), settled("viewWhep"))
      return Viewer.make(page, offer)
    })
  }
})

/** The browser as a service, for tests that share one. */
export class Browser extends Context.Service<Browser, RunningBrowser>()("@headend/integration/Browser") {}

/** One browser for everything that is built on this layer. */
export const layer: Layer.Layer<Browser, BrowserFailed> = Layer.effect(Browser, make)
