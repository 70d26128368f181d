// janode ships no types. Only what `janode.ts` uses is declared, private members included: the version is pinned and
// inlined into what we publish (docs/decisions/0002), so they do not change under us.
declare module "janode" {
  import type { EventEmitter } from "node:events"
  import type { Socket } from "node:net"
  import type { WebSocket } from "ws"

  export interface Transport {
    readonly _ws: WebSocket & { readonly _socket: Socket }
    send: (request: object) => Promise<void>
  }

  export interface Connection extends EventEmitter {
    readonly create: (keepaliveSeconds: number) => Promise<Session>
    readonly getInfo: () => Promise<unknown>
    readonly close: () => Promise<void>
    readonly _transport: Transport
    readonly _handleMessage: (message: object) => void
  }

  export interface Session extends EventEmitter {
    readonly attach: <H>(plugin: { readonly id: string; readonly Handle: new(session: Session, id: number) => H }) =>
      Promise<H>
    readonly sendRequest: (request: object) => Promise<unknown>
    readonly destroy: () => Promise<void>
  }

  interface Options {
    readonly address: { readonly url: string; readonly apisecret?: string; readonly token?: string }
    readonly max_retries: number
    readonly ws_options: { readonly handshakeTimeout: number; readonly signal: AbortSignal }
  }

  const Janode: {
    readonly connect: (options: Options) => Promise<Connection>
    readonly Logger: { readonly setLevel: (level: "none") => void }
  }
  export default Janode
}

declare module "janode/handle" {
  import type { Session } from "janode"
  import { EventEmitter } from "node:events"

  export default class Handle extends EventEmitter {
    constructor(session: Session, id: number)
    readonly id: number
    sendRequest(request: object, timeoutMs: number): Promise<unknown>
    detach(): Promise<void>
    handleMessage(message: object): unknown
    closeTransactionWithSuccess(id: string, message: object): void
  }
}
