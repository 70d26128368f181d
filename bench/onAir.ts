/**
 * What a viewer waits for: from the request to the first decoded frame, and from a Janus that listens again to on air.
 */
import * as Browser from "@headend/integration/Browser"
import * as JanusLists from "@headend/integration/JanusLists"
import * as RealJanus from "@headend/integration/RealJanus"
import { Effect, Schedule } from "effect"
import * as App from "./app.ts"
import { median, ms, row } from "./measure.ts"

const room = 4711
const rounds = 5
const spec = { source: { kind: "videoroom", room: { id: room } } }

const studio = Effect.gen(function*() {
  const janus = yield* RealJanus.make()
  const browser = yield* Browser.make
  const lists = JanusLists.make(janus)
  const open = lists.createRoom(room, { videocodec: "h264", audiocodec: "opus", publishers: 6 })
  const publish = browser.publishRoom({ janusUrl: janus.url, room, display: "camera", codec: "H264" })
  yield* open
  return { janus, browser, lists, open, publish, app: yield* App.start(janus) }
})

const soon = Schedule.spaced("5 millis")

/** A browser publishes already; the request comes, and a viewer plays as soon as there is something to play. */
export const firstFrame = Effect.gen(function*() {
  const { app, browser, publish } = yield* studio
  yield* publish
  const totals: Array<number> = []
  const parts: Array<number> = []
  for (let n = 0; n <= rounds; n++) {
    const begin = performance.now()
    yield* app.call("PUT", `/v1/broadcasts/b${n}`, spec)
    yield* Effect.repeat(app.call("GET", `/v1/broadcasts/b${n}`), {
      until: (one) => one.play.whep !== null,
      schedule: soon
    })
    const placed = performance.now() - begin
    const first = yield* Effect.scoped(Effect.gen(function*() {
      const viewer = yield* browser.viewWhep({ url: `${app.url}/whep/b${n}` })
      return yield* viewer.firstFrame
    }))
    yield* app.call("DELETE", `/v1/broadcasts/b${n}?wait=stopped`)
    if (n === 0) continue
    totals.push(placed + first)
    parts.push(placed)
  }
  row(
    "request to first decoded frame",
    `${ms(median(totals))} median of ${rounds} (target 300 ms)`,
    `of it ${ms(median(parts))} until it can be played`
  )
}).pipe(Effect.scoped)

/** Killed, started again; the camera publishes again as soon as its room is there. */
export const janusRecovery = Effect.gen(function*() {
  const { app, janus, lists, open, publish } = yield* studio
  yield* publish
  yield* app.call("PUT", "/v1/broadcasts/phoenix?wait=running", {
    ...spec,
    mountpoint: { create: { id: 99, media: [{ type: "audio" }, { type: "video" }] } }
  })
  const back: Array<number> = []
  const flowing: Array<number> = []
  for (let n = 0; n < rounds; n++) {
    yield* janus.kill
    yield* Effect.sleep("3 seconds")
    yield* janus.restart
    const listens = performance.now()
    yield* open
    const camera = Effect.scoped(Effect.andThen(publish, Effect.sleep("8 seconds")))
    yield* Effect.forkScoped(camera)
    yield* Effect.repeat(lists.mountpoints, { until: (all) => all.some((one) => one.id === 99), schedule: soon })
    back.push(performance.now() - listens)
    yield* Effect.repeat(app.call("GET", "/v1/broadcasts/phoenix"), {
      until: (one) => one.state === "running",
      schedule: soon
    })
    flowing.push(performance.now() - listens)
    yield* Effect.sleep("2 seconds")
  }
  row(
    "Janus listens again to on air",
    `${ms(median(flowing))} median of ${rounds} (target 2000 ms)`,
    `mountpoint back after ${ms(median(back))}`
  )
}).pipe(Effect.scoped)
