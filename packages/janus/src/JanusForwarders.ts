/**
 * Forwarders of the Janus VideoRoom plugin. They carry no mark and outlive their owner: ours is what goes into our
 * ports. Nothing is forwarded into a port before whatever else goes there was stopped and is seen to be gone.
 */
import { Superseded } from "@headend/core/Failure"
import { Forwarders, ForwardFailed } from "@headend/core/Forwarders"
import { Keyring } from "@headend/core/Keyring"
import type { Target } from "@headend/core/Mountpoint"
import type { Forward, Forwarder, ForwardOptions, PublisherId, RoomId } from "@headend/core/Room"
import { type RoomAccess, RoomMissing } from "@headend/core/Rooms"
import { Effect, Layer, type Redacted } from "effect"
import { resolve } from "./internal/address.ts"
import { recall } from "./internal/ownership.ts"
import * as OwnRooms from "./internal/ownRooms.ts"
import * as Wire from "./internal/wire.ts"
import type { JanusConnection } from "./JanusConnection.ts"
import { isUnauthorized, type JanusRefused, unauthorized, unexpected, videoroom as codes } from "./JanusError.ts"
import { type RunningForwarder, VideoRoomHandle } from "./VideoRoomHandle.ts"

interface Running {
  readonly publisher: PublisherId
  readonly forwarder: RunningForwarder
}

type Secret = Redacted.Redacted | undefined

const key = (host: string, port: number) => `${host} ${port}`

/** Janus shows addresses: those of the hosts, by host. */
const addresses = Effect.fnUntraced(function*(targets: ReadonlyArray<Target>) {
  const found = new Map<string, string>()
  for (const { host } of targets) if (!found.has(host)) found.set(host, yield* resolve(host))
  return (host: string) => found.get(host) ?? host
})

const isSealed = (forwarder: RunningForwarder) => forwarder.srtp === true

const roundsOfStopping = 3

