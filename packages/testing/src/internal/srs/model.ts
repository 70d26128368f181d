// What the fake SRS has: streams that somebody publishes, in the shapes that a real SRS 7.0.18 answered with.

export interface FakeStream {
  readonly app: string
  readonly name: string
  readonly param: string
  readonly client: string
  readonly ip: string
  readonly startedAt: number
  /** Frames stand still since then. */
  frozenAt: number | undefined
  /** How it ends for the publisher. */
  readonly ended: () => void
}

const fps = 25
/** Codecs are known after a while. */
const codecsAfter = 2_000

const letters = "abcdefghijklmnopqrstuvwxyz0123456789"
export const randomId = (): string =>
  Array.from({ length: 8 }, () => letters[Math.floor(Math.random() * letters.length)]).join("")

export const idOf = (one: FakeStream): string => `vid-${one.app}-${one.name}`

/** One of the list of `/api/v1/streams/`. */
export const streamJson = (one: FakeStream, now: number, knowsCodecsAtOnce: boolean): object => {
  const age = (one.frozenAt ?? now) - one.startedAt
  const isKnown = knowsCodecsAtOnce || age >= codecsAfter
  return {
    id: idOf(one),
    name: one.name,
    vhost: "vid-4004tb4",
    app: one.app,
    tcUrl: `rtmp://127.0.0.1:19351/${one.app}`,
    url: `/${one.app}/${one.name}`,
    live_ms: one.startedAt,
    clients: 1,
    frames: Math.floor(age / 1_000) * fps,
    send_bytes: 0,
    recv_bytes: 0,
    kbps: { recv_30s: 0, send_30s: 0 },
    publish: { active: true, cid: one.client },
    video: isKnown ? { codec: "H264", profile: "Main", level: "3.1", width: 1280, height: 720 } : null,
    audio: isKnown ? { codec: "AAC", sample_rate: 44_100, channel: 2, profile: "LC" } : null
  }
}

export const clientJson = (one: FakeStream, now: number): object => ({
  id: one.client,
  vhost: "vid-4004tb4",
  stream: idOf(one),
  ip: one.ip,
  pageUrl: "",
  swfUrl: "",
  tcUrl: `rtmp://127.0.0.1:19351/${one.app}`,
  url: `/${one.app}/${one.name}`,
  name: one.name,
  type: "fmle-publish",
  publish: true,
  alive: (now - one.startedAt) / 1_000,
  send_bytes: 0,
  recv_bytes: 0,
  kbps: { recv_30s: 0, send_30s: 0 }
})

/** The body of a hook. */
export const hookJson = (
  action: string,
  one: Pick<FakeStream, "app" | "client" | "ip" | "name" | "param">
): object => ({
  server_id: "vid-21c26i0",
  service_id: "1166p1w9",
  action,
  client_id: one.client,
  ip: one.ip,
  vhost: "__defaultVhost__",
  app: one.app,
  tcUrl: `rtmp://127.0.0.1:19351/${one.app}`,
  stream: one.name,
  param: one.param,
  stream_url: `/${one.app}/${one.name}`,
  stream_id: `vid-${one.app}-${one.name}`
})
