/**
 * One life of a connection to OBS: from Hello to whatever ends it. Answers are matched by their id alone, since they may
 * come before or after the events that they cause. When the socket closes, all that waits fails at once.
 */
import { Deferred, Effect, Exit, Redacted, Result, Schema, type Scope } from "effect"
import { authentication } from "./internal/authentication.ts"
import { dial, type Wire } from "./internal/wire.ts"
import { ObsClosed, ObsRefused, ObsTimeout, ObsUnreachable, ObsUnreadable, type RequestFailure } from "./ObsError.ts"
import * as Protocol from "./ObsProtocol.ts"

export interface Options {
  /** `ws://host:port` or `wss://host:port`. */
  readonly url: string
  readonly password?: Redacted.Redacted | undefined
  /** Bits of `ObsProtocol.subscription`; general and outputs unless given. */
  readonly events?: number
  /** For the connection up to Identified, in milliseconds; 5000 unless given. */
  readonly openMillis?: number
  /** For one answer, in milliseconds; 5000 unless given. */
  readonly requestMillis?: number
  /** The addresses to use for the host, where they are known already; it is looked up unless given. */
  readonly addresses?: ReadonlyArray<string>
}

/** One request of a batch, and what it sends. */
export interface BatchRequest {
  readonly requestType: string
  readonly requestData?: unknown
}

/** How several requests are carried out together. */
export interface BatchOptions {
  /** What comes after a failure is not carried out, and has no result. */
  readonly haltOnFailure?: boolean
  /** 0 one after another, 1 one for each frame, 2 at once; 0 unless given. */
  readonly executionType?: 0 | 1 | 2
}

export interface ObsSocket {
  readonly hello: Protocol.Hello
  /** One of the requests that are known by type. */
  readonly request: <N extends Protocol.RequestName>(
    name: N,
    ...data: undefined extends Protocol.Data<N> ? [] : [data: Protocol.Data<N>]
  ) => Effect.Effect<Protocol.Answer<N>, RequestFailure>
  /** Any request by its name; the answer as it came. */
  readonly call: (
    name: string,
    data?: unknown,
    millis?: number
  ) => Effect.Effect<unknown, ObsClosed | ObsRefused | ObsTimeout>
  /** Several in one frame; each result as it came, the last one a failure where it halted. */
  readonly batch: (
    requests: ReadonlyArray<BatchRequest>,
    options?: BatchOptions
  ) => Effect.Effect<ReadonlyArray<Protocol.Response>, ObsClosed | ObsTimeout>
  /** Other events from now on. */
  readonly subscribe: (events: number) => Effect.Effect<void, ObsClosed | ObsTimeout>
  /** Waits until it has ended, by whomever. */
  readonly closed: Effect.Effect<never, ObsClosed>
  /** Ends it at once, for this reason. */
  readonly terminate: (reason: string) => void
}

const decodeFrame = Schema.decodeUnknownResult(Schema.fromJsonString(Protocol.ServerFrame))
const decoders = Object.fromEntries(
  Object.entries(Protocol.requests).map(([name, { answer }]) => [
    name,
    Schema.decodeUnknownResult(answer as Schema.Codec<unknown, unknown>) // each is read under its own name below
  ])
)

type Settle = (outcome: Exit.Exit<unknown, ObsClosed>) => void

/**
 * Connects and identifies; the scope closes it. `onEvent` hears every event from the first one on. A server that closes
 * with a code of the protocol, such as 4009 for a wrong password, is `ObsClosed`; everything else `ObsUnreachable`.
 */
