import { assert, layer } from "@effect/vitest"
import type { DeadLetters, Offered, Queue } from "@headend/api/Jobs"
import { fromMetadata } from "@headend/core/Mark"
import type { Snapshot } from "@headend/core/Snapshot"
import * as RealJanus from "@headend/integration/RealJanus"
import { requires } from "@headend/integration/Requires"
import { Effect, Option } from "effect"
import { eventually, folder, start } from "./support/RealApp.ts"

/** Of the caller, so that the test can edit what headend made: a mountpoint that is made anew has lost the edit. */
const secret = "written-by-the-test"
const names = (prefix: string, count: number) => Array.from({ length: count }, (_, i) => `${prefix}-${i}`)
const media = [{ type: "video", codec: "h264" }]
const specs: Readonly<Record<string, object>> = Object.fromEntries([
  ...names("own", 14).map((id, i) => [id, {
    mountpoint: { create: { id: 4_000 + i, secret, media } },
    source: { kind: "frontend_owned" }
  }]),
  ...names("whip", 4).map((id) => [id, { source: { kind: "browser_webrtc" } }]),
  ...names("pattern", 2).map((id, i) => [id, {
    mountpoint: { create: { id: 5_000 + i, secret } },
    source: { kind: "test_pattern", width: 160, height: 90, fps: 10 }
  }])
])
const mountpoints = [...names("", 14).map((_, i) => 4_000 + i), 5_000, 5_001]
const jobs = names("job", 100)

requires("janus", "ffmpeg")(
  "one process with its SQLite file",
  () =>
    layer(RealJanus.layer(), { excludeTestServices: true })((it) => {
      it.effect(
        "killed with twenty broadcasts and a hundred jobs: all on air again as they were, each job done once",
        () =>
          Effect.gen(function*() {
            const janus = yield* RealJanus.RealJanus
            const cwd = yield* folder
            const run = (env: Readonly<Record<string, string>> = {}) =>
              start({ janus, cwd, env: { HEADEND_REGISTRY: "sqlite", ...env } })
            const kill = ({ program }: Effect.Success<ReturnType<typeof run>>) =>
              Effect.andThen(program.signal("SIGKILL"), program.ended)

            const first = yield* run()
            const { lists } = first
            yield* Effect.forEach(
              Object.entries(specs),
              ([id, body]) =>
                Effect.map(
                  first.call(`PUT /v1/broadcasts/${id}`, { body }),
                  ({ status, text }) => assert.strictEqual(status, 201, text)
                ),
              { concurrency: 5, discard: true }
            )
            const settled = ({ id, state }: Snapshot) => state === (id.startsWith("pattern") ? "running" : "waiting")
            const page = (app: Effect.Success<ReturnType<typeof run>>, state?: string) =>
              Effect.map(
                app.call(`GET /v1/broadcasts?limit=500${state === undefined ? "" : `&state=${state}`}`),
                (answer) => answer.json<{ items: ReadonlyArray<Snapshot> }>().items
              )
            const before = yield* eventually(page(first), (items) => items.length === 20 && items.every(settled))
            yield* Effect.forEach(
              mountpoints,
              (id) => lists.request("streaming", { request: "edit", id, secret, new_description: `seen ${id}` }),
              { discard: true }
            )
            const rooms = yield* lists.rooms
            yield* kill(first)

            // nobody takes jobs here: all hundred are in the queue when it is killed
            const second = yield* run({ HEADEND_EMBED_WORKER: "false" })
            const offered = yield* Effect.forEach(jobs, (id) =>
              second.call("POST /v1/jobs", {
                headers: { "idempotency-key": `order of ${id}` },
                body: { type: "start_broadcast", spec: { id, source: { kind: "frontend_owned" } } }
              }), { concurrency: 20 })
            const jobIds = new Map(offered.map((answer, i) => [jobs[i]!, answer.json<Offered>().id]))
            assert.deepStrictEqual(new Set(offered.map(({ status }) => status)), new Set([202]))
            assert.strictEqual((yield* second.call("GET /v1/queue")).json<Queue>().undelivered, 100)
            yield* kill(second)

            // and killed again as soon as some of them are declared
            const third = yield* run()
            yield* eventually(page(third), (items) => items.length > 20)
            yield* kill(third)

            const last = yield* run()
            // what the file keeps says so already of those that nobody has taken yet
            const formerly = new Map(before.map(({ id, owner }) => [id, owner!.epoch]))
            const isTaken = ({ id, owner }: Snapshot) => owner !== null && owner.epoch > (formerly.get(id) ?? 0)
            const after = yield* eventually(
              page(last),
              (items) => items.length === 120 && items.every((one) => settled(one) && isTaken(one))
            )
            const all = new Map(after.map((one) => [one.id, one]))
            assert.deepStrictEqual(after.map(({ run }) => run), Array(120).fill(1), "nothing was run twice")
            for (const id of jobs) {
              const { request } = all.get(id)!
              assert.deepStrictEqual([request.key, request.jobId], [`order of ${id}`, jobIds.get(id)])
            }
            const queue = yield* eventually(
              Effect.map(last.call("GET /v1/queue"), (answer) => answer.json<Queue>()),
              ({ inFlight, undelivered }) => inFlight + undelivered === 0
            )
            assert.deepStrictEqual([queue.delayed, queue.dead], [0, 0])
            assert.deepStrictEqual((yield* last.call("GET /v1/queue/dead")).json<DeadLetters>().items, [])

            for (const snapshot of before) {
              const now = all.get(snapshot.id)!
              assert.deepStrictEqual(now.mountpoint, snapshot.mountpoint)
              assert.deepStrictEqual(now.room, snapshot.room)
            }
            for (const id of mountpoints) {
              const owner = [...all.values()].find(({ mountpoint }) => mountpoint?.id === id)?.owner
              const info = yield* eventually(
                lists.mountpointInfo(id, secret),
                ({ metadata }) => Option.getOrUndefined(fromMetadata(metadata))?.mark.epoch === owner!.epoch
              )
              assert.strictEqual(info.description, `seen ${id}`, "it is the mountpoint that the first process made")
            }
            // the relays of the killed processes are gone: what arrives comes from new ones
            for (const id of [5_000, 5_001]) {
              yield* eventually(
                lists.mountpointInfo(id, secret),
                ({ media = [] }) =>
                  media.length > 0 && media.every(({ age_ms: age }) => age !== undefined && age < 1_000)
              )
            }
            assert.sameMembers((yield* lists.rooms).map(({ room }) => room), rooms.map(({ room }) => room))
            assert.strictEqual((yield* lists.mountpoints).length, mountpoints.length)

            yield* last.call("DELETE /v1/broadcasts?all=true")
            yield* eventually(page(last), (items) => items.every(({ state }) => state === "stopped"))
            assert.deepStrictEqual(yield* lists.mountpoints, [])
            assert.deepStrictEqual(yield* lists.rooms, [])
          }),
        300_000
      )
    })
)
