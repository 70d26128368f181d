// The hardest Redis to come into: behind TLS by a CA of its own, with a user who may do no more than is needed, a node of a
// cluster. The contracts are kept there; in clear, and as anybody, it is like any other.
import * as Certificates from "@headend/integration/Certificates"
import * as Redis from "@headend/integration/Redis"
import { Effect, Redacted, Schedule } from "effect"

export const password = "a-secret-of-tests"
/** As the operations page has it. */
const mayDo = ["~hd:*", "&hd:*", "+@all", "-@admin", "-@dangerous", "+info"]

/** With `isWhole` false no slot is this node's: it has none of our keys. */
export const make = Effect.fnUntraced(function*(isWhole = true) {
  const tls = yield* Certificates.certificates
  const server = yield* Redis.make({ durable: true, tls, settings: { "cluster-enabled": "yes" } })
  yield* Redis.raw(server.port, ["ACL", "SETUSER", "headend", "on", `>${password}`, ...mayDo])
  if (isWhole) {
    yield* Redis.raw(server.port, ["CLUSTER", "ADDSLOTSRANGE", "0", "16383"])
    yield* Redis.raw(server.port, ["CLUSTER", "INFO"]).pipe(
      Effect.repeat({ schedule: Schedule.spaced("50 millis"), until: (said) => said.includes("cluster_state:ok") }),
      Effect.timeout("20 seconds")
    )
  }
  const url = `rediss://headend:${password}@127.0.0.1:${server.tlsPort}`
  return {
    server,
    tls,
    url,
    /** How to come in; with another address or CA, how not to. */
    config: (how: { readonly url?: string; readonly ca?: string } = {}) => ({
      url: Redacted.make(how.url ?? url),
      ca: Certificates.read(how.ca ?? tls.ca),
      startTimeout: "20 seconds" as const,
      requestTimeout: "20 seconds" as const
    })
  }
})

export type Fortress = Effect.Success<ReturnType<typeof make>>
