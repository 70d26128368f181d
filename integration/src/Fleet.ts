// A fleet on real programs: one Janus, one Redis, a tap on all RTP, two HTTP apps without a worker, and workers that come
// and go, each a process of its own, built as users run it.
import type { Snapshot } from "@headend/core/Snapshot"
import { Context, Data, Effect, Layer, Schedule } from "effect"
import { readdirSync, readFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as JanusLists from "./JanusLists.ts"
import { isAlive } from "./Machine.ts"
import { spawn, workspaceRoot } from "./Processes.ts"
import * as RealJanus from "./RealJanus.ts"
import * as Redis from "./Redis.ts"
import { nodeMediaServer, publish } from "./RtmpServers.ts"
import * as RtpTap from "./RtpTap.ts"

const built = (app: string) => join(workspaceRoot, `apps/${app}/dist/main.js`)

export class Unexpected extends Data.TaggedError("Unexpected")<{ readonly status: number; readonly text: string }> {
  override get message() {
    return `${this.status} ${this.text}`
  }
}

/** A worker's own way to Janus and to Redis, to be cut. */
export interface Ways {
  readonly janus?: number
  readonly redis?: number
}

/** Looks again and again until it is so, at most so many seconds. */
export const eventually = <A, E, R>(look: Effect.Effect<A, E, R>, isSo: (seen: A) => boolean, seconds = 60) => {
  let last: A | undefined
  return look.pipe(
    Effect.tap((seen) => Effect.sync(() => void (last = seen))),
    Effect.repeat({ schedule: Schedule.spaced("50 millis"), until: isSo }),
    Effect.timeoutOrElse({
      duration: seconds * 1_000,
      orElse: () => Effect.die(new Error(`not so in ${seconds} s: ${JSON.stringify(last)}`))
    })
  )
}

/** A worker, as the registry tells of it. */
interface Seen {
  readonly id: string
  readonly seenAt: string
  readonly draining: boolean
}

/** The FFmpeg processes that were started by this process. */
const relaysOf = (pid: number): ReadonlyArray<number> =>
  readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number).filter((one) => {
    const stat = Effect.runSync(
      Effect.option(Effect.try({ try: () => readFileSync(`/proc/${one}/stat`, "utf8"), catch: String }))
    )
    if (stat._tag === "None") return false
    const [, parent] = stat.value.slice(stat.value.lastIndexOf(")") + 2).split(" ")
    return Number(parent) === pid && stat.value.includes("(ffmpeg)")
  })

export interface FleetOptions {
  /** `fast` unless given. */
  readonly profile?: "default" | "fast"
  /** All know Redis by an address behind which another may take its place; false unless given. */
  readonly isBehindAddress?: boolean
}

