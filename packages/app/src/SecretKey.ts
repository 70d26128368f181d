/**
 * The key that secrets are derived and sealed with: from the settings, or from a file that is made once and read by its
 * owner only.
 */
import { Key } from "@headend/core/Keyring"
import * as Keyring from "@headend/core/Keyring"
import { SettingsInvalid } from "@headend/core/Setting"
import { Effect, FileSystem, Layer, Redacted, Schema } from "effect"
import { randomBytes } from "node:crypto"
import * as KeyringCrypto from "./KeyringCrypto.ts"

const unusable = (path: string, reason: string) =>
  new SettingsInvalid({ wrong: [`HEADEND_SECRET_KEY: not set, and the key file ${path} ${reason}`] })

const decode = Schema.decodeUnknownEffect(Key)

/** Makes the file unless it is there, and reads it. */
const fromFile = Effect.fnUntraced(function*(path: string) {
  const files = yield* FileSystem.FileSystem
  const made = yield* files.writeFileString(path, `${randomBytes(32).toString("base64")}\n`, {
    flag: "wx",
    mode: 0o600
  })
    .pipe(
      Effect.as(true),
      Effect.catchIf((error) => error.reason._tag === "AlreadyExists", () => Effect.succeed(false)),
      Effect.mapError(() => unusable(path, "cannot be written"))
    )
  if (made) yield* Effect.logInfo(`made the key file ${path}: keep it, what it made cannot be undone without it`)
  const text = yield* Effect.mapError(files.readFileString(path), () => unusable(path, "cannot be read"))
  const key = yield* Effect.mapError(decode(text.trim()), () => unusable(path, "holds no base64 of 32 bytes"))
  const { mode } = yield* Effect.mapError(files.stat(path), () => unusable(path, "cannot be read"))
  if ((mode & 0o077) !== 0) yield* Effect.logWarning(`the key file ${path} can be read by others: chmod 600 ${path}`)
  return key
})

/** The keyring of these keys; of the key file when there are none. */
export const layer = (
  keys: ReadonlyArray<Redacted.Redacted>,
  path: string
): Layer.Layer<Keyring.Keyring, SettingsInvalid, FileSystem.FileSystem> => {
  const [first, ...rest] = keys
  return Layer.provide(
    first === undefined
      ? Layer.unwrap(Effect.map(fromFile(path), (key) => Keyring.layerWith([key])))
      : Keyring.layerWith([first, ...rest]),
    KeyringCrypto.layer
  )
}
