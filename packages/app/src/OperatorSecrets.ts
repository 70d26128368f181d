/**
 * Secrets that specifications name, as the operator allows: variables of this process by name, and files below one
 * folder, links followed as long as they stay inside. headend's own settings and its key are none of them.
 */
import type { Reference } from "@headend/core/Secret"
import { Secrets, type Service } from "@headend/core/Secrets"
import type { Form } from "@headend/core/Setting"
import { Config, ConfigProvider, Effect, FileSystem, Layer, Option, Redacted, Result } from "effect"
import { resolve, sep } from "node:path"

export interface Options {
  /** Names of variables, and beginnings of names with a `*` behind them. */
  readonly variables: ReadonlyArray<string>
  /** Undefined: no files. */
  readonly folder: string | undefined
  /** Is never read, wherever it lies. */
  readonly keyFile: string
}

/** A secret is a line, not a document. */
const largest = 16_384

/** A name that headend reads a setting from, or may read one from some day. */
const isSetting = (name: string) => name.startsWith("HEADEND_") && !/^HEADEND_SECRET_(?!KEY$)/.test(name)

/** A name, or the beginning of names. */
export const variable: Form<string> = {
  takes: "names of variables, or beginnings of names with a * behind them, separated by commas",
  parse: (given) =>
    !/^[A-Za-z_][A-Za-z0-9_]*\*?$/.test(given)
      ? Result.fail(`expected ${variable.takes}`)
      : given.startsWith("HEADEND_") && !given.startsWith("HEADEND_SECRET_") || given === "HEADEND_SECRET_KEY"
      ? Result.fail("names that begin with HEADEND_ are settings, but for those that begin with HEADEND_SECRET_")
      : Result.succeed(given)
}

const isAllowed = (allowed: ReadonlyArray<string>, name: string) =>
  !isSetting(name) && allowed.some((one) => one.endsWith("*") ? name.startsWith(one.slice(0, -1)) : name === one)

const make = Effect.fnUntraced(function*({ folder, keyFile, variables }: Options) {
  const files = yield* FileSystem.FileSystem
  const provider = yield* ConfigProvider.ConfigProvider

  const refusal = (from: Reference) => {
    if ("env" in from) {
      return isAllowed(variables, from.env)
        ? undefined
        : `variable ${from.env} may not be named: the operator's HEADEND_SECRETS_ENV does not allow it`
    }
    if (folder === undefined) return "no file may be named: the operator has set no HEADEND_SECRETS_FOLDER"
    return resolve(folder, from.file).startsWith(folder + sep)
      ? undefined
      : `file ${from.file} may not be named: it is not below the operator's HEADEND_SECRETS_FOLDER`
  }

  const readVariable = (name: string) =>
    Config.option(Config.String(name)).parse(provider).pipe(
      Effect.orElseSucceed(() => Option.none<string>()),
      Effect.flatMap(Option.match({
        onNone: () => Effect.fail(`variable ${name} is not set in the process that needs it`),
        onSome: Effect.succeed
      }))
    )

  const readFile = Effect.fnUntraced(function*(name: string, below: string) {
    const absent = () => `file ${name} is not there, or cannot be read`
    const [path, root] = yield* Effect.mapError(
      Effect.all([files.realPath(resolve(below, name)), files.realPath(below)]),
      absent
    )
    const own = yield* Effect.option(files.realPath(keyFile))
    if (!path.startsWith(root + sep) || (Option.isSome(own) && own.value === path)) {
      return yield* Effect.fail(`file ${name} may not be read: it leads out of the operator's folder`)
    }
    const { size, type } = yield* Effect.mapError(files.stat(path), absent)
    if (type !== "File") return yield* Effect.fail(`file ${name} is no plain file`)
    if (size > largest) return yield* Effect.fail(`file ${name} is larger than ${largest} bytes`)
    const text = yield* Effect.mapError(files.readFileString(path), absent)
    return text.replace(/\r?\n$/, "")
  })

  const service: Service = {
    refusal: ({ from }) => refusal(from),
    read: ({ from }) =>
      Effect.suspend(() => {
        const refused = refusal(from)
        if (refused !== undefined) return Effect.fail(refused)
        // without a folder every file was refused
        const text = "env" in from ? readVariable(from.env) : readFile(from.file, folder!)
        return Effect.map(text, (found) => Redacted.make(found))
      })
  }
  return service
})

/** What the settings allow. */
export const layer = (options: Options): Layer.Layer<never, never, FileSystem.FileSystem> =>
  Layer.effect(
    Secrets,
    make({
      ...options,
      folder: options.folder === undefined ? undefined : resolve(options.folder)
    })
  )
