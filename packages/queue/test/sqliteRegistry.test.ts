import { assert, describe, it } from "@effect/vitest"
import { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import { defaultTimings } from "@headend/core/Lease"
import { schedules } from "@headend/testing/BroadcastRegistryModel"
import { ended, suite, wanted, worker } from "@headend/testing/BroadcastRegistryTest"
import { Effect, Layer, Stream } from "effect"
import { readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { DatabaseSync } from "node:sqlite"
import { layer } from "../src/sqlite/SqliteBroadcastRegistry.ts"
import * as SqliteFile from "../src/sqlite/SqliteFile.ts"
import { domain, folder, fresh, killed, registry } from "./support/sqlite.ts"

suite("the registry in SQLite", (timings) => fresh((path) => registry(path, timings)))

schedules("the registry in SQLite", (timings) => fresh((path) => registry(path, timings)), { runs: 60 })

const use = <A, E>(
  path: string,
  body: (registry: BroadcastRegistry["Service"]) => Effect.Effect<A, E>,
  fill = 1
) =>
  Effect.flatMap(BroadcastRegistry, body).pipe(
    Effect.provide(registry(path, defaultTimings, fill), { local: true })
  )

const held = [{ kind: "mountpoint", key: "12", ref: { id: 12 } }]

describe("an SQLite file", () => {
  it.effect("has everything again after its process was killed, and nobody owns anything", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "headend.db")
      const before = yield* use(path, (_) =>
        Effect.gen(function*() {
          yield* _.declare(wanted("a", { description: "the lobby", key: "k-a" }))
          yield* _.declare(wanted("b", { key: "k-b" }))
          const [a] = yield* _.claim(worker("w1"), 1)
          yield* _.report(a!, { state: "running", held, startedAt: 5 })
          yield* _.requestStop("c", 5_000)
          const copy = yield* killed(path)
          return { copy, epoch: a!.epoch, position: yield* _.position }
        }))
      yield* use(before.copy, (_) =>
        Effect.gen(function*() {
          assert.strictEqual(yield* _.position, before.position)
          const { snapshot } = yield* _.get("a")
          assert.deepStrictEqual([snapshot.state, snapshot.owner, snapshot.run], ["running", null, 1])
          const claims = yield* _.claim(worker("w2"), 10)
          const a = claims.find(({ id }) => id === "a")!
          assert.isAbove(a.epoch, before.epoch)
          assert.deepStrictEqual([a.held, a.startedAt, a.wanted], [held, 5, "running"])
          assert.strictEqual(a.wanted === "running" ? a.spec.description : null, "the lobby")
          assert.deepStrictEqual(claims.map(({ id }) => id).toSorted(), ["a", "b"])
          // keys and stops are known, and the log goes on where it was
          const again = yield* _.declare(wanted("b", { key: "k-b" }))
          assert.deepStrictEqual(again, { outcome: "handled", run: 1 })
          const late = yield* _.declare(wanted("c", { offeredAt: 4_000 }))
          assert.strictEqual(late.outcome, "cancelled")
          const [next] = yield* Stream.runCollect(Stream.take(_.events(before.position), 1))
          assert.strictEqual(next?._tag, "OwnerChanged")
        }))
    }))

  it.effect("does not lose or repeat a run that waits for the one before it, and what has ended stays", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "headend.db")
      const copy = yield* use(path, (_) =>
        Effect.gen(function*() {
          yield* _.declare(wanted("a"))
          const [first] = yield* _.claim(worker("w1"), 1)
          yield* _.report(first!, { held })
          yield* _.requestStop("a", 2_000)
          yield* _.declare(wanted("a", { offeredAt: 3_000, description: "another" }))
          return yield* killed(path)
        }))
      yield* use(copy, (_) =>
        Effect.gen(function*() {
          const [down] = yield* _.claim(worker("w1"), 10)
          assert.deepStrictEqual([down?.wanted, down?.run, down?.held], ["stopped", 1, held])
          yield* _.release(down!, ended)
          const [next] = yield* _.claim(worker("w1"), 10)
          assert.deepStrictEqual([next?.wanted, next?.run], ["running", 2])
        }))
      yield* use(
        copy,
        (_) => Effect.map(_.getRun("a", 1), ({ snapshot }) => assert.strictEqual(snapshot.state, "stopped"))
      )
    }))

  it.effect("holds nothing of a specification in clear; without the key its run is taken down, others are not touched", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "headend.db")
      const copy = yield* use(path, (_) =>
        Effect.gen(function*() {
          const secret = wanted("a")
          yield* _.declare({ ...secret, spec: { ...secret.spec, labels: { password: "correct horse" } } })
          const [claim] = yield* _.claim(worker("w1"), 1)
          yield* _.report(claim!, { held })
          return yield* killed(path)
        }))
      for (const end of ["", "-wal"]) assert.notInclude(readFileSync(copy + end, "latin1"), "horse")
      yield* use(copy, (_) =>
        Effect.gen(function*() {
          const { spec } = yield* _.get("a")
          assert.strictEqual((yield* Effect.flip(spec))._tag, "SpecUnreadable")
          yield* _.declare(wanted("b"))
          const claims = yield* _.claim(worker("w1"), 10)
          const a = claims.find(({ id }) => id === "a")
          assert.deepStrictEqual([a?.wanted, a?.ending?.code, a?.held], ["stopped", "spec_unreadable", held])
          assert.strictEqual(claims.find(({ id }) => id === "b")?.wanted, "running")
        }), 2)
    }))

  it.effect("says of a step that it could not write, and that step has not happened", () =>
    Effect.gen(function*() {
      const path = join(yield* folder, "headend.db")
      const file = SqliteFile.layer(path)
      let isFull = false
      const failing = Layer.effect(
        SqliteFile.SqliteFile,
        Effect.map(SqliteFile.SqliteFile, (real) => ({
          ...real,
          transaction: <A>(steps: () => A) => {
            if (isFull) throw new Error("database or disk is full")
            return real.transaction(steps)
          }
        }))
      ).pipe(Layer.provide(file))
      yield* Effect.gen(function*() {
        const _ = yield* BroadcastRegistry
        yield* _.declare(wanted("a"))
        isFull = true
        assert.strictEqual((yield* Effect.flip(_.declare(wanted("b"))))._tag, "RegistryUnavailable")
        isFull = false
        assert.deepStrictEqual((yield* _.list({})).items.map(({ id }) => id), ["a"])
        assert.strictEqual((yield* _.declare(wanted("b"))).run, 1)
      }).pipe(Effect.provide(layer().pipe(Layer.provide(failing), Layer.provide(domain()))))
    }))
})

