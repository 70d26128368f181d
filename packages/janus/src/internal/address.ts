// The address that a host name stands for. Janus binds to addresses and answers with them, so names are looked up once.
import { ServerUnavailable } from "@headend/core/Failure"
import { Effect } from "effect"
import { lookup } from "node:dns/promises"
import { isIP } from "node:net"

const known = new Map<string, { readonly address: string; readonly until: number }>()
const freshMillis = 60_000

/** An address stays what it is; a name is looked up, IPv4 first, and remembered for a minute. */
export const resolve = (host: string): Effect.Effect<string, ServerUnavailable> =>
  Effect.suspend(() => {
    if (isIP(host) !== 0) return Effect.succeed(host)
    const before = known.get(host)
    if (before !== undefined && before.until > Date.now()) return Effect.succeed(before.address)
    return Effect.tryPromise({
      try: () => lookup(host, { order: "ipv4first" }),
      catch: (cause) => new ServerUnavailable({ server: "janus", reason: `cannot resolve ${host}`, cause })
    }).pipe(
      Effect.map(({ address }) => {
        known.set(host, { address, until: Date.now() + freshMillis })
        return address
      })
    )
  })
