// A fake with a client on it, for what only the fake can do.
import { type FakeJanusOptions, FakeJanusServer } from "@headend/testing/FakeJanusServer"
import { type Answer, RawJanus } from "./RawJanus.ts"

export const KEY = { admin_key: "streaming-admin" }
export const ROOM_KEY = { admin_key: "videoroom-admin" }
export const media = [
  { type: "audio", mid: "a", port: 0, pt: 111, codec: "opus", iface: "127.0.0.1" },
  { type: "video", mid: "v", port: 0, rtcpport: 0, pt: 96, codec: "vp8", iface: "127.0.0.1" }
]
export const mountpoint = (id: number) => ({ request: "create", type: "rtp", id, secret: "hush", ...KEY, media })

export interface Client {
  readonly server: FakeJanusServer
  readonly raw: RawJanus
  readonly session: number
  readonly handle: (plugin?: "streaming" | "videoroom") => Promise<number>
  readonly streaming: (body: Record<string, unknown>, limit?: number) => Promise<Answer>
  readonly videoroom: (body: Record<string, unknown>) => Promise<Answer>
}

export const withClient = async (options: FakeJanusOptions, use: (client: Client) => Promise<void>) => {
  const server = await FakeJanusServer.start({ watchdogMillis: 50, connectMillis: 1, ...options })
  try {
    const raw = await RawJanus.connect(server.url)
    const session = await raw.session()
    const handle = (plugin = "videoroom") => raw.attach(session, `janus.plugin.${plugin}`)
    const [streaming, videoroom] = [await handle("streaming"), await handle("videoroom")]
    const send = (handle_id: number, body: Record<string, unknown>, limit?: number) =>
      raw.request({ janus: "message", session_id: session, handle_id, body }, limit)
    await use({
      server,
      raw,
      session,
      handle,
      streaming: async (body, limit) => (await send(streaming, body, limit)).plugindata.data,
      videoroom: async (body) => (await send(videoroom, body)).plugindata.data
    })
  } finally {
    await server.close()
  }
}

export const rejected = (promise: Promise<unknown>): Promise<boolean> => promise.then(() => false, () => true)
export const creates = ({ request }: { readonly request: string | undefined }) => request === "create"
