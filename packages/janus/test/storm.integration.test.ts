import { assert, layer } from "@effect/vitest"
import { Broadcasts } from "@headend/core/Broadcasts"
import { ServerUnavailable } from "@headend/core/Failure"
import { isEnded } from "@headend/core/Health"
import type { Timings } from "@headend/core/Lease"
import { Rooms } from "@headend/core/Rooms"
import { sweep } from "@headend/core/Sweep"
import * as Browser from "@headend/integration/Browser"
import * as JanusLists from "@headend/integration/JanusLists"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Faults } from "@headend/testing/Faults"
import { Duration, Effect, Schedule } from "effect"
import * as Managed from "./support/managed.ts"

const wantedRuns = 300
const seed = 20_261_120
const theirs = 700
const names = Array.from({ length: 24 }, (_, n) => `b${n}`)

/** Short, so that a crashed worker's broadcasts are taken over within the storm. */
const timings: Timings = {
  leaseTtl: Duration.millis(1_500),
  renewEvery: Duration.millis(400),
  ownDeadline: Duration.millis(1_200),
  scanEvery: Duration.millis(300),
  stealMargin: Duration.millis(200)
}

/** A generator of one's own, so that a storm can be told again from its seed (mulberry32). */
const dice = (from: number) => {
  let a = from
  const next = () => {
    a = (a + 0x6d2b79f5) | 0
    let t = Math.imul(a ^ (a >>> 15), 1 | a)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
  return { next, pick: <A>(all: ReadonlyArray<A>): A => all[Math.floor(next() * all.length)]! }
}

const media = [{ type: "audio" }, { type: "video" }]

requires("janus", "chromium", "network")(
  "a storm on the real Janus",
  () =>
    layer(Browser.layer, { excludeTestServices: true })((it) => {
      it.effect(`of ${wantedRuns} runs leaves nothing, and what is foreign as it was`, () =>
        Effect.gen(function*() {
          const janus = yield* RealJanus.make({ rtpPorts: 1500 })
          const browser = yield* Browser.Browser
          const lists = JanusLists.make(janus)
          const { next, pick } = dice(seed)
          const faults = new Faults()
          const busy = new ServerUnavailable({ server: "janus", reason: "busy" })
          const studio = lists.createRoom(theirs, { videocodec: "h264", audiocodec: "opus", publishers: 6 })
          const publish = browser.publishRoom({ janusUrl: janus.url, room: theirs, display: "camera", codec: "H264" })
          yield* studio
          yield* Effect.gen(function*() {
            const broadcasts = yield* Broadcasts
            let hired = 0
            const hire = Effect.suspend(() => Managed.member(`w${++hired}`, janus, faults, timings))
            const crew = [yield* hire, yield* hire]
            let camera = yield* publish
            const tally = { runs: 0 }
            const start = Effect.suspend(() => {
              const id = pick(names)
              const source = pick<object>([
                { kind: "videoroom", room: { id: theirs } },
                { kind: "browser_webrtc" },
                {
                  kind: "videoroom",
                  room: { id: 800 + names.indexOf(id), ifMissing: "create" },
                  waitForPublisher: 2000
                }
              ])
              const mountpoint = next() < 0.7 ? { mountpoint: { create: { media } } } : {}
              return Managed.start({ id, ...mountpoint, source }).pipe(
                Effect.tap(() => Effect.sync(() => void tally.runs++)),
                Effect.ignore
              )
            })
            const replace = (how: "end" | "crash") =>
              Effect.gen(function*() {
                const i = Math.floor(next() * crew.length)
                yield* crew[i]![how]
                crew[i] = yield* hire
              })
            while (tally.runs < wantedRuns) {
              const weather = next()
              if (weather < 0.62) yield* start
              else if (weather < 0.86) yield* Effect.ignore(broadcasts.stop(pick(names)))
              else if (weather < 0.9) yield* Effect.ignore(broadcasts.restart(pick(names)))
              else if (weather < 0.93) {
                faults.fail(pick(["mountpoints.ensure", "rooms.ensure", "forwarders.ensure"]), busy)
              } else if (weather < 0.95) {
                faults.lose(pick(["mountpoints.ensure", "rooms.ensure", "forwarders.ensure"]), busy)
              } else if (weather < 0.965) {
                yield* Effect.ignore(camera.leave)
                camera = yield* publish
              } else if (weather < 0.975) {
                yield* replace("end")
              } else if (weather < 0.985) {
                yield* replace("crash")
              } else if (weather < 0.99) {
                yield* janus.kill
                yield* janus.restart
                yield* studio
                camera = yield* publish
              }
              yield* Effect.sleep(Duration.millis(next() * 60))
            }
            faults.clear()
            const isOver = Effect.map(
              broadcasts.list({ limit: 500 }),
              (page) => page.items.every((one) => isEnded(one.state))
            )
            yield* broadcasts.stopAll({})
            yield* Effect.timeout(
              Effect.repeat(isOver, { until: (over) => over, schedule: Schedule.spaced("200 millis") }),
              "120 seconds"
            )
            // what a stop had to leave to the sweep, because a watcher of a crashed worker was still in the room
            const rooms = yield* Rooms
            yield* Effect.repeat(Effect.andThen(sweep(), rooms.marked("test")), {
              until: (all) => all.length === 0,
              schedule: Schedule.upTo(Schedule.spaced("1 second"), { duration: "60 seconds" })
            })
            console.log(`${tally.runs} runs, ${hired} workers`)
          }).pipe(Effect.provide(Managed.station(janus, faults, timings)))
          assert.deepStrictEqual(yield* lists.mountpoints, [])
          assert.deepStrictEqual((yield* lists.rooms).map((one) => one.room), [theirs])
          assert.deepStrictEqual(yield* lists.forwarders(theirs), [])
          const people = (yield* lists.participants(theirs)).filter((one) => !one.publisher)
          assert.deepStrictEqual(people, [], "no watcher of ours is left in a foreign room")
        }), 600_000)
    })
)
