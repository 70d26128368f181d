/**
 * Connections to Redis, one for each purpose: a call that blocks would hold up all others, and a late call must never be
 * sent again. They come back by themselves; what fails meanwhile fails soon, and no error event is without a listener.
 */
import { Duration, Effect, Redacted, type Scope } from "effect"
import { Redis, type RedisOptions } from "ioredis"
import { addressOf, RedisConfig, RedisUnusable, type Settings } from "../../redis/RedisConfig.ts"

/** Back within a second of the server: a lease is short. */
const retryStrategy = (attempt: number) => Math.min(50 * 2 ** (attempt - 1), 500) + Math.random() * 100

const purposes = {
  /** Fails within the timeout; nothing waits for a connection, and nothing is sent twice. */
  commands: (settings: Settings): RedisOptions => ({
    commandTimeout: Duration.toMillis(settings.requestTimeout),
    enableOfflineQueue: false,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // a server that is frozen, or gone without a word, is left for a new connection
    socketTimeout: Duration.toMillis(settings.requestTimeout) * 3
  }),
  /** Blocks for a second at a time, and does not outlive a server that never answers. */
  reader: (): RedisOptions => ({
    blockingTimeout: 5_000,
    autoResendUnfulfilledCommands: false,
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    socketTimeout: 8_000
  }),
  /** Listens; what it subscribed to it subscribes to again. */
  subscriber: (): RedisOptions => ({ maxRetriesPerRequest: null, socketTimeout: 5_000 })
}

/** What a failed call says, without its arguments. */
export const reasonOf = (cause: unknown): string => {
  const text = cause instanceof Error ? cause.message : String(cause)
  return /Stream isn't writeable|Connection is closed|max retries per request/.test(text) ? "no connection" : text
}

/** A connection for this purpose, once it is there; it ends with the scope. */
export const connect = Effect.fnUntraced(
  function*(
    purpose: keyof typeof purposes,
    scripts: NonNullable<RedisOptions["scripts"]> = {}
  ): Effect.fn.Return<Redis, RedisUnusable, RedisConfig | Scope.Scope> {
    const settings = yield* RedisConfig
    const client = yield* Effect.acquireRelease(
      Effect.sync(() =>
        new Redis(Redacted.value(settings.url), {
          ...purposes[purpose](settings),
          retryStrategy,
          scripts,
          ...(settings.ca === undefined ? {} : { tls: { ca: settings.ca } }),
          replyMapping: "legacy",
          lazyConnect: true,
          connectTimeout: 2_000,
          connectionName: `headend-${purpose}`
        })
      ),
      (client) => Effect.sync(() => client.disconnect())
    )
    yield* ready(client, settings)
    return client
  }
)

const isFinal = (reason: string) =>
  /WRONGPASS|NOAUTH|NOPERM|invalid.*password|ERR AUTH|DB index|certificate|altnames|SSL routines/i.test(reason)

/** Waits for it; fails at once on what no waiting mends, and after the time of the start otherwise. */
const ready = (client: Redis, settings: Settings): Effect.Effect<void, RedisUnusable> => {
  let last = "no answer"
  const fail = () => Effect.fail(new RedisUnusable({ address: addressOf(settings), reason: last }))
  return Effect.callback<void, RedisUnusable>((resume) => {
    client.on("error", (error) => {
      last = reasonOf(error)
      if (isFinal(last)) resume(fail())
    })
    client.once("ready", () => resume(Effect.void))
    // its failure comes as an event, too
    client.connect().catch((error: unknown) => {
      last = last === "no answer" ? reasonOf(error) : last
    })
  }).pipe(
    Effect.timeoutOrElse({ duration: settings.startTimeout, orElse: fail })
  )
}

const oldest = 7

/** Refuses a server that is too old, or where we may not write, or not here. What may go wrong later it only tells. */
export const inspect = Effect.fnUntraced(function*(client: Redis, prefix: string) {
  const settings = yield* RedisConfig
  const refuse = (reason: string) => new RedisUnusable({ address: addressOf(settings), reason })
  const info = yield* Effect.tryPromise({ try: () => client.info(), catch: (cause) => refuse(reasonOf(cause)) })
  const fact = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, "m").exec(info)?.[1]
  const version = fact("redis_version") ?? "unknown"
  if (!(Number.parseInt(version, 10) >= oldest)) {
    return yield* refuse(`it is version ${version}, and ${oldest}.0 or later is needed`)
  }
  if (fact("role") === "slave") return yield* refuse("it is a replica, which takes no writes")
  // no client of ours follows its keys to another node
  const isCluster = fact("cluster_enabled") === "1"
  yield* Effect.tryPromise({
    try: () => client.eval("return redis.call('SET', KEYS[1], '', 'PX', 1)", 1, `${prefix}:probe`),
    catch: (cause) =>
      refuse(`${isCluster ? "it is a node of a cluster, and headend keeps to one server: " : ""}${reasonOf(cause)}`)
  })
  const policy = fact("maxmemory_policy") ?? "noeviction"
  const warnings = [
    ...isCluster ? ["Redis is a cluster, of which headend uses this node alone: it must keep its slots"] : [],
    ...policy === "noeviction"
      ? []
      : [`Redis forgets keys when its memory is full (maxmemory-policy ${policy}): set noeviction`],
    ...fact("aof_enabled") === "0"
      ? ["Redis keeps no log of its writes (appendonly no): a restart of it loses what was last said"]
      : []
  ]
  return { version, warnings }
})

/** Inspects it, and warns in the log. */
export const examine = (client: Redis, prefix: string) =>
  Effect.flatMap(
    inspect(client, prefix),
    ({ warnings }) => Effect.forEach(warnings, (one) => Effect.logWarning(one), { discard: true })
  )

const gathering = new WeakSet<object>()

/** What is asked in one go is written at once: a write for each call costs more than the call. */
export const gather = ({ stream }: Redis): void => {
  if (stream === undefined || gathering.has(stream)) return
  gathering.add(stream)
  stream.cork()
  process.nextTick(() => {
    gathering.delete(stream)
    stream.uncork()
  })
}

export type Argument = string | number | Buffer

/** A script by its name. */
export type Script = (prefix: string, ...args: ReadonlyArray<Argument>) => Promise<unknown>

/**
 * The scripts that a connection was made with: ioredis adds a method for each, and one whose answer is in bytes, which its
 * types cannot know.
 */
export const scriptsOf = <const N extends string>(client: Redis): Readonly<Record<N | `${N}Buffer`, Script>> =>
  client as never
