// What the behaviours need: a server whatever it is, and a client with a handle for each plugin.
import { type Answer, RawJanus } from "./RawJanus.ts"

export interface Options {
  readonly sessionTimeout?: number
  readonly reclaimSessionTimeout?: number
  readonly apiSecret?: string
  readonly streamingPorts?: readonly [number, number]
  readonly lockRtpForward?: boolean
}

export interface Server {
  readonly url: string
  readonly freeze: () => void
  readonly thaw: () => Promise<void> | void
  readonly restart: () => Promise<void>
  readonly stop: () => Promise<void>
  /** RTP from outside into every line of a mountpoint, until the returned function is called. */
  readonly feed: (mountpoint: number, ports: ReadonlyArray<number>) => () => void
}

export interface Behaviour {
  readonly name: string
  /** `first` begins ten UDP ports that are free at the moment. */
  readonly options: (first: number) => Options
  readonly check: (server: Server, first: number) => Promise<void>
}

export const KEY = { admin_key: "streaming-admin" }
export const ROOM_KEY = { admin_key: "videoroom-admin" }
export const audio = { type: "audio", mid: "a", port: 0, pt: 111, codec: "opus", iface: "127.0.0.1" }

export interface Client {
  readonly raw: RawJanus
  readonly session: number
  readonly streaming: (body: Record<string, unknown>) => Promise<Answer>
  readonly videoroom: (body: Record<string, unknown>) => Promise<Answer>
}

export const open = async (url: string): Promise<Client> => {
  const raw = await RawJanus.connect(url)
  const session = await raw.session()
  const streaming = await raw.attach(session, "janus.plugin.streaming")
  const videoroom = await raw.attach(session, "janus.plugin.videoroom")
  const data = async (answer: Promise<Answer>) => (await answer).plugindata.data
  return {
    raw,
    session,
    streaming: (body) => data(raw.message(session, streaming, body)),
    videoroom: (body) => data(raw.message(session, videoroom, body))
  }
}

/** Asks again until the answer is as wanted; the last answer when the time is over. */
export const until = async (
  ask: () => Promise<Answer>,
  wanted: (answer: Answer) => boolean,
  limit = 20_000
): Promise<Answer> => {
  const end = performance.now() + limit
  let answer = await ask()
  while (!wanted(answer) && performance.now() < end) {
    await new Promise((resolve) => setTimeout(resolve, 20))
    answer = await ask()
  }
  return answer
}

export const ages = async (client: Client, id: number): Promise<ReadonlyArray<number>> =>
  (await client.streaming({ request: "info", id })).info.media.map((media: Answer) => media.age_ms)
