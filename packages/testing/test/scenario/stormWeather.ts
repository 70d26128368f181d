/**
 * What may happen in a storm, and how often.
 */
import { Broadcasts } from "@headend/core/Broadcasts"
import { ServerUnavailable } from "@headend/core/Failure"
import type { Sources } from "@headend/core/Sources"
import { FakeRegistry } from "@headend/testing/FakeRegistry"
import { World } from "@headend/testing/World"
import { Effect, Scope } from "effect"
import { type Member, member } from "./crew.ts"
import { spec } from "./station.ts"
import { type Dice, foreign, foreignRooms, input, names, people } from "./stormSpecs.ts"

const calls = [
  "mountpoints.ensure",
  "mountpoints.destroy",
  "rooms.ensure",
  "rooms.find",
  "rooms.watch",
  "rooms.destroy",
  "forwarders.ensure",
  "forwarders.stop"
]
// a watcher whose answer is lost is gone with its handle
const changes = calls.filter((call) => call !== "rooms.watch")
const busy = new ServerUnavailable({ server: "janus", reason: "busy" })

type Needs = Broadcasts | FakeRegistry | World | Sources | Effect.Services<ReturnType<typeof member>>
type Action = Effect.Effect<void, never, Needs>

/** With relays, or wild. */
export type Storm = "plain" | "relayed" | "wild"

/**
 * The weather of one storm: `blow` does one thing, `calm` ends what is wrong with the world. In a wild one, others destroy
 * what is ours, and workers freeze in the middle of a call.
 */
export const weather = Effect.fnUntraced(function*(dice: Dice, kind: Storm, requests: Scope.Scope) {
  const w = kind === "wild" ? 1 : 0
  const world = yield* World
  const broadcasts = yield* Broadcasts
  const registry = yield* FakeRegistry
  let members: ReadonlyArray<Member> = []
  let leaving: ReadonlyArray<Member> = []
  let hired = 0
  const steps: Array<string> = []

  /** By somebody who does not wait, and for whom it may go wrong. */
  const ask = <A, E, R>(effect: Effect.Effect<A, E, R>) => Effect.asVoid(Effect.forkIn(Effect.ignore(effect), requests))
  const hire = Effect.gen(function*() {
    members = [...members, yield* member(`w${++hired}`)]
  })
  /** One leaves in this way, and another comes. */
  const replace = (leave: (one: Member) => Effect.Effect<void>) =>
    Effect.suspend(() => {
      const one = dice.pick(members)
      members = members.filter((other) => other !== one)
      return Effect.andThen(ask(leave(one)), hire)
    })
  const trouble = (make: (one: Member) => Effect.Effect<unknown>) => Effect.suspend(() => make(dice.pick(members)))
  const rooms = () => world.rooms().map(({ id }) => id)
  const inARoom = (make: (room: number | string) => Effect.Effect<unknown>) =>
    Effect.suspend(() => {
      const all = rooms()
      return all.length === 0 ? Effect.void : make(dice.pick(all))
    })
  const fault = (plan: (call: string) => void, from = calls) => Effect.sync(() => plan(dice.pick(from)))
  const somebodyLeaves = Effect.suspend(() => {
    const all = world.rooms().flatMap(({ id, publishers }) => publishers.map((one) => ({ room: id, one })))
    if (all.length === 0) return Effect.void
    const { one, room } = dice.pick(all)
    const back = dice.chance(60)
      ? world.publish(room, one.display === null ? {} : { display: one.display })
      : Effect.void
    return Effect.andThen(world.leave(room, one.id), back)
  })
  const id = () => dice.pick(names)

  const kinds: ReadonlyArray<
    readonly [weight: number, name: string, action: () => Effect.Effect<unknown, never, Needs>]
  > = [
    [40, "start", () => {
      const name = id()
      const given = input(dice, name, kind === "relayed")
      const before = dice.chance(70) ? Effect.ignore(broadcasts.stop(name)) : Effect.void
      return ask(Effect.andThen(before, Effect.flatMap(spec(given), (one) => broadcasts.start(one))))
    }],
    [8, "stop", () => ask(broadcasts.stop(id()))],
    [3, "restart", () => ask(broadcasts.restart(id()))],
    [12, "publish", () => inARoom((room) => world.publish(room, { display: dice.pick(people) }))],
    [14, "leave", () => somebodyLeaves],
    [1, "guests", () => inARoom((room) => world.guests(room, dice.roll(2)))],
    [w, "forwarders gone", () => inARoom(world.stopForwarders)],
    [w, "room gone", () => inARoom(world.destroyRoom)],
    [w, "mountpoint gone", () =>
      Effect.suspend(() => {
        const all = world.mountpoints()
        return all.length === 0 ? Effect.void : world.destroyMountpoint(dice.pick(all).id)
      })],
    [2, "janus away", () => world.disconnect],
    [1, "janus killed", () => world.kill],
    [8, "janus back", () => world.reconnect],
    [3, "janus trouble", () => fault((call) => world.faults.fail(call, busy, 1 + dice.roll(4)))],
    [3, "janus lost answers", () => fault((call) => world.faults.lose(call, busy, 1 + dice.roll(2)), changes)],
    [2, "janus slow", () => fault((call) => world.faults.delay(call, `${1 + dice.roll(5)} seconds`))],
    [1, "registry away", () => registry.become("away")],
    [1, "registry frozen", () => registry.become("frozen")],
    [1, "registry deaf", () => registry.become("deaf")],
    [6, "registry well", () => registry.become("well")],
    [2, "crash", () => replace((one) => one.crash)],
    [2, "hand-over", () =>
      replace((one) => {
        leaving = [...leaving, one]
        return one.end
      })],
    [w, "freeze", () => trouble((one) => one.freeze)],
    [4, "thaw", () => trouble((one) => one.thaw)],
    [1, "cut off from the registry", () => trouble((one) => one.link.become("away"))],
    [1, "deaf to the registry", () => trouble((one) => one.link.become("deaf"))],
    [1, "cut off from janus", () => trouble((one) => Effect.sync(() => one.door.set("shut")))]
  ]
  const whole = kinds.reduce((sum, [weight]) => sum + weight, 0)

  const blow: Action = Effect.suspend(() => {
    let at = dice.roll(whole)
    const [, name, action] = kinds.find(([weight]) => (at -= weight) < 0)!
    steps.push(name)
    return Effect.asVoid(action())
  })

  /** Everything that was wrong is mended, and everybody is there. */
  const calm = Effect.gen(function*() {
    world.faults.clear()
    yield* world.restart
    yield* registry.become("well")
    yield* Effect.forEach([...members, ...leaving], (one) => one.thaw)
    yield* foreign
    for (const room of foreignRooms) {
      for (const display of people) yield* world.publish(room, { display })
    }
  })
  return {
    steps,
    hire,
    blow,
    calm,
    members: () => members,
    leave: Effect.suspend(() => Effect.forEach(members, (one) => one.end, { discard: true }))
  }
})
