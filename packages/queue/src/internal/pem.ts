/**
 * Settings that name a file in PEM: its text, read once at the start. A file that cannot be read is wrong like any value.
 */
import * as Setting from "@headend/core/Setting"
import { Effect, type FileSystem, Option } from "effect"

export const form = Setting.form("the path of a PEM file", Option.some)

/** The text of the file; nothing where the setting is absent, or the file cannot be read. */
export const content = Effect.fnUntraced(function*(
  { read, wrong }: Setting.Reader,
  files: FileSystem.FileSystem,
  setting: Setting.Settled<string | undefined>
) {
  const path = yield* read(setting)
  if (path === undefined) return undefined
  return yield* Effect.catch(
    files.readFileString(path),
    () => Effect.sync(() => void wrong.push(`${setting.name}: the file ${path} cannot be read`))
  )
})