const refused = (path: string) =>
  Effect.map(
    Effect.flip(Effect.provide(SqliteFile.SqliteFile, SqliteFile.layer(path), { local: true })),
    (error) => error.message
  )

describe("a file that cannot be used", () => {
  it.live("is named, with the reason", () =>
    Effect.gen(function*() {
      const dir = yield* folder
      const path = join(dir, "headend.db")
      yield* Effect.gen(function*() {
        yield* SqliteFile.SqliteFile
        assert.match(yield* refused(path), /headend\.db is used by another process/)
      }).pipe(Effect.provide(SqliteFile.layer(path), { local: true }))

      const noise = join(dir, "noise.db")
      writeFileSync(noise, "this is no database, and long enough to be looked at as one ".repeat(40))
      assert.match(yield* refused(noise), /noise\.db is no sound SQLite file/)

      const foreign = join(dir, "foreign.db")
      const db = new DatabaseSync(foreign)
      db.exec("CREATE TABLE theirs (a)")
      db.close()
      assert.match(yield* refused(foreign), /foreign\.db is a database of another program/)

      const newer = new DatabaseSync(path)
      newer.exec("PRAGMA user_version = 7")
      newer.close()
      assert.match(yield* refused(path), /was written by another release/)

      assert.match(yield* refused(join(dir, "no", "such", "folder.db")), /cannot be opened for writing/)
    }).pipe(Effect.scoped))
})

it.effect("ten thousand steps later the log is as long as it may be", () =>
  Effect.gen(function*() {
    const path = join(yield* folder, "headend.db")
    yield* use(path, (_) =>
      Effect.gen(function*() {
        yield* _.declare(wanted("a"))
        const [claim] = yield* _.claim(worker("w1"), 1)
        for (let i = 0; i < 200; i++) {
          yield* _.report(claim!, {
            events: Array.from({ length: 300 }, (_one, n) => ({ _tag: "RelayRestarted" as const, restarts: n }))
          })
        }
      }))
    const db = new DatabaseSync(path)
    const [row] = db.prepare("SELECT count(*) AS n FROM events").all()
    db.close()
    assert.isAtMost(Number(row?.["n"]), 50_400)
    yield* use(path, (_) => Effect.map(_.position, (position) => assert.match(position, /-60003$/)))
  }), 60_000)
