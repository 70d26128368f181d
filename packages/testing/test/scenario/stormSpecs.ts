/**
 * What a storm is made of: dice that fall the same for the same seed, other people's rooms and mountpoints, and
 * specifications of all kinds.
 */
import { World } from "@headend/testing/World"
import { Effect } from "effect"

/** The same numbers for the same seed. */
export class Dice {
  private state: number

  constructor(seed: number) {
    this.state = seed >>> 0
  }

  /** From 0 to below `n`. */
  roll(n: number): number {
    this.state = (this.state + 0x6d2b79f5) >>> 0
    let t = Math.imul(this.state ^ (this.state >>> 15), this.state | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 4_294_967_296) * n)
  }

  pick<A>(from: ReadonlyArray<A>): A {
    return from[this.roll(from.length)]!
  }

  chance(percent: number): boolean {
    return this.roll(100) < percent
  }
}

export const foreignRooms: ReadonlyArray<number> = [1, 2, 3, 4, 5, 6]
export const names = Array.from({ length: 25 }, (_, i) => `b${i}`)
/** Somebody else's, each for one of the broadcasts: two that adopt the same would mix. */
export const foreignMountpoints: ReadonlyArray<number> = [900, 901, 902]
export const people: ReadonlyArray<string> = ["anna", "bert", "cleo"]

/** What is not ours is made again when its owner finds it missing. */
export const foreign = Effect.gen(function*() {
  const world = yield* World
  for (const id of foreignRooms) {
    if (!world.rooms().some((room) => room.id === id)) yield* world.foreignRoom(id)
  }
  for (const id of foreignMountpoints) {
    if (!world.mountpoints().some((one) => one.id === id)) {
      yield* world.foreignMountpoint({ type: "rtp", id, media: [{ type: "audio" }, { type: "video" }] })
    }
  }
})

/** A specification, as it is written. */
export const input = (dice: Dice, id: string, isRelayed: boolean): object => {
  const room = { id: dice.pick(foreignRooms) }
  const own = { id: 50 + dice.roll(3), ifMissing: "create" }
  const source = dice.pick<object>([
    { kind: "videoroom", room, publisher: "any" },
    { kind: "videoroom", room, publisher: { display: dice.pick(people) }, waitForPublisher: "4 seconds" },
    { kind: "videoroom", room: own, publisher: "any" },
    { kind: "browser_webrtc" },
    { kind: "browser_webrtc", room: own },
    { kind: "frontend_owned" },
    ...isRelayed
      ? [
        { kind: "test_pattern" },
        { kind: "pull", url: "https://example.com/live.m3u8" },
        { kind: "rtsp_camera", camera: { url: "rtsp://camera.example/1" } }
      ]
      : []
  ])
  const mountpoint = dice.pick<object | undefined>([
    undefined,
    undefined,
    { create: { id: 100 + dice.roll(12) } },
    { create: { media: [{ type: "video" }, { type: "audio" }] } },
    foreignMountpoints.map((one) => ({ adopt: { id: one } }))[names.indexOf(id)]
  ])
  const limits = dice.pick<object | undefined>([
    ...Array.from({ length: 6 }, () => undefined),
    { maxDuration: "20 seconds" },
    { giveUpAfter: "8 seconds" }
  ])
  return {
    id,
    source,
    ...(mountpoint === undefined ? {} : { mountpoint }),
    ...(limits === undefined ? {} : { limits })
  }
}
