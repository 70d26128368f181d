/**
 * kafkajs with the settings of `KafkaConfig`, and its failures as ours. Beside `KafkaJs` the one module that knows it.
 */
import { QueueUnavailable } from "@headend/core/Delivery"
import { Effect, Redacted } from "effect"
import { Kafka, type KafkaConfig as ClientConfig, logLevel, type SASLOptions } from "kafkajs"
import { type Settings, variables } from "../../kafka/KafkaConfig.ts"

/** Tried again by the client itself, with growing pauses, before it gives up. */
export const patience = { initialRetryTime: 100, maxRetryTime: 2_000, retries: 5 }

const sasl = ({ mechanism, password, username }: NonNullable<Settings["sasl"]>): SASLOptions => ({
  mechanism,
  username,
  password: Redacted.value(password)
})

export const client = (settings: Settings, log: (message: string) => void) =>
  new Kafka(
    {
      clientId: "headend",
      brokers: [...settings.brokers],
      connectionTimeout: 3_000,
      authenticationTimeout: 5_000,
      requestTimeout: 15_000,
      logLevel: logLevel.INFO,
      logCreator: () => ({ namespace, log: { message } }) => log(`${namespace}: ${message}`),
      ...(settings.sasl === undefined ? {} : { sasl: sasl(settings.sasl) }),
      ...(settings.tls === undefined ? {} : {
        ssl: {
          ...(settings.tls.ca === undefined ? {} : { ca: [settings.tls.ca] }),
          ...(settings.tls.certificate === undefined ? {} : { cert: settings.tls.certificate }),
          ...(settings.tls.key === undefined ? {} : { key: Redacted.value(settings.tls.key) })
        }
      })
    } satisfies ClientConfig
  )

export const unavailable = (cause: unknown) =>
  new QueueUnavailable({ reason: cause instanceof Error ? cause.message : String(cause), cause })

export const attempt = <A>(call: () => Promise<A>) => Effect.tryPromise({ try: call, catch: unavailable })

/** What Kafka refuses and waiting does not mend: its words, and the settings that they are about. */
const refusals: ReadonlyArray<readonly [about: RegExp, settings: ReadonlyArray<{ readonly name: string }>]> = [
  [/SASL/, [variables.mechanism, variables.username, variables.password]],
  // a broker that wants a certificate of ours says so in an alert
  [/alert.*certificate|certificate required/i, [variables.certificate, variables.key]],
  [/certificate|altname/i, [variables.ca]],
  [/wrong version number/i, [variables.tls]],
  [/AUTHORIZATION/, [variables.username]]
]

/** These words with the settings that they are about, if there is no use in waiting. */
export const refusalOf = (words: string): string | undefined => {
  const [, settings] = refusals.find(([about]) => about.test(words)) ?? []
  return settings === undefined ? undefined : `${settings.map(({ name }) => name).join(", ")}: ${words.trim()}`
}
