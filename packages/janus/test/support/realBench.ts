// The contract suites on the real Janus; those who publish are tabs of a real Chromium.
import * as Browsers from "@headend/integration/Browser"
import * as JanusHandle from "@headend/integration/JanusHandle"
import * as JanusLists from "@headend/integration/JanusLists"
import * as RealJanus from "@headend/integration/RealJanus"
import { JanusConnection } from "@headend/janus/JanusConnection"
import { MediaBench } from "@headend/testing/MediaBench"
import { Effect, Layer, Redacted, Schedule } from "effect"
import { portsOn } from "./ports.ts"
import { rawClient } from "./rawClient.ts"

const soon = Schedule.upTo(Schedule.spaced("20 millis"), { duration: "20 seconds" })

const bench = (janus: RealJanus.RunningJanus) =>
  Effect.gen(function*() {
    const connection = yield* JanusConnection
    const browser = yield* Browsers.Browser
    const others = yield* rawClient(janus.url)
    const lists = JanusLists.make(janus)
    return MediaBench.of({
      ...others,
      mountpoints: Effect.orDie(Effect.map(lists.mountpoints, (all) => all.map(({ id }) => id))),
      rooms: Effect.orDie(Effect.map(lists.rooms, (all) => all.map(({ room }) => room))),
      publish: (room, options) =>
        Effect.gen(function*() {
          const publisher = yield* browser.publishRoom({
            janusUrl: janus.url,
            room: room.id,
            ...(room.pin === undefined ? {} : { pin: Redacted.value(room.pin) }),
            ...options
          })
          // the browser is connected a little earlier than the server says so
          yield* Effect.flatMap(lists.participants(room.id), (all) =>
            all.some(({ id, publisher: sends }) => id === publisher.id && sends)
              ? Effect.void
              : Effect.fail("not yet")).pipe(Effect.retry(soon))
          return { id: publisher.id, leave: Effect.orDie(publisher.leave) }
        }).pipe(Effect.orDie),
      join: (room) =>
        Effect.gen(function*() {
          const handle = yield* JanusHandle.attach(janus, "videoroom")
          const { data } = yield* handle.message({
            request: "join",
            ptype: "publisher",
            room: room.id,
            ...(room.pin === undefined ? {} : { pin: Redacted.value(room.pin) })
          })
          return {
            id: Number(data["id"]),
            leave: Effect.orDie(Effect.asVoid(handle.message({ request: "leave" })))
          }
        }).pipe(Effect.orDie),
      restart: Effect.gen(function*() {
        const before = connection.epoch()
        yield* janus.kill
        yield* connection.awaitLoss(before)
        yield* janus.restart
        yield* connection.awaitUp
      }).pipe(Effect.orDie),
      another: Effect.orDie(Layer.build(Layer.fresh(portsOn(janus))))
    })
  })

/** A real Janus, our ports on it, and the bench. */
export const layer = Layer.unwrap(
  Effect.map(RealJanus.RealJanus, (janus) => Layer.provideMerge(Layer.effect(MediaBench, bench(janus)), portsOn(janus)))
).pipe(Layer.provide(Layer.mergeAll(RealJanus.layer(), Browsers.layer)))
