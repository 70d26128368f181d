/**
 * The same requests as a broadcast makes, by hand on janode: what somebody would write who needs no more than this.
 */
import type { RunningJanus } from "@headend/integration/RealJanus"
import { Effect } from "effect"
import Janode from "janode"
import Handle from "janode/handle"

/** H.264 and Opus, as everywhere. */
export const media = [{ type: "audio", codec: "opus" }, { type: "video", codec: "h264" }]

const timing = { handshakeTimeout: 5000, signal: new AbortController().signal }

class AnyHandle extends Handle {
  override handleMessage(message: { transaction?: string }) {
    if (message.transaction !== undefined) this.closeTransactionWithSuccess(message.transaction, message)
    return message
  }
}

interface Stream {
  readonly type: string
  readonly mid: string
}

interface Port {
  readonly type: string
  readonly port: number
  readonly rtcp_port?: number
}

/** What the answers of these requests have in them. */
interface Data {
  readonly error_code?: number
  readonly error?: string
  readonly publishers: ReadonlyArray<{ readonly id: number; readonly streams: ReadonlyArray<Stream> }>
  readonly stream: { readonly ports: ReadonlyArray<Port> }
  readonly forwarders: ReadonlyArray<{ readonly stream_id: number }>
}

const ask = async (handle: Handle, body: object): Promise<Data> => {
  const answer = (await handle.sendRequest({ janus: "message", body }, 5000)) as {
    readonly plugindata: { readonly data: Data }
  }
  const { data } = answer.plugindata
  if (data.error_code !== undefined) throw new Error(data.error)
  return data
}

/** One broadcast, started and stopped: join, create, forward; stop, destroy, leave. */
export const connect = Effect.fnUntraced(function*(janus: RunningJanus, room: number) {
  Janode.Logger.setLevel("none")
  const connection = yield* Effect.acquireRelease(
    Effect.promise(() => Janode.connect({ address: { url: janus.url }, max_retries: 0, ws_options: timing })),
    (open) => Effect.promise(() => open.close())
  )
  const session = yield* Effect.promise(() => connection.create(3600))
  const attach = (id: string) => session.attach({ id, Handle: AnyHandle })
  const streaming = yield* Effect.promise(() => attach("janus.plugin.streaming"))
  const videoroom = yield* Effect.promise(() => attach("janus.plugin.videoroom"))
  const admin_key = janus.videoroomAdminKey
  let next = 1
  const once = async () => {
    const id = 900_000 + next++
    await ask(videoroom, { request: "exists", room })
    const watcher = await attach("janus.plugin.videoroom")
    const joined = await ask(watcher, { request: "join", ptype: "publisher", room, display: "bare" })
    const { id: publisher_id, streams } = joined.publishers[0]!
    const { stream } = await ask(streaming, {
      request: "create",
      type: "rtp",
      id,
      admin_key: janus.streamingAdminKey,
      secret: "s",
      metadata: JSON.stringify({ headend: { v: 1, instance: "bare", broadcast: `b${id}`, run: 1, epoch: 1 } }),
      collision: 200,
      media: [
        { type: "audio", mid: "a", port: 0, pt: 111, codec: "opus", iface: "127.0.0.1" },
        { type: "video", mid: "v", port: 0, rtcpport: 0, pt: 96, codec: "h264", bufferkf: true, iface: "127.0.0.1" }
      ]
    })
    await ask(videoroom, { request: "listforwarders", room, admin_key })
    const { forwarders } = await ask(videoroom, {
      request: "rtp_forward",
      room,
      publisher_id,
      host: "127.0.0.1",
      admin_key,
      streams: streams.map(({ mid, type }) => {
        const { port, rtcp_port } = stream.ports.find((one) => one.type === type)!
        return type === "audio" ? { mid, port, pt: 111 } : { mid, port, rtcp_port, pt: 96 }
      })
    })
    await ask(watcher, { request: "leave" })
    await watcher.detach()
    await ask(videoroom, { request: "listforwarders", room, admin_key })
    await Promise.all(
      forwarders.map(({ stream_id }) =>
        ask(videoroom, {
          request: "stop_rtp_forward",
          room,
          publisher_id,
          stream_id,
          admin_key
        })
      )
    )
    await ask(streaming, { request: "destroy", id, secret: "s" })
  }
  return { once: Effect.promise(once) }
})
