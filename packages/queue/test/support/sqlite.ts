// SQLite files of tests: each in a folder of its own that goes with the scope; and what a killed process leaves of one.
import * as Keyring from "@headend/core/Keyring"
import type { Timings } from "@headend/core/Lease"
import { frontendOwned } from "@headend/core/source/FrontendOwned"
import * as Sources from "@headend/core/Sources"
import { Effect, Layer, Redacted } from "effect"
import { copyFileSync, existsSync, mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import * as SqliteBroadcastRegistry from "../../src/sqlite/SqliteBroadcastRegistry.ts"
import * as SqliteFile from "../../src/sqlite/SqliteFile.ts"

export const key = (fill: number) => Redacted.make(Buffer.alloc(32, fill).toString("base64"))

export const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "headend-sqlite-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

export const domain = (fill = 1) =>
  Layer.merge(Sources.layer(Sources.make([frontendOwned])), Keyring.layer([key(fill)]))

export const registry = (path: string, timings?: Timings, fill = 1) =>
  SqliteBroadcastRegistry.layer(timings).pipe(
    Layer.provide(SqliteFile.layer(path)),
    Layer.provide(domain(fill))
  )

/** A file that nobody has used. */
export const fresh = <A, E>(use: (path: string) => Layer.Layer<A, E>) =>
  Layer.unwrap(Effect.map(folder, (path) => use(join(path, "headend.db"))))

/** The file as it is on disk now, while its process has it open: what is there after `kill -9`. */
export const killed = (path: string): Effect.Effect<string> =>
  Effect.sync(() => {
    const copy = `${path}.after`
    for (const end of ["", "-wal"]) if (existsSync(path + end)) copyFileSync(path + end, copy + end)
    return copy
  })