const make = Effect.gen(function*() {
  const videoroom = yield* VideoRoomHandle
  const rooms = yield* OwnRooms.OwnRooms
  const keyring = yield* Keyring

  /** One that is gone is stopped. */
  const halt = (room: RoomAccess, secret: Secret, running: ReadonlyArray<Running>) =>
    Effect.forEach(running, ({ forwarder, publisher }) =>
      Effect.catchTag(
        videoroom.stopForward(room.id, secret, publisher, forwarder.stream_id),
        "JanusRefused",
        (error) => error.code === codes.noSuchFeed ? Effect.void : Effect.fail(error)
      ), { concurrency: 8, discard: true })

  const into = (targets: ReadonlyArray<Target>, address: (host: string) => string) => {
    const ports = new Set(targets.map(({ host, port }) => key(address(host), port)))
    return ({ forwarder }: Running) => ports.has(key(forwarder.host, forwarder.port))
  }

  /** Keeps one that fits per port, and stops the rest until no list shows them any more. */
  const settle = Effect.fnUntraced(function*(
    room: RoomAccess,
    secret: Secret,
    publisher: PublisherId,
    forwards: ReadonlyArray<Forward>,
    options: ForwardOptions,
    address: (host: string) => string
  ) {
    const isOurs = into(forwards, address)
    for (let round = 0;; round++) {
      const kept = new Map<Forward, Running>()
      const rest: Array<Running> = []
      for (const running of (yield* videoroom.forwarders(room.id, secret)).filter(isOurs)) {
        const { forwarder } = running
        const fit = forwards.find((one) =>
          one.port === forwarder.port && address(one.host) === forwarder.host && one.type === forwarder.type &&
          running.publisher === publisher && isSealed(forwarder) === (options.srtp !== undefined)
        )
        if (fit !== undefined && !kept.has(fit)) kept.set(fit, running)
        else rest.push(running)
      }
      if (rest.length === 0) return kept
      if (round === roundsOfStopping) {
        return yield* new ForwardFailed({ publisher, reason: "others that forward into these ports cannot be stopped" })
      }
      yield* halt(room, secret, rest)
    }
  })

  const forwardMissing = Effect.fnUntraced(function*(
    room: RoomAccess,
    secret: Secret,
    publisher: PublisherId,
    missing: ReadonlyArray<Forward>,
    options: ForwardOptions,
    address: (host: string) => string
  ) {
    const made = yield* videoroom.forward(room.id, secret, Wire.forward(publisher, missing, options, address))
    const running = new Map<Forward, Running>()
    for (const one of missing) {
      const forwarder = made.find((made) =>
        made.port === one.port && made.host === address(one.host) && isSealed(made) === (options.srtp !== undefined)
      )
      if (forwarder !== undefined) running.set(one, { publisher, forwarder })
    }
    if (running.size === missing.length) return running
    yield* halt(room, secret, made.map((forwarder) => ({ publisher, forwarder })))
    const absent = missing.filter((one) => !running.has(one)).map((one) => `${one.type} ${one.sourceMid}`)
    return yield* new ForwardFailed({ publisher, reason: `it does not send ${absent.join(", ")}` })
  })

  const refused = Effect.fnUntraced(function*(room: RoomAccess, publisher: PublisherId, error: JanusRefused) {
    if (error.code === codes.noSuchRoom) return yield* new RoomMissing({ id: room.id })
    if (!isUnauthorized(error)) {
      return yield* new ForwardFailed({ publisher, reason: `${error.code} ${error.reason}` })
    }
    const owned = room.owner === undefined ? undefined : rooms.memory.of(room.id, room.owner)
    if (room.owner !== undefined && owned !== undefined) {
      // our secret was right when we made the room
      const marked = yield* rooms.marked(room.id, room.owner)
      if (marked === undefined || marked.mark.epoch > owned.mark.epoch) {
        return yield* new Superseded({ resource: `room ${room.id}`, epoch: marked?.mark.epoch ?? null })
      }
    }
    return yield* unauthorized(`room ${room.id}`, error)
  })

  const ensure = (
    room: RoomAccess,
    publisher: PublisherId,
    forwards: ReadonlyArray<Forward>,
    options: ForwardOptions
  ) =>
    Effect.gen(function*() {
      const secret = yield* rooms.secretOf(room)
      const address = yield* addresses(forwards)
      const kept = yield* settle(room, secret, publisher, forwards, options, address)
      const missing = forwards.filter((one) => !kept.has(one))
      const made = missing.length === 0
        ? undefined
        : yield* forwardMissing(room, secret, publisher, missing, options, address)
      return forwards.map((one): Forwarder => ({
        mid: one.mid,
        streamId: (kept.get(one) ?? made?.get(one))?.forwarder.stream_id ?? 0,
        host: one.host,
        port: one.port
      }))
    }).pipe(
      Effect.catchTag("JanusRefused", (error) => refused(room, publisher, error)),
      Effect.uninterruptible
    )

  const stop = (room: RoomAccess, targets: ReadonlyArray<Target>) =>
    Effect.gen(function*() {
      const secret = yield* rooms.secretOf(room)
      const isOurs = into(targets, yield* addresses(targets))
      const running = yield* videoroom.forwarders(room.id, secret)
      yield* halt(room, secret, running.filter(isOurs))
    }).pipe(
      Effect.catchTag("JanusRefused", (error) => {
        if (error.code === codes.noSuchRoom || error.code === codes.noSuchFeed) return Effect.void
        return Effect.fail(isUnauthorized(error) ? unauthorized(`room ${room.id}`, error) : unexpected(error))
      }),
      Effect.uninterruptible
    )

  /** Into these ports from one room, if it lets us. */
  const sweep = Effect.fnUntraced(
    function*(id: RoomId, listed: OwnRooms.Listed, isOurs: (running: Running) => boolean) {
      const secret = listed.marked === undefined ? undefined : yield* recall(keyring, "room", id, listed.marked)
      const running = yield* videoroom.forwarders(id, secret)
      yield* halt({ id }, secret, running.filter(isOurs))
    },
    (effect) => Effect.catchTag(effect, ["JanusRefused", "Unauthorized"], (error) => Effect.logDebug(error.message))
  )

  const stopEverywhere = (targets: ReadonlyArray<Target>) =>
    Effect.gen(function*() {
      const isOurs = into(targets, yield* addresses(targets))
      const peopled = [...yield* rooms.list].filter(([, { isEmpty }]) => !isEmpty)
      yield* Effect.forEach(peopled, ([id, listed]) => sweep(id, listed, isOurs), { concurrency: 8, discard: true })
    }).pipe(Effect.uninterruptible)

  const plan = (
    room: RoomAccess,
    publisher: PublisherId | string,
    forwards: ReadonlyArray<Forward>,
    options: ForwardOptions
  ) =>
    Effect.sync(() => {
      if (forwards.length === 0) return []
      const body = Wire.forward(publisher, forwards, options, (host) => host)
      const request = videoroom.forwardRequest(room.id, room.secret, body)
      return [{
        hop: "forwarder" as const,
        does: `forward ${forwards.map((one) => `${one.type} ${one.sourceMid}`).join(", ")} of publisher ${publisher}`,
        server: "janus",
        request: Wire.redact(request),
        when: "when the publisher sends"
      }]
    })

  return Forwarders.of({ ensure, stop, stopEverywhere, plan })
})

/** Forwarders of the Janus VideoRoom plugin. */
export const layer: Layer.Layer<Forwarders, never, VideoRoomHandle | JanusConnection | Keyring> = Layer.provide(
  Layer.effect(Forwarders, make),
  OwnRooms.layer
)