export const connect = Effect.fn("ObsSocket.connect")(function*(
  options: Options,
  onEvent: (event: Protocol.Event) => void = () => {}
): Effect.fn.Return<ObsSocket, ObsUnreachable | ObsClosed, Scope.Scope> {
  const { openMillis = 5_000, password, requestMillis = 5_000, url } = options
  const events = options.events ?? (Protocol.subscription.general | Protocol.subscription.outputs)
  const ended = yield* Deferred.make<never, ObsClosed>()
  const hello = yield* Deferred.make<Protocol.Hello>()
  const identified = yield* Deferred.make<void>()
  const waiting = new Map<string, Settle>()
  const identifying: Array<() => void> = []
  let end: ObsClosed | undefined
  let lastId = 0

  const finish = (error: ObsClosed) => {
    if (end !== undefined) return
    end = error
    const failed = Exit.fail(error)
    for (const settle of waiting.values()) settle(failed)
    waiting.clear()
    Deferred.doneUnsafe(ended, failed)
  }

  const receive = (frame: Protocol.ServerFrame) => {
    switch (frame.op) {
      case Protocol.op.hello:
        return void Deferred.doneUnsafe(hello, Effect.succeed(frame.d))
      case Protocol.op.identified:
        Deferred.doneUnsafe(identified, Effect.void)
        return identifying.shift()?.()
      case Protocol.op.event:
        return onEvent(frame.d)
      case Protocol.op.response:
      case Protocol.op.batchResponse: {
        const id = frame.d.requestId ?? ""
        waiting.get(id)?.(Exit.succeed(frame.d))
        waiting.delete(id)
      }
    }
  }

  const wire: Wire = yield* dial({ url, openMillis, addresses: options.addresses ?? [] }, {
    // what cannot be read is of a newer protocol, or no answer of ours: whoever waits runs into its limit
    onText: (text) => Result.match(decodeFrame(text), { onSuccess: receive, onFailure: () => {} }),
    onClose: (code, reason) => finish(new ObsClosed({ code, reason }))
  })

  const inTime = <A, E>(effect: Effect.Effect<A, E>) =>
    Effect.raceFirst(effect, Deferred.await(ended)).pipe(
      Effect.timeoutOrElse({
        duration: openMillis,
        orElse: () => Effect.fail(new ObsUnreachable({ url, reason: "it does not answer", isRefused: false }))
      }),
      // only the protocol's own codes say something about the password or the version
      Effect.mapError((error) =>
        error instanceof ObsClosed && error.codeName === undefined
          ? new ObsUnreachable({ url, reason: error.message, isRefused: false })
          : error
      )
    )

  const greeting = yield* inTime(Deferred.await(hello))
  const proof = greeting.authentication === undefined || password === undefined
    ? {}
    : { authentication: authentication(password, greeting.authentication) }
  wire.send({ op: Protocol.op.identify, d: { rpcVersion: Protocol.rpcVersion, eventSubscriptions: events, ...proof } })
  yield* inTime(Deferred.await(identified))

  /** Sends a frame, and waits for the one with the same id. */
  const exchange = (frame: { readonly op: number; readonly d: object }, name: string, millis: number) =>
    Effect.callback<unknown, ObsClosed>((resume) => {
      if (end !== undefined) return resume(Effect.fail(end))
      const requestId = `h${++lastId}`
      waiting.set(requestId, resume)
      wire.send({ op: frame.op, d: { ...frame.d, requestId } })
      return Effect.sync(() => void waiting.delete(requestId))
    }).pipe(
      Effect.timeoutOrElse({
        duration: millis,
        orElse: () => Effect.fail(new ObsTimeout({ request: name, millis }))
      })
    )

  const call: ObsSocket["call"] = (name, data, millis = requestMillis) =>
    Effect.flatMap(
      exchange(
        {
          op: Protocol.op.request,
          d: { requestType: name, ...(data === undefined ? {} : { requestData: data }) }
        },
        name,
        millis
      ),
      (answer) => {
        const { requestStatus: { code, comment, result }, responseData } = answer as Protocol.Response // by its op
        return result
          ? Effect.succeed(responseData)
          : Effect.fail(new ObsRefused({ request: name, code, comment: comment ?? "" }))
      }
    )

  return {
    hello: greeting,
    call,
    request: (name, ...[data]) =>
      Effect.flatMap(call(name, data), (answer) =>
        Result.match(decoders[name]!(answer), {
          onSuccess: (decoded) => Effect.succeed(decoded as never), // by the schema of this name
          onFailure: (error) => Effect.fail(new ObsUnreadable({ request: name, reason: error.message }))
        })),
    batch: (requests, batchOptions = {}) =>
      Effect.map(
        exchange({ op: Protocol.op.batch, d: { ...batchOptions, requests } }, "RequestBatch", requestMillis),
        (answer) => (answer as { readonly results: ReadonlyArray<Protocol.Response> }).results // by its op
      ),
    subscribe: (eventSubscriptions) =>
      Effect.callback<void>((resume) => {
        identifying.push(() => resume(Effect.void))
        wire.send({ op: Protocol.op.reidentify, d: { eventSubscriptions } })
      }).pipe(
        Effect.raceFirst(Deferred.await(ended)),
        Effect.timeoutOrElse({
          duration: requestMillis,
          orElse: () => Effect.fail(new ObsTimeout({ request: "Reidentify", millis: requestMillis }))
        })
      ),
    closed: Deferred.await(ended),
    terminate: (reason) => {
      finish(new ObsClosed({ code: 1006, reason }))
      wire.terminate()
    }
  }
})
