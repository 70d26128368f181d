import { assert, layer } from "@effect/vitest"
import { fromDescription, fromMetadata, type Marked } from "@headend/core/Mark"
import type { Snapshot } from "@headend/core/Snapshot"
import * as RealJanus from "@headend/integration/RealJanus"
import * as Redis from "@headend/integration/Redis"
import { requires } from "@headend/integration/Requires"
import { Effect, Option } from "effect"
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { eventually, folder, start } from "./support/RealApp.ts"

const key = (fill: number) => Buffer.alloc(32, fill).toString("base64")
const [before, after] = [key(1), key(2)]

const epochOf = (marked: Option.Option<Marked>) => Option.getOrUndefined(marked)?.mark.epoch

/** Room and mountpoint with secrets that headend derives, and a pin that is given by reference. */
const body = (id: string) => ({
  id,
  mountpoint: { create: { pin: { file: "pin" }, media: [{ type: "video", codec: "h264" }] } },
  source: { kind: "browser_webrtc", token: { env: "CAMERA_TOKEN" } }
})

const rotates = Effect.fnUntraced(function*(backend: Readonly<Record<string, string>>) {
  const janus = yield* RealJanus.RealJanus
  const cwd = yield* folder
  writeFileSync(join(cwd, "pin"), "watch-me\n")
  const run = (keys: ReadonlyArray<string>) =>
    start({
      janus,
      cwd,
      env: {
        ...backend,
        HEADEND_EMBED_WORKER: "true",
        HEADEND_FLEET_PROFILE: "fast",
        HEADEND_SECRET_KEY: keys.join(","),
        HEADEND_SECRETS_ENV: "CAMERA_*",
        HEADEND_SECRETS_FOLDER: cwd,
        CAMERA_TOKEN: "let-me-publish"
      }
    })
  type App = Effect.Success<ReturnType<typeof run>>
  const begin = (app: App, id: string) =>
    app.call("POST /v1/broadcasts", { headers: { "idempotency-key": `order of ${id}` }, body: body(id) })
  const end = ({ program }: App) => Effect.andThen(program.signal("SIGTERM"), program.ended)
  const waits = ({ mountpoint, room, state }: Snapshot) => state === "waiting" && mountpoint !== null && room !== null

  const first = yield* run([before])
  const { lists } = first
  const made = yield* Effect.forEach(["cam", "left"], (id) =>
    Effect.gen(function*() {
      const answer = yield* begin(first, id)
      assert.strictEqual(answer.status, 201, answer.text)
      return yield* first.until(id, waits)
    }))
  // the two tests share a Janus
  const ours = made.flatMap(({ mountpoint, room }) => [mountpoint!.id, room!.id])
  assert.deepStrictEqual(made[0]!.spec, {
    ...body("cam"),
    mountpoint: { create: { ...body("cam").mountpoint.create, type: "rtp" } }
  })
  assert.strictEqual(
    (yield* first.call("POST /whep/cam", { headers: { authorization: "Bearer watch-me" } })).status,
    201
  )
  yield* end(first)

  // the new key is known, the old one opens and derives
  const second = yield* run([after, before])
  for (const one of made) {
    const taken = yield* second.until(one.id, (now) => waits(now) && (now.owner?.epoch ?? 0) > one.owner!.epoch)
    assert.deepStrictEqual([taken.run, taken.mountpoint, taken.room], [1, one.mountpoint, one.room])
    // what was claimed is taken over once Janus has the new epoch, and with it the new secrets, on both
    const { epoch } = taken.owner!
    yield* eventually(
      lists.mountpoints,
      (all) => all.some(({ id, metadata }) => id === one.mountpoint!.id && epochOf(fromMetadata(metadata)) === epoch)
    )
    yield* eventually(
      lists.rooms,
      (all) =>
        all.some(({ description, room }) => room === one.room!.id && epochOf(fromDescription(description)) === epoch)
    )
  }
  const again = yield* second.call("PUT /v1/broadcasts/cam", { body: body("cam") })
  assert.strictEqual(again.status, 200, again.text)
  const repeated = yield* begin(second, "cam")
  assert.deepStrictEqual([repeated.status, repeated.json<Snapshot>().run], [200, 1], repeated.text)
  const other = { ...body("cam"), description: "another" }
  assert.strictEqual((yield* second.call("PUT /v1/broadcasts/cam", { body: other })).status, 409)
  const stopped = yield* second.stop("cam")
  assert.deepStrictEqual([stopped.state, stopped.leftBehind], ["stopped", []])
  assert.deepStrictEqual((yield* lists.rooms).map(({ room }) => room).filter((id) => ours.includes(id)), [
    made[1]!.room!.id
  ])
  assert.deepStrictEqual((yield* lists.mountpoints).map(({ id }) => id).filter((id) => ours.includes(id)), [
    made[1]!.mountpoint!.id
  ])
  yield* end(second)

  // without the old key its specification cannot be read; undone it is all the same: its secrets were swapped at the take-over
  const third = yield* run([after])
  const lost = yield* third.until("left", ({ state }) => state === "failed")
  assert.strictEqual(lost.endReason?.code, "spec_unreadable")
  assert.deepStrictEqual(lost.leftBehind, [])
  assert.deepStrictEqual(
    [...(yield* lists.rooms).map(({ room }) => room), ...(yield* lists.mountpoints).map(({ id }) => id)].filter((id) =>
      ours.includes(id)
    ),
    []
  )

  // a key that is taken out before anybody has taken over leaves behind what it made, by name; others go on
  assert.strictEqual((yield* begin(third, "gone")).status, 201)
  const gone = yield* third.until("gone", waits)
  yield* end(third)
  const fourth = yield* run([key(3)])
  const { leftBehind } = yield* fourth.until("gone", ({ leftBehind }) => leftBehind.length === 2)
  assert.sameDeepMembers(leftBehind.map(({ id, kind }) => [kind, id]), [
    ["mountpoint", String(gone.mountpoint!.id)],
    ["room", String(gone.room!.id)]
  ])
  const next = yield* fourth.call("PUT /v1/broadcasts/next", { body: body("next") })
  assert.strictEqual(next.status, 201, next.text)
  yield* fourth.until("next", waits)
  assert.strictEqual((yield* fourth.stop("next")).state, "stopped")
})

requires("janus", "redis-server")(
  "a change of keys",
  () =>
    layer(RealJanus.layer(), { excludeTestServices: true })((it) => {
      const title = "the same is the same under both keys, is undone with the old one, and ends without it"
      it.effect(`with SQLite: ${title}`, () => rotates({ HEADEND_REGISTRY: "sqlite" }), 180_000)

      it.effect(`with Redis: ${title}`, () =>
        Effect.flatMap(
          Redis.make(),
          ({ url }) => rotates({ HEADEND_REGISTRY: "redis", HEADEND_REDIS_URL: url, HEADEND_INSTANCE: "redis" })
        ), 180_000)
    })
)