export const make = Effect.fnUntraced(function*({ isBehindAddress = false, profile = "fast" }: FleetOptions = {}) {
  const janus = yield* RealJanus.make({ rtpPorts: 100 })
  const tap = yield* RtpTap.make(janus.rtpPorts)
  const redis = yield* Redis.make({ durable: true })
  const address = yield* Redis.proxy(redis.port)
  const rtmp = yield* nodeMediaServer()
  const publishing = yield* publish(`${rtmp.url}/live/feed`)
  const secret = Buffer.alloc(32, 7).toString("base64")

  const settings = (ways: Ways) => ({
    HEADEND_JANUS_URL: `ws://127.0.0.1:${ways.janus ?? janus.port}`,
    HEADEND_JANUS_STREAMING_ADMIN_KEY: janus.streamingAdminKey,
    HEADEND_JANUS_VIDEOROOM_ADMIN_KEY: janus.videoroomAdminKey,
    HEADEND_JANUS_RTP_HOST: tap.address,
    HEADEND_JANUS_RTP_INTERFACE: "127.0.0.1",
    HEADEND_REGISTRY: "redis",
    HEADEND_REDIS_URL: `redis://127.0.0.1:${ways.redis ?? (isBehindAddress ? address.port : redis.port)}`,
    HEADEND_SECRET_KEY: secret,
    HEADEND_FLEET_PROFILE: profile,
    HEADEND_HTTP_PORT: "0"
  })
  const launch = Effect.fnUntraced(function*(app: string, env: Record<string, string>) {
    const program = yield* spawn(process.execPath, [built(app)], { cwd: tmpdir(), env })
    const line = yield* program.awaitLine(/Listening on http/, 60_000)
    return { program, url: /http:\/\/127\.0\.0\.1:\d+/.exec(line)![0] }
  })

  const http = Effect.fnUntraced(function*() {
    const { url } = yield* launch("http", settings({}))
    const call = (method: string, path: string, body?: object) =>
      Effect.flatMap(
        Effect.promise(() =>
          fetch(`${url}${path}`, {
            method,
            ...(body === undefined ? {} : {
              body: JSON.stringify(body),
              headers: { "content-type": "application/json" }
            })
          }).then((answer) => answer.text().then((text) => ({ status: answer.status, text })))
        ),
        ({ status, text }) =>
          status < 300 ? Effect.succeed(JSON.parse(text)) : Effect.fail(new Unexpected({ status, text }))
      )
    const get = (id: string): Effect.Effect<Snapshot, Unexpected> => call("GET", `/v1/broadcasts/${id}`)
    return {
      url,
      call,
      get,
      until: (id: string, isSo: (snapshot: Snapshot) => boolean, seconds = 60) =>
        eventually(Effect.orDie(get(id)), isSo, seconds),
      stop: (id: string): Effect.Effect<Snapshot, Unexpected> =>
        call("DELETE", `/v1/broadcasts/${id}?wait=stopped&timeout=30`)
    }
  })
  const [first, second] = [yield* http(), yield* http()]

  /** A worker; it ends with the scope. */
  const worker = Effect.fnUntraced(function*(id: string, ways: Ways = {}, more: Record<string, string> = {}) {
    const { program, url } = yield* launch("worker", { ...settings(ways), HEADEND_WORKER_ID: id, ...more })
    yield* eventually(
      Effect.promise(() => fetch(`${url}/readyz`).then(({ status }) => status)),
      (status) => status === 200
    )
    return { id, program, url, relays: () => relaysOf(program.pid) }
  })

  const seen = (id: string): Effect.Effect<Seen | undefined, Unexpected> =>
    Effect.map(
      first.call("GET", "/v1/workers"),
      ({ workers }: { readonly workers: ReadonlyArray<Seen> }) => workers.find((one) => one.id === id)
    )

  /** Waits until this worker has looked around again, and so knows of those that the registry knows of now. */
  const looksAround = Effect.fnUntraced(function*(id: string) {
    // the registry is told before it is asked: a third word of it says that it was asked since the first
    for (let n = 0; n < 3; n++) {
      const before = (yield* seen(id))?.seenAt
      yield* eventually(seen(id), (now) => now !== undefined && now.seenAt !== before)
    }
  })

  /** Starts it through the first HTTP app and waits until it is on air; it is stopped with the scope. */
  const onAir = (id: string, body: object) =>
    Effect.acquireRelease(
      Effect.andThen(
        first.call("PUT", `/v1/broadcasts/${id}`, body),
        first.until(id, ({ state }) => state === "running")
      ),
      () => Effect.ignore(first.stop(id))
    )

  return {
    janus,
    lists: JanusLists.make(janus),
    tap,
    redis,
    /** The address of Redis. */
    address,
    publishing,
    first,
    second,
    worker,
    looksAround,
    /** Waits until the others know that it takes nothing any more. */
    drains: (id: string) => eventually(seen(id), (now) => now?.draining === true),
    onAir,
    /**
     * Waits until it is on air by one of these. The claim alone says nothing of the picture: what its former owner said
     * stands until the new one has looked.
     */
    onAirWith: (
      id: string,
      workers: ReadonlyArray<{ readonly id: string; readonly relays: () => ReadonlyArray<number> }>,
      seconds = 60
    ) =>
      first.until(id, ({ health, owner, relay, state }) => {
        const worker = workers.find((one) => one.id === owner?.worker)
        return state === "running" && worker !== undefined
          && (relay === null || worker.relays().includes(relay.pid ?? 0))
          && health.hops.some(({ hop, status }) => hop === "mountpoint" && status === "ok")
      }, seconds),
    pattern: { source: { kind: "test_pattern", width: 320, height: 180, fps: 15 } },
    feed: {
      source: { kind: "rtmp_external", inputUrl: `${rtmp.url}/live/feed`, relay: { kind: "ffmpeg", video: "copy" } }
    },
    videoPort: ({ mountpoint }: Snapshot) => mountpoint!.media.find(({ type }) => type === "video")!.port!,
    ownersOf: (ids: ReadonlyArray<string>) =>
      Effect.map(Effect.forEach(ids, first.get), (all) => all.map(({ owner }) => `${owner?.worker} ${owner?.epoch}`)),
    areGone: (pids: ReadonlyArray<number>) =>
      eventually(Effect.sync(() => pids.filter(isAlive)), (alive) => alive.length === 0)
  }
})

export class Fleet
  extends Context.Service<Fleet, Effect.Success<ReturnType<typeof make>>>()("@headend/integration/Fleet")
{}

export const layer = Layer.effect(Fleet, make())

/** One whose Redis may be replaced. */
export const layerBehindAddress = Layer.effect(Fleet, make({ isBehindAddress: true }))

/** All of them are, as far as this HTTP app can tell. */
export const areOnAir = (
  http: { readonly get: (id: string) => Effect.Effect<Snapshot, Unexpected> },
  ids: ReadonlyArray<string>
) =>
  Effect.map(
    Effect.forEach(ids, (id) => Effect.option(http.get(id))),
    (all) => all.every((one) => one._tag === "Some" && one.value.state === "running" && one.value.owner !== null)
  )
