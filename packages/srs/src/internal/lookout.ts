/**
 * The look at one SRS: its list of streams once a second, or five times a second for a while after somebody hurried it.
 */
import { absent, Followed, type IngestPublisher, type IngestStatus, unknownStatus } from "@headend/core/IngestStatus"
import { Clock, Deferred, Effect, type Scope } from "effect"
import { HttpClient } from "effect/http"
import * as SrsApi from "../SrsApi.ts"

const every = 1_000
const everyWhenHurried = 200
/** SRS asks its hook before it lets a publisher in: for so long it is looked at more often. */
const hurriedFor = 5_000
const everyWhenAway = 2_000
/** It counts frames in steps of `publish.normal_timeout`, 5 seconds unless configured. */
const stuckAfter = 15_000

export interface Lookout {
  readonly follow: (app: string, name: string) => Effect.Effect<Followed, never, Scope.Scope>
  readonly hurry: () => void
}

/** Who publishes it, as far as the server says. */
export const publisherOf = Effect.fnUntraced(function*(
  client: HttpClient.HttpClient,
  address: SrsApi.SrsAddress,
  { publish: { cid } }: SrsApi.SrsStream
) {
  if (cid === undefined) return { client: null, address: null }
  const ip = yield* Effect.orElseSucceed(SrsApi.addressOf(client, address, cid), () => null)
  return { client: cid, address: ip } satisfies IngestPublisher
})

export const statusOf = (
  { audio, video }: SrsApi.SrsStream,
  publisher: IngestPublisher,
  stuckSince: number | null = null
): IngestStatus => ({
  live: true,
  publisher,
  codecs: [video?.codec, audio?.codec].flatMap((codec) => (codec === undefined ? [] : [codec.toLowerCase()])),
  stuckSince,
  trouble: null
})

/** What was seen of a stream before. */
interface Seen {
  readonly publisher: IngestPublisher
  readonly frames: number
  /** When they grew last. */
  readonly grewAt: number
}

interface Follower {
  readonly app: string
  readonly name: string
  readonly followed: Followed
  seen: Seen | undefined
}

/** Looks until the scope closes. */
export const make = Effect.fnUntraced(function*(client: HttpClient.HttpClient, address: SrsApi.SrsAddress) {
  const followers = new Set<Follower>()
  let hurriedAt = Number.NEGATIVE_INFINITY
  let isHurried = false
  let asked = Deferred.makeUnsafe<void>()

  /** Once, and at once. */
  const lookNow = () => Deferred.doneUnsafe(asked, Effect.void)
  const hurry = () => {
    isHurried = true
    lookNow()
  }

  const show = Effect.fnUntraced(function*(one: Follower, stream: SrsApi.SrsStream | undefined, now: number) {
    if (stream === undefined) {
      one.seen = undefined
      return one.followed.set(absent)
    }
    const { frames = 0, publish: { cid = null } } = stream
    const before = one.seen?.publisher.client === cid ? one.seen : undefined
    const publisher = before?.publisher ?? (yield* publisherOf(client, address, stream))
    one.seen = { publisher, frames, grewAt: before === undefined || frames !== before.frames ? now : before.grewAt }
    // 0: not counted yet, or there is no video
    const isStuck = frames > 0 && now - one.seen.grewAt >= stuckAfter
    one.followed.set(statusOf(stream, publisher, isStuck ? one.seen.grewAt : null))
  })

  const look = Effect.matchEffect(SrsApi.streams(client, address), {
    onSuccess: (streams) =>
      Effect.flatMap(Clock.currentTimeMillis, (now) => {
        const published = new Map(
          streams.filter(({ publish }) => publish.active).map((one) => [`${one.app}/${one.name}`, one])
        )
        return Effect.as(
          Effect.forEach(followers, (one) => show(one, published.get(`${one.app}/${one.name}`), now), {
            discard: true
          }),
          true
        )
      }),
    onFailure: (error) =>
      Effect.sync(() => {
        for (const { followed } of followers) followed.set({ ...unknownStatus, trouble: error.message })
        return false
      })
  })

  yield* Effect.forkScoped(Effect.provideService(
    Effect.gen(function*() {
      while (true) {
        if (isHurried) hurriedAt = yield* Clock.currentTimeMillis
        isHurried = false
        asked = Deferred.makeUnsafe()
        const isThere = yield* look
        const sinceHurry = (yield* Clock.currentTimeMillis) - hurriedAt
        const pause = sinceHurry < hurriedFor ? everyWhenHurried : isThere ? every : everyWhenAway
        yield* Effect.timeoutOption(Deferred.await(asked), pause)
      }
    }),
    // a span for each look would drown all others
    HttpClient.TracerDisabledWhen,
    () => true
  ))

  const follow: Lookout["follow"] = (app, name) =>
    Effect.map(
      Effect.acquireRelease(
        Effect.sync((): Follower => {
          const one = { app, name, followed: new Followed(lookNow), seen: undefined }
          followers.add(one)
          lookNow()
          return one
        }),
        (one) => Effect.sync(() => void followers.delete(one))
      ),
      ({ followed }) => followed
    )
  return { follow, hurry } satisfies Lookout
})
