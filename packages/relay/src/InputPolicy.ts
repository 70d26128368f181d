/**
 * What inputs the operator allows: schemes, addresses, files. A name is looked up once, every address behind it is
 * checked, and the relay connects to the one that was checked. An HLS playlist may still name other hosts, and a TLS
 * address keeps its name; who must be sure puts the worker into a network that reaches no more than it should.
 */
import type { RelayInput } from "@headend/core/Relays"
import { Data, Effect, Redacted, Result } from "effect"
import { lookup } from "node:dns/promises"
import { realpath } from "node:fs/promises"
import { BlockList, isIP } from "node:net"
import { fileURLToPath } from "node:url"

/** What the operator allows. */
export interface Settings {
  /** Addresses or networks (`10.0.0.0/8`); when given, only these. */
  readonly allow: ReadonlyArray<string>
  /** Denied besides link-local, metadata and multicast addresses. `allow` does not overrule it. */
  readonly deny: ReadonlyArray<string>
  /** Files are read from here and below; none when absent. */
  readonly folder: string | undefined
}

/** Link-local with the metadata services of the clouds, unspecified, multicast and broadcast. */
export const deniedAlways = [
  "0.0.0.0/8",
  "169.254.0.0/16",
  "100.100.100.200/32",
  "192.0.0.192/32",
  "224.0.0.0/4",
  "255.255.255.255/32",
  "::/128",
  "fe80::/10",
  "fd00:ec2::254/128",
  "ff00::/8"
]

/** Not allowed, with the reason. */
export class NotAllowed extends Data.TaggedError("NotAllowed")<{ readonly reason: string }> {}

/** An input that was checked: its address as the program is to get it. */
export interface Allowed {
  readonly url: string
  /** The host as it was named, where the address holds a looked-up one instead. */
  readonly host: string | undefined
}

/** `10.0.0.0/8`, `::1`: its parts, or nothing. */
export const network = (text: string): Result.Result<{ address: string; prefix: number; family: 4 | 6 }, string> => {
  const [address = "", bits] = text.split("/")
  const family = isIP(address)
  const most = family === 4 ? 32 : 128
  const prefix = bits === undefined ? most : Number(bits)
  return family !== 0 && /^\d*$/.test(bits ?? "") && bits !== "" && prefix <= most
    ? Result.succeed({ address, prefix, family: family === 4 ? 4 : 6 })
    : Result.fail(`expected addresses or networks such as 10.0.0.0/8, not "${text}"`)
}

const blockList = (texts: ReadonlyArray<string>): BlockList => {
  const list = new BlockList()
  for (const text of texts) {
    const parsed = network(text)
    if (Result.isFailure(parsed)) continue
    const { address, family, prefix } = parsed.success
    list.addSubnet(address, prefix, family === 4 ? "ipv4" : "ipv6")
  }
  return list
}

const schemes: Record<RelayInput["type"], ReadonlyArray<string>> = {
  rtmp: ["rtmp", "rtmps"],
  rtsp: ["rtsp", "rtsps"],
  pull: ["http", "https", "srt", "file"],
  test_pattern: []
}
/** The name is needed for the certificate. */
const named = ["rtmps", "rtsps", "https"]

const address =
  /^([a-z0-9+.-]+):\/\/((?:[^/@?#]*@)?)(\[[0-9a-f:.]+\]|[a-z0-9][a-z0-9._-]*)((?::\d{1,5})?)((?:[/?#].*)?)$/i

export interface InputPolicy {
  /** The address to use, or the reason why none. A name that cannot be looked up now is the world's trouble: `undefined`. */
  readonly check: (input: RelayInput) => Effect.Effect<Allowed | undefined, NotAllowed>
  /** The addresses behind a host, all of them allowed; none when it cannot be looked up now. */
  readonly addresses: (host: string) => Effect.Effect<ReadonlyArray<string>, NotAllowed>
}

export const make = (settings: Settings): InputPolicy => {
  const denied = blockList([...deniedAlways, ...settings.deny])
  const allowed = settings.allow.length === 0 ? undefined : blockList(settings.allow)
  const refuses = (ip: string): string | undefined => {
    const family = isIP(ip) === 4 ? "ipv4" : "ipv6"
    if (denied.check(ip, family)) {
      return `${ip} is denied here (HEADEND_INPUT_DENY, or an address that is never allowed)`
    }
    return allowed?.check(ip, family) === false
      ? `${ip} is not among the allowed addresses (HEADEND_INPUT_ALLOW)`
      : undefined
  }

  const file = Effect.fnUntraced(function*(url: string) {
    const { folder } = settings
    if (folder === undefined) {
      return yield* new NotAllowed({ reason: "files are not allowed here: no folder is set (HEADEND_INPUT_FOLDER)" })
    }
    const path = yield* Effect.mapError(
      Effect.try({ try: () => fileURLToPath(url), catch: () => undefined }),
      () => new NotAllowed({ reason: "expected file:///path, without a host" })
    )
    const outside = new NotAllowed({ reason: "only files below the input folder are allowed (HEADEND_INPUT_FOLDER)" })
    const root = yield* real(folder)
    // symbolic links are followed before it is decided; a file that is not there yet is judged by its name
    const target = (yield* real(path)) ?? path
    if (root === undefined || !target.startsWith(root.endsWith("/") ? root : `${root}/`)) return yield* outside
    return { url: target, host: undefined }
  })

  const reach = Effect.fnUntraced(function*(bare: string) {
    const addresses = isIP(bare) === 0 ? yield* look(bare) : [bare]
    for (const ip of addresses) {
      const reason = refuses(ip)
      if (reason !== undefined) return yield* new NotAllowed({ reason: ip === bare ? reason : `${bare}: ${reason}` })
    }
    return addresses
  })

  const remote = Effect.fnUntraced(function*(type: RelayInput["type"], url: string) {
    const [, scheme = "", user = "", host = "", port = "", rest = ""] = address.exec(url) ?? []
    const lower = scheme.toLowerCase()
    if (!schemes[type].includes(lower)) {
      return yield* new NotAllowed({
        reason: `expected an address that begins with ${schemes[type].join(":// or ")}://`
      })
    }
    if (lower === "srt" && /[?&]mode=(?!caller\b)/i.test(rest)) {
      return yield* new NotAllowed({ reason: "an SRT source is called: mode=listener and rendezvous are not allowed" })
    }
    const bare = host.replace(/^\[|\]$/g, "")
    const [first] = yield* reach(bare)
    if (first === undefined) return undefined
    if (isIP(bare) !== 0 || named.includes(lower)) return { url, host: undefined }
    const pinned = isIP(first) === 6 ? `[${first}]` : first
    return { url: `${lower}://${user}${pinned}${port}${rest}`, host }
  })

  return {
    addresses: reach,
    check: (input) => {
      if (input.type === "test_pattern") return Effect.succeed({ url: "", host: undefined })
      const url = Redacted.value(input.url)
      return input.type === "pull" && /^file:/i.test(url) ? file(url) : remote(input.type, url)
    }
  }
}

const real = (path: string) =>
  Effect.match(Effect.tryPromise(() => realpath(path)), { onSuccess: (found) => found, onFailure: () => undefined })

const look = (name: string): Effect.Effect<ReadonlyArray<string>> =>
  Effect.tryPromise(() => lookup(name, { all: true })).pipe(
    Effect.map((found) => found.map((one) => one.address)),
    Effect.timeout("5 seconds"),
    Effect.orElseSucceed(() => [])
  )
