/**
 * Ingests in memory: one that names an API can be asked, and one that does not is known from hooks, as soon as there are.
 */
import { ServerUnavailable } from "@headend/core/Failure"
import { type Ingest, streamName } from "@headend/core/Ingest"
import { Ingests } from "@headend/core/Ingests"
import { absent, Followed, type IngestPublisher, type IngestStatus, unknownStatus } from "@headend/core/IngestStatus"
import { Clock, Effect } from "effect"
import type { Fakes } from "./internal/call.ts"

/** Somebody publishes. */
export interface FakePublication {
  readonly publisher: IngestPublisher
  readonly codecs: ReadonlyArray<string>
  stuckSince: number | null
}

/** What people do at the RTMP servers; `at` is application and stream, `live/cam1`. */
export interface FakeRtmp {
  readonly publish: (at: string, publisher?: Partial<IngestPublisher>) => Effect.Effect<void>
  readonly unpublish: (at: string) => Effect.Effect<void>
  /** The publisher stays connected and sends nothing more. */
  readonly freeze: (at: string) => Effect.Effect<void>
  /** The API is out of reach, or back. */
  readonly reachable: (isReachable: boolean) => Effect.Effect<void>
  /** How many follow it. */
  readonly followers: (at: string) => number
}

interface Place {
  readonly followed: Followed
  readonly hasApi: boolean
  readonly at: string
}

const outOfReach = new ServerUnavailable({ server: "srs", reason: "it is away" })

export const make = ({ faults, journal }: Fakes) => {
  const published = new Map<string, FakePublication>()
  const places = new Set<Place>()
  let isAway = false
  let clients = 0

  const told = (at: string): IngestStatus => {
    const one = published.get(at)
    return one === undefined
      ? absent
      : { live: true, publisher: one.publisher, codecs: one.codecs, stuckSince: one.stuckSince, trouble: null }
  }
  const asked = (at: string): IngestStatus => isAway ? { ...unknownStatus, trouble: outOfReach.message } : told(at)

  const tell = (at: string) => {
    for (const one of places) {
      if (one.at === at) one.followed.set(one.hasApi ? asked(at) : told(at))
    }
  }
  const change = (at: string, step: (now: number) => void) =>
    Effect.map(Clock.currentTimeMillis, (now) => {
      step(now)
      tell(at)
    })
  const placeOf = (ingest: Ingest) => `${ingest.app}/${streamName(ingest)}`

  const write = (call: string, id: string, outcome: string) => Effect.sync(() => journal.write({ call, id, outcome }))

  /** A call that the API answers. */
  const call = <A>(name: string, ingest: Ingest, answer: (at: string) => A) => {
    const at = placeOf(ingest)
    const step = Effect.suspend(() => isAway ? Effect.fail(outOfReach) : Effect.sync(() => answer(at)))
    return faults.apply(name, step).pipe(
      Effect.tap(() => write(name, at, "ok")),
      Effect.tapError((error) => write(name, at, error._tag))
    )
  }

  const ingests = Ingests.of({
    watch: (ingest) =>
      Effect.map(
        Effect.acquireRelease(
          Effect.sync((): Place => {
            const at = placeOf(ingest)
            const hasApi = ingest.srsApi !== undefined
            const followed = new Followed(() => followed.set(hasApi ? asked(at) : unknownStatus))
            const one = { followed, hasApi, at }
            if (one.hasApi) one.followed.set(asked(at))
            places.add(one)
            return one
          }),
          (one) => Effect.sync(() => void places.delete(one))
        ),
        ({ followed: watch }) => watch
      ),
    find: (ingest) => ingest.srsApi === undefined ? Effect.succeed(unknownStatus) : call("ingests.find", ingest, told),
    kick: (ingest) =>
      ingest.srsApi === undefined ? Effect.succeed(false) : call("ingests.kick", ingest, (at) => {
        const wasThere = published.delete(at)
        tell(at)
        return wasThere
      }),
    plan: (ingest) =>
      Effect.succeed(
        ingest.srsApi === undefined ? [] : [{ hop: "ingest" as const, does: "look at the ingest", server: "srs" }]
      )
  })

  const rtmp: FakeRtmp = {
    publish: (at, publisher = {}) =>
      change(at, () =>
        void published.set(at, {
          publisher: { client: `c${++clients}`, address: "127.0.0.1", ...publisher },
          codecs: ["h264", "aac"],
          stuckSince: null
        })),
    unpublish: (at) => change(at, () => void published.delete(at)),
    freeze: (at) =>
      change(at, (now) => {
        const one = published.get(at)
        if (one !== undefined) one.stuckSince = now
      }),
    reachable: (isReachable) =>
      Effect.sync(() => {
        isAway = !isReachable
        for (const { at } of places) tell(at)
      }),
    followers: (at) => [...places].filter((one) => one.at === at).length
  }
  return { ingests, rtmp }
}
