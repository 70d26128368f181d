/**
 * The file of registry and queue in SQLite: looked at, not opened, since the app that uses it has it for itself.
 */
import type { Settings } from "@headend/app/Settings"
import { Effect } from "effect"
import { accessSync, constants, existsSync, statSync } from "node:fs"
import { dirname, resolve } from "node:path"
import { bad, type Finding, ok } from "./Finding.ts"

const isWritable = (path: string): boolean => {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    return true
  } catch {
    return false
  }
}

const advice = "set HEADEND_SQLITE_PATH to a file in a folder that this user may write to"

export const sqlite = ({ queue, registry, sqlitePath }: Settings): Effect.Effect<ReadonlyArray<Finding>> =>
  Effect.sync(() => {
    if (registry !== "sqlite" && queue !== "sqlite") return []
    const file = resolve(sqlitePath)
    const folder = dirname(file)
    if (!existsSync(folder)) return [bad("sqlite", `there is no folder ${folder}`, advice)]
    if (existsSync(file) && statSync(file).isDirectory()) return [bad("sqlite", `${file} is a folder`, advice)]
    const locked = (existsSync(file) ? [file, folder] : [folder]).filter((path) => !isWritable(path))
    if (locked.length > 0) return [bad("sqlite", `may not write to ${locked.join(" and ")}`, advice)]
    return [ok("sqlite", `${file}, ${existsSync(file) ? "which is there" : "to be made at the first start"}`)]
  })
