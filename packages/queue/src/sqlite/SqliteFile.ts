/**
 * One SQLite file for the registry and the queue of one process. It is locked for as long as it is open: a second process
 * is refused. Written in WAL mode with `synchronous = NORMAL`: what was acknowledged survives the process, `kill -9`
 * included; a power loss may take the last moments before it, and leaves the file sound.
 */
import { Context, Effect, Layer, Schema } from "effect"
import { closeSync, openSync } from "node:fs"
import type { DatabaseSync, SQLInputValue, StatementResultingChanges, StatementSync } from "node:sqlite"

type Row = Readonly<Record<string, unknown>>

export class SqliteFile extends Context.Service<SqliteFile, {
  readonly path: string
  /** Runs a statement, prepared once; throws what SQLite says. */
  readonly run: (sql: string, ...values: ReadonlyArray<SQLInputValue>) => StatementResultingChanges
  readonly all: (sql: string, ...values: ReadonlyArray<SQLInputValue>) => ReadonlyArray<Row>
  /** All of these steps or none. */
  readonly transaction: <A>(steps: () => A) => A
}>()("@headend/queue/SqliteFile") {}

/** The file cannot be used: it is locked, not ours, or cannot be read or written. */
export class SqliteUnusable extends Schema.TaggedError<SqliteUnusable>()("SqliteUnusable", {
  path: Schema.String,
  reason: Schema.String,
  cause: Schema.optionalKey(Schema.Defect())
}) {
  override get message() {
    return `${this.path} ${this.reason}`
  }
}

/** `PRAGMA user_version` of files that this release writes. */
const version = 1
/** `PRAGMA application_id`: a file of another program is not touched. The letters `hdnd`. */
const application = 0x68646e64

const said = (cause: unknown): string => cause instanceof Error ? cause.message : String(cause)

const reasonOf = (cause: unknown): string => {
  const message = said(cause)
  if (/locked|busy/i.test(message)) return "is used by another process: one file is for one process"
  if (/not a database|malformed|corrupt/i.test(message)) return `is no sound SQLite file (${message})`
  if (/readonly|unable to open|^E[A-Z]+:/i.test(message)) return `cannot be opened for writing (${message})`
  return `cannot be used: ${message}`
}

const tables = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE broadcasts (id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE request_keys (key TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE stops (id TEXT PRIMARY KEY, record TEXT NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE events (seq INTEGER PRIMARY KEY, event TEXT NOT NULL) STRICT;
  CREATE TABLE jobs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, envelope TEXT NOT NULL, type TEXT NOT NULL, broadcast TEXT,
    offered_at REAL NOT NULL, attempts INTEGER NOT NULL, ready_at REAL NOT NULL, held_until REAL, holder INTEGER
  ) STRICT;
  CREATE INDEX jobs_ready ON jobs (ready_at, seq) WHERE holder IS NULL;
  CREATE INDEX jobs_held ON jobs (held_until) WHERE holder IS NOT NULL;
  CREATE TABLE job_keys (key TEXT PRIMARY KEY, job INTEGER NOT NULL, at REAL NOT NULL) STRICT, WITHOUT ROWID;
  CREATE TABLE dead (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, job INTEGER NOT NULL UNIQUE, envelope TEXT NOT NULL, type TEXT NOT NULL,
    broadcast TEXT, reason TEXT NOT NULL, attempts INTEGER NOT NULL, offered_at REAL NOT NULL, failed_at REAL NOT NULL
  ) STRICT;
`

const pragma = (db: DatabaseSync, name: string): number =>
  Number(Object.values(db.prepare(`PRAGMA ${name}`).get() ?? {})[0])

/** Locks it, and makes its tables when it is new; throws what is wrong with it. */
const prepare = (db: DatabaseSync) => {
  db.exec("PRAGMA locking_mode = EXCLUSIVE; PRAGMA busy_timeout = 0")
  db.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA foreign_keys = ON")
  // takes the lock now, and not with the first write
  db.exec("BEGIN EXCLUSIVE")
  const [made, owner] = [pragma(db, "user_version"), pragma(db, "application_id")]
  if (made === 0 && owner === 0 && pragma(db, "schema_version") === 0) {
    db.exec(`PRAGMA application_id = ${application}; PRAGMA user_version = ${version}; ${tables}`)
  } else if (owner !== application) {
    throw new Error("is a database of another program")
  } else if (made !== version) {
    throw new Error(`was written by another release (its version is ${made}, ours ${version})`)
  }
  db.exec("COMMIT")
}

const open = (path: string): Effect.Effect<DatabaseSync, SqliteUnusable> =>
  Effect.tryPromise({
    try: () => import("node:sqlite"),
    catch: (cause) => new SqliteUnusable({ path, reason: "needs Node 22.13 or later, which has node:sqlite", cause })
  }).pipe(
    Effect.flatMap(({ DatabaseSync }) =>
      Effect.try({
        try: () => {
          // what is made beside it later is as private as it is
          closeSync(openSync(path, "a", 0o600))
          const db = new DatabaseSync(path)
          try {
            prepare(db)
            return db
          } catch (cause) {
            db.close()
            throw cause
          }
        },
        catch: (cause) => {
          const own = /^(is a database of|was written by)/.test(said(cause))
          return new SqliteUnusable({ path, reason: own ? said(cause) : reasonOf(cause), cause })
        }
      })
    )
  )

/** The file at this path, made when it is not there; closed, and unlocked, with the scope. */
export const layer = (path: string): Layer.Layer<SqliteFile, SqliteUnusable> =>
  Layer.effect(
    SqliteFile,
    Effect.map(
      Effect.acquireRelease(open(path), (db) => Effect.sync(() => db.close())),
      (db) => {
        const statements = new Map<string, StatementSync>()
        const prepared = (sql: string) => {
          const known = statements.get(sql) ?? db.prepare(sql)
          statements.set(sql, known)
          return known
        }
        return SqliteFile.of({
          path,
          run: (sql, ...values) => prepared(sql).run(...values),
          all: (sql, ...values) => prepared(sql).all(...values),
          transaction: (steps) => {
            db.exec("BEGIN IMMEDIATE")
            try {
              const result = steps()
              db.exec("COMMIT")
              return result
            } catch (cause) {
              if (db.isTransaction) db.exec("ROLLBACK")
              throw cause
            }
          }
        })
      }
    )
  )
