/**
 * Where Kafka is and who we are to it. Read once, while a layer is built.
 */
import * as Setting from "@headend/core/Setting"
import { Context, Effect, FileSystem, Layer, Redacted } from "effect"
import * as Pem from "../internal/pem.ts"

/** Where Kafka is, complete. */
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
    readonly mechanism: "plain" | "scram-sha-256" | "scram-sha-512"
    readonly username: string
    readonly password: Redacted.Redacted
  } | undefined
}

export class KafkaConfig extends Context.Service<KafkaConfig, Settings>()("@headend/queue/kafka/KafkaConfig") {}

/** What may be given: in clear and without a name otherwise. */
export interface Options extends Pick<Settings, "brokers"> {
  readonly tls?: Settings["tls"]
  readonly sasl?: Settings["sasl"]
}

/** With these settings: in clear and without a name unless they say so. */
export const layer = (options: Options): Layer.Layer<KafkaConfig> =>
  Layer.succeed(KafkaConfig, { tls: undefined, sasl: undefined, ...options })

/** The settings of Kafka in the environment. */
export const variables = {
  brokers: Setting.make("HEADEND_KAFKA_BROKERS", {
    form: Setting.matching(/^[^\s,:]+:\d{1,5}(\s*,\s*[^\s,:]+:\d{1,5})*$/, "host:port, separated by commas"),
    means: "one or more of them; needed with `HEADEND_QUEUE=kafka`"
  }),
  mechanism: Setting.make("HEADEND_KAFKA_SASL_MECHANISM", {
    form: Setting.oneOf({ plain: "plain", "scram-sha-256": "scram-sha-256", "scram-sha-512": "scram-sha-512" }),
    means: "how we say who we are; with both of the next"
  }),
  username: Setting.make("HEADEND_KAFKA_USERNAME", { form: Setting.text, means: "who we are" }),
  password: Setting.make("HEADEND_KAFKA_PASSWORD", {
    form: Setting.redacted(Setting.text),
    means: "and what proves it"
  }),
  tls: Setting.open("HEADEND_KAFKA_TLS", {
    form: Setting.boolean,
    otherwise: "`false`; `true` with one of the next",
    means: "encrypted"
  }),
  ca: Setting.make("HEADEND_KAFKA_TLS_CA", {
    form: Pem.form,
    means: "file with the CA in PEM, where it is not one that Node knows"
  }),
  certificate: Setting.make("HEADEND_KAFKA_TLS_CERT", {
    form: Pem.form,
    means: "file with our certificate in PEM, where brokers ask for one"
  }),
  key: Setting.make("HEADEND_KAFKA_TLS_KEY", { form: Pem.form, means: "file with its key in PEM" })
}

/**
 * The settings of the environment, each with the prefix `HEADEND_KAFKA_`; certificates and keys are files. Fails with all
 * that is wrong, and none of the values.
 */
export const settings: Effect.Effect<Settings, Setting.SettingsInvalid, FileSystem.FileSystem> = Effect.gen(
  function*() {
    const files = yield* FileSystem.FileSystem
    const from = Setting.reader()
    const { read, wrong } = from
    const content = (setting: Setting.Settled<string | undefined>) => Pem.content(from, files, setting)

    const brokers = yield* read(variables.brokers)
    const tls = yield* read(variables.tls, undefined)
    const ca = yield* content(variables.ca)
    const certificate = yield* content(variables.certificate)
    const key = yield* content(variables.key)
    const mechanism = yield* read(variables.mechanism)
    const username = yield* read(variables.username)
    const password = yield* read(variables.password)

    if (brokers === undefined && wrong.length === 0) {
      wrong.push(`${variables.brokers.name}: needed; expected ${variables.brokers.form.takes}`)
    }
    if ((certificate === undefined) !== (key === undefined)) {
      wrong.push(`${variables.certificate.name}, ${variables.key.name}: one without the other`)
    }
    if (mechanism === undefined && (username !== undefined || password !== undefined)) {
      wrong.push(`${variables.mechanism.name}: needed with a user name; expected ${variables.mechanism.form.takes}`)
    }
    if (mechanism !== undefined && (username === undefined || password === undefined)) {
      wrong.push(
        `${variables.username.name}, ${variables.password.name}: both are needed with ${variables.mechanism.name}`
      )
    }
    yield* Setting.checked(from, undefined)
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
  }
)

/** With the settings of the environment. */
export const layerConfig: Layer.Layer<KafkaConfig, Setting.SettingsInvalid, FileSystem.FileSystem> = Layer.effect(
  KafkaConfig,
  settings
)
