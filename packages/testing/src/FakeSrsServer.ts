/**
 * An SRS for tests: its HTTP API and its hooks on real sockets of 127.0.0.1, built from the recorded answers of SRS
 * 7.0.18, no media behind it. SRS itself runs in no test here: what this double does not know, nobody has tried.
 */
import { Context, Effect, Layer, type Scope } from "effect"
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { AddressInfo } from "node:net"
import { answer } from "./internal/srs/api.ts"
import { type FakeStream, hookJson, randomId } from "./internal/srs/model.ts"

/** How the fake behaves. */
export interface FakeSrsOptions {
  /** A free one unless given. */
  readonly port?: number
  /** Basic authentication of the API. */
  readonly auth?: { readonly username: string; readonly password: string }
  /** Where hooks go, `http://…/hooks/secret/srs`; nowhere unless given, or set later. */
  readonly hook?: string
  /** A real one knows codecs after two seconds only. */
  readonly knowsCodecsAtOnce?: boolean
}

/** Somebody who publishes. */
export interface FakeSrsPublisher {
  readonly client: string
  /** Ends by itself. Resolves when the hook was told. */
  readonly leave: () => Promise<void>
  /** Stays connected and sends nothing more. */
  readonly freeze: () => void
  /** It was let in, and nobody has ended it. */
  readonly isPublishing: () => boolean
}

/** Why somebody was not let in. */
export class PublishRefused extends Error {}

export class FakeSrsServer {
  /** Every request of the API, `GET /api/v1/streams/`, without its query. */
  readonly requests: Array<string> = []
  /** Every hook, `on_publish live/cam1 200 {"code":0}`. */
  readonly hooks: Array<string> = []
  /** Where hooks go from now on; nowhere when undefined. */
  hook: string | undefined
  #streams = new Map<string, FakeStream>()
  #server: Server | undefined
  #port = 0
  #isAway = false
  readonly #options: FakeSrsOptions

  private constructor(options: FakeSrsOptions) {
    this.#options = options
    this.hook = options.hook
  }

  /** Resolves once it listens. Rejects when the port is taken. */
  static async start(options: FakeSrsOptions = {}): Promise<FakeSrsServer> {
    const server = new FakeSrsServer(options)
    await server.#listen(options.port ?? 0)
    return server
  }

  async #listen(port: number) {
    const server = createServer((request, response) => this.#serve(request, response))
    this.#server = server
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject)
      server.listen(port, "127.0.0.1", resolve)
    })
    this.#port = (server.address() as AddressInfo).port // what listens on a port has one
  }

  /** The address of the API; the same after a restart. */
  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** `live/cam1` of those who publish now. */
  get published(): ReadonlyArray<string> {
    return [...this.#streams.keys()]
  }

  #serve(request: IncomingMessage, response: ServerResponse) {
    const { method = "GET", url = "/" } = request
    this.requests.push(`${method} ${url.split("?")[0]}`)
    // answers while it is frozen never come
    if (this.#isAway) return
    const { auth, knowsCodecsAtOnce = false } = this.#options
    const credentials = auth === undefined ? "" : Buffer.from(`${auth.username}:${auth.password}`).toString("base64")
    if (auth !== undefined && request.headers.authorization !== `Basic ${credentials}`) {
      response.writeHead(401, { "www-authenticate": "Basic realm=\"SRS\"" }).end(JSON.stringify({ code: 401 }))
      return
    }
    const { body, headers, status } = answer({ method, url }, [...this.#streams.values()], {
      now: Date.now(),
      knowsCodecsAtOnce,
      kick: (client) => this.kick(client)
    })
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body))
  }

  /** Tells the hook; whether it allows. No hook allows, and one that is down refuses. */
  async #tell(action: string, stream: Pick<FakeStream, "app" | "client" | "ip" | "name" | "param">): Promise<boolean> {
    if (this.hook === undefined) return true
    const told = await fetch(this.hook, {
      method: "POST",
      headers: { "content-type": "application/json", connection: "close" },
      body: JSON.stringify(hookJson(action, stream))
    }).then(async (response) => ({ status: response.status, text: await response.text() }), () => undefined)
    this.hooks.push(
      `${action} ${stream.app}/${stream.name} ${told === undefined ? "down" : `${told.status} ${told.text}`}`
    )
    return told !== undefined && (told.status === 200 || told.status === 201) && isZero(told.text)
  }

  /** Somebody publishes; rejects with `PublishRefused` when a hook says no, or the stream has a publisher already. */
  async publish(app: string, key: string, ip = "127.0.0.1"): Promise<FakeSrsPublisher> {
    const [name = "", ...rest] = key.split("?")
    const param = rest.length === 0 ? "" : `?${rest.join("?")}`
    const client = randomId()
    const at = `${app}/${name}`
    const about = { app, name, param, client, ip }
    if (!await this.#tell("on_publish", about)) throw new PublishRefused("Input/output error")
    if (this.#streams.has(at)) {
      // as the real one: asked before it is seen that the stream is busy, and told of an end that never began
      await this.#tell("on_unpublish", about)
      throw new PublishRefused("Input/output error")
    }
    let told = Promise.resolve()
    const stream: FakeStream = {
      ...about,
      startedAt: Date.now(),
      frozenAt: undefined,
      ended: () => {
        told = this.#tell("on_unpublish", about).then(() => undefined)
      }
    }
    this.#streams.set(at, stream)
    return {
      client,
      leave: () => {
        this.kick(client)
        return told
      },
      freeze: () => {
        stream.frozenAt = Date.now()
      },
      isPublishing: () => this.#streams.get(at) === stream
    }
  }

  /** Somebody plays; whether they may. */
  play(app: string, name: string): Promise<boolean> {
    return this.#tell("on_play", { app, name, param: "", client: randomId(), ip: "127.0.0.1" })
  }

  /** Ends the connection of a publisher; whether there was one. */
  kick(client: string): boolean {
    for (const [at, one] of this.#streams) {
      if (one.client !== client) continue
      this.#streams.delete(at)
      one.ended()
      return true
    }
    return false
  }

  /** It accepts connections and never answers, or is well again. */
  freeze(isFrozen: boolean): void {
    this.#isAway = isFrozen
  }

  /** Gone, with everybody who publishes, and without a word to the hook. */
  async kill(): Promise<void> {
    this.#streams.clear()
    const server = this.#server
    this.#server = undefined
    if (server === undefined) return
    server.closeAllConnections()
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }

  /** Back, on the same port. */
  restart(): Promise<void> {
    return this.#listen(this.#port)
  }
}

/** `0`, or JSON with a `code` of 0. */
const isZero = (text: string): boolean => /^\s*(0|\{[^]*"code"\s*:\s*0\s*[,}][^]*)\s*$/.test(text)

/** Started with the scope, and killed with it. */
export const scoped = (options: FakeSrsOptions = {}): Effect.Effect<FakeSrsServer, never, Scope.Scope> =>
  Effect.acquireRelease(
    Effect.promise(() => FakeSrsServer.start(options)),
    (server) => Effect.promise(() => server.kill())
  )

/** A fake that runs, as a service. */
export class FakeSrs extends Context.Service<FakeSrs, FakeSrsServer>()("@headend/testing/FakeSrsServer") {}

export const layer = (options: FakeSrsOptions = {}): Layer.Layer<FakeSrs> => Layer.effect(FakeSrs, scoped(options))
