/**
 * Where Kafka is and who we are to it. Read once, while a layer is built.
 */
import { Config, Context, Effect, Layer, Option, Redacted, Schema } from "effect"
import { FileSystem } from "effect"

export const mechanisms = ["plain", "scram-sha-256", "scram-sha-512"] as const

export interface Settings {
  /** `host:port` of one broker or more. */
  readonly brokers: ReadonlyArray<string>
  /** Encrypted; with a CA in PEM where it is not one that Node knows, with our own certificate where brokers ask for one. */
  readonly tls: {
    readonly ca?: string
    readonly certificate?: string
    readonly key?: Redacted.Redacted
  } | undefined
  readonly sasl: {
    readonly mechanism: (typeof mechanisms)[number]
    readonly username: string
    readonly password: Redacted.Redacted
  } | undefined
}

export class KafkaConfig extends Context.Service<KafkaConfig, Settings>()("@headend/queue/kafka/KafkaConfig") {}

export interface Options extends Pick<Settings, "brokers"> {
  readonly tls?: Settings["tls"]
  readonly sasl?: Settings["sasl"]
}

/** With these settings: in clear and without a name unless they say so. */
export const layer = (options: Options): Layer.Layer<KafkaConfig> =>
  Layer.succeed(KafkaConfig, { tls: undefined, sasl: undefined, ...options })

/** `host:port,host:port`. */
export const Brokers = Schema.String.check(
  Schema.isPattern(/^[^\s,:]+:\d{1,5}(\s*,\s*[^\s,:]+:\d{1,5})*$/, {
    message: "expected host:port, separated by commas"
  })
)

/** What is wrong with the settings together, each line naming one. */
export class KafkaConfigInvalid extends Schema.TaggedError<KafkaConfigInvalid>()("KafkaConfigInvalid", {
  wrong: Schema.Array(Schema.String)
}) {
  override get message() {
    return this.wrong.join("\n")
  }
}

/** An empty one counts as absent: that is how compose files say it. */
const given = <A>(name: string, config: (name: string) => Config.Config<A>) =>
  Effect.gen(function*() {
    const text = yield* Config.option(Config.String(name))
    if (Option.isNone(text) || text.value.trim() === "") return undefined
    return yield* config(name)
  })

const names = {
  brokers: "HEADEND_KAFKA_BROKERS",
  tls: "HEADEND_KAFKA_TLS",
  ca: "HEADEND_KAFKA_TLS_CA",
  certificate: "HEADEND_KAFKA_TLS_CERT",
  key: "HEADEND_KAFKA_TLS_KEY",
  mechanism: "HEADEND_KAFKA_SASL_MECHANISM",
  username: "HEADEND_KAFKA_USERNAME",
  password: "HEADEND_KAFKA_PASSWORD"
} as const

const expected = {
  brokers: "expected host:port, separated by commas",
  tls: "expected true or false",
  mechanism: `expected one of ${mechanisms.join(", ")}`
} as const

/**
 * The settings of the environment, each with the prefix `HEADEND_KAFKA_`; certificates and keys are files. Fails with all
 * that is wrong, and none of the values.
 */
export const settings: Effect.Effect<Settings, KafkaConfigInvalid, FileSystem.FileSystem> = Effect.gen(function*() {
  const files = yield* FileSystem.FileSystem
  const wrong: Array<string> = []
  const read = <A>(name: string, config: (name: string) => Config.Config<A>, otherwise: string) =>
    Effect.catch(given(name, config), () => Effect.sync(() => void wrong.push(`${name}: ${otherwise}`)))
  const file = (name: string) =>
    Effect.gen(function*() {
      const path = yield* read(name, Config.String, "expected the path of a PEM file")
      if (path === undefined) return undefined
      return yield* Effect.catch(
        files.readFileString(path),
        () => Effect.sync(() => void wrong.push(`${name}: the file ${path} cannot be read`))
      )
    })

  const brokers = yield* read(names.brokers, (name) => Config.schema(Brokers, name), expected.brokers)
  const tls = yield* read(names.tls, Config.Boolean, expected.tls)
  const ca = yield* file(names.ca)
  const certificate = yield* file(names.certificate)
  const key = yield* file(names.key)
  const mechanism = yield* read(
    names.mechanism,
    (name) => Config.schema(Schema.Literals(mechanisms), name),
    expected.mechanism
  )
  const username = yield* read(names.username, Config.String, "expected a name")
  const password = yield* read(names.password, Config.Redacted, "expected a password")

  if (brokers === undefined && wrong.length === 0) wrong.push(`${names.brokers}: needed; ${expected.brokers}`)
  if ((certificate === undefined) !== (key === undefined)) {
    wrong.push(`${names.certificate}, ${names.key}: one without the other`)
  }
  if (mechanism === undefined && (username !== undefined || password !== undefined)) {
    wrong.push(`${names.mechanism}: needed with a user name; ${expected.mechanism}`)
  }
  if (mechanism !== undefined && (username === undefined || password === undefined)) {
    wrong.push(`${names.username}, ${names.password}: both are needed with ${names.mechanism}`)
  }
  if (wrong.length > 0) return yield* new KafkaConfigInvalid({ wrong })
  const encrypted = tls ?? (ca !== undefined || certificate !== undefined)
  return {
    brokers: (brokers ?? "").split(",").map((broker) => broker.trim()),
    tls: encrypted
      ? {
        ...(ca === undefined ? {} : { ca }),
        ...(certificate === undefined || key === undefined ? {} : { certificate, key: Redacted.make(key) })
      }
      : undefined,
    sasl: mechanism === undefined || username === undefined || password === undefined
      ? undefined
      : { mechanism, username, password }
  }
})

/** With the settings of the environment. */
export const layerConfig: Layer.Layer<KafkaConfig, KafkaConfigInvalid, FileSystem.FileSystem> = Layer.effect(
  KafkaConfig,
  settings
)
