/**
 * The registry of one process in an SQLite file: the embedded default, there again after `kill -9`. Its rules are those of
 * the registry in memory; here is only what is kept of them. Specifications are sealed.
 */
import { BroadcastEvent } from "@headend/core/BroadcastEvent"
import { BroadcastRegistry, layerStored } from "@headend/core/BroadcastRegistry"
import type { BroadcastSpec } from "@headend/core/BroadcastSpec"
import * as EndReason from "@headend/core/EndReason"
import type { Keyring } from "@headend/core/Keyring"
import { type Declaration, defaultTimings, type Timings } from "@headend/core/Lease"
import { RegistryUnavailable } from "@headend/core/RegistryFailure"
import type { Changes, Kept, KeptKey, KeptRow, KeptRun, KeptStop, RegistryStore } from "@headend/core/RegistryStore"
import type { Sources } from "@headend/core/Sources"
import { Effect, Layer, Random, Result } from "effect"
import * as Sealing from "../internal/sealing.ts"
import { SqliteFile } from "./SqliteFile.ts"

type StoredDeclaration = Omit<Declaration, "spec" | "olderFingerprints"> & { readonly sealed: string }
type StoredRun = Omit<KeptRun, "declaration" | "unreadable"> & { readonly declaration: StoredDeclaration }
type StoredRow = Omit<KeptRow, "current" | "next" | "past"> & {
  readonly current: StoredRun
  readonly next: StoredRun | null
  readonly past: ReadonlyArray<StoredRun>
}

/** Stands for a specification that nobody can read: its run is taken down, and nothing looks at it. */
const unreadable: BroadcastSpec = { source: { kind: "unreadable" } }

const make = Effect.gen(function*() {
  const file = yield* SqliteFile
  const sealing = yield* Sealing.make
  const sealed = new WeakMap<Declaration, string>()

  const storedRun = ({ declaration, unreadable: _why, ...run }: KeptRun): StoredRun => {
    const { olderFingerprints: _older, spec: _spec, ...rest } = declaration
    return { ...run, declaration: { ...rest, sealed: sealed.get(declaration) ?? "" } }
  }
  const stored = ({ current, epoch, lastRun, next, past, restart }: KeptRow): StoredRow => ({
    epoch,
    lastRun,
    restart,
    current: storedRun(current),
    next: next === null ? null : storedRun(next),
    past: past.map(storedRun)
  })

  /** One whose specification cannot be read any more ends: its ledger is worked off without it. */
  const run = Effect.fnUntraced(function*({ declaration: { sealed: text, ...rest }, ...kept }: StoredRun) {
    const opened = yield* Effect.result(sealing.open(text))
    const spec = Result.isSuccess(opened) ? opened.success : unreadable
    const declaration: Declaration = { ...rest, olderFingerprints: [], spec }
    sealed.set(declaration, text)
    if (Result.isSuccess(opened)) return { ...kept, declaration, unreadable: null }
    const ending = kept.ending ?? EndReason.fromFailure(opened.failure)
    return { ...kept, declaration, unreadable: opened.failure, ending }
  })
  const row = Effect.fnUntraced(function*({ current, next, past, ...kept }: StoredRow) {
    return {
      ...kept,
      current: yield* run(current),
      next: next === null ? null : yield* run(next),
      past: yield* Effect.forEach(past, run)
    } satisfies KeptRow
  })

  const unavailable = (cause: unknown) => new RegistryUnavailable({ reason: `${file.path} cannot be read`, cause })
  const all = (sql: string) => Effect.try({ try: () => file.all(sql), catch: unavailable })
  const records = <A>(table: string, key: string) =>
    Effect.map(all(`SELECT ${key} AS name, record FROM ${table}`), (rows) =>
      // what is in our tables was written by `write`
      new Map(rows.map((one) => [String(one["name"]), JSON.parse(String(one["record"])) as A])))

  const life = Effect.gen(function*() {
    const [known] = yield* all("SELECT value FROM meta WHERE name = 'life'")
    if (known !== undefined) return String(known["value"])
    const made = Math.abs(yield* Random.nextInt).toString(36)
    yield* Effect.try({
      try: () => file.run("INSERT INTO meta (name, value) VALUES ('life', ?)", made),
      catch: unavailable
    })
    return made
  })

  const load: Effect.Effect<Kept, RegistryUnavailable> = Effect.gen(function*() {
    const events = yield* all("SELECT seq, event FROM events ORDER BY seq")
    const rows = new Map<string, KeptRow>()
    for (const [id, one] of yield* records<StoredRow>("broadcasts", "id")) rows.set(id, yield* row(one))
    return {
      life: yield* life,
      written: Number(events.at(-1)?.["seq"] ?? 0),
      events: events.map((one) => JSON.parse(String(one["event"])) as BroadcastEvent),
      rows,
      keys: yield* records<KeptKey>("request_keys", "key"),
      stops: yield* records<KeptStop>("stops", "id")
    }
  })

  const put = (table: string, key: string, kept: ReadonlyMap<string, object | null>) => {
    for (const [name, record] of kept) {
      if (record === null) file.run(`DELETE FROM ${table} WHERE ${key} = ?`, name)
      else file.run(`INSERT OR REPLACE INTO ${table} (${key}, record) VALUES (?, ?)`, name, JSON.stringify(record))
    }
  }

  const write = ({ events, keep, keys, rows, stops, written }: Changes) =>
    file.transaction(() => {
      const first = written - events.length + 1
      put("broadcasts", "id", new Map([...rows].map(([id, kept]) => [id, kept === null ? null : stored(kept)])))
      put("request_keys", "key", keys)
      put("stops", "id", stops)
      events.forEach((event, i) =>
        file.run("INSERT INTO events (seq, event) VALUES (?, ?)", first + i, JSON.stringify(event))
      )
      // not at each step: a hundred more are no harm
      if (events.length > 0 && written % 100 < events.length) {
        file.run("DELETE FROM events WHERE seq <= ?", written - keep)
      }
    })

  const store: RegistryStore = {
    prepare: (declaration) => Effect.map(sealing.seal(declaration.spec), (text) => void sealed.set(declaration, text)),
    load,
    write
  }
  return store
})

/** In the file of the layer below. */
export const layer = (
  timings: Timings = defaultTimings
): Layer.Layer<BroadcastRegistry, RegistryUnavailable, SqliteFile | Keyring | Sources> =>
  Layer.unwrap(Effect.map(make, (store) => layerStored(store, timings)))
