// Somebody else on the same Janus, by Janus' own API on a bare WebSocket.
import type { MediaBench } from "@headend/testing/MediaBench"
import { Effect, Redacted } from "effect"
import { WebSocket } from "ws"

type Fields = Record<string, unknown>
type Part = Pick<MediaBench["Service"], "makeMountpoint" | "makeRoom" | "destroyRoom" | "forwarders">

const value = (secret: Redacted.Redacted | undefined) => (secret === undefined ? undefined : Redacted.value(secret))

/** One request of a plugin on a connection of its own. A refusal is a defect. */
export const ask = (url: string, plugin: "streaming" | "videoroom", body: Fields): Effect.Effect<Fields> =>
  Effect.promise(async () => {
    const socket = new WebSocket(url, "janus-protocol")
    await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject))
    const send = (message: Fields) =>
      new Promise<Fields>((resolve) => {
        const transaction = Math.random().toString(36)
        const hear = (data: Buffer) => {
          const answer = JSON.parse(data.toString()) as Fields
          if (answer["transaction"] !== transaction || answer["janus"] === "ack") return
          socket.off("message", hear)
          resolve(answer)
        }
        socket.on("message", hear)
        socket.send(JSON.stringify({ ...message, transaction }))
      })
    const idOf = (answer: Fields) => (answer["data"] as { id: number }).id
    const session_id = idOf(await send({ janus: "create" }))
    const handle_id = idOf(await send({ janus: "attach", session_id, plugin: `janus.plugin.${plugin}` }))
    const answer = await send({ janus: "message", session_id, handle_id, body })
    socket.close()
    const data = (answer["plugindata"] as { data: Fields } | undefined)?.data
    if (data === undefined || data["error_code"] !== undefined) throw new Error(JSON.stringify(data ?? answer))
    return data
  })

interface ForwarderList {
  readonly publishers: ReadonlyArray<{
    readonly publisher_id: number | string
    readonly forwarders?: ReadonlyArray<{ readonly stream_id: number; readonly host: string; readonly port: number }>
  }>
}

export const rawClient = (url: string): Effect.Effect<Part> =>
  Effect.succeed({
    makeMountpoint: (id, secret) =>
      ask(url, "streaming", {
        request: "create",
        type: "rtp",
        id,
        admin_key: "streaming-admin",
        secret: value(secret),
        media: [
          { type: "audio", mid: "a", port: 0, pt: 111, codec: "opus", iface: "127.0.0.1" },
          { type: "video", mid: "v", port: 0, rtcpport: 0, pt: 96, codec: "h264", iface: "127.0.0.1" }
        ]
      }).pipe(Effect.map(({ stream }) =>
        (stream as { ports: ReadonlyArray<{ mid: string; port: number }> }).ports.map(({ mid, port }) => ({
          mid,
          host: "127.0.0.1",
          port
        }))
      )),
    makeRoom: (room, keys) =>
      Effect.asVoid(ask(url, "videoroom", {
        request: "create",
        room,
        admin_key: "videoroom-admin",
        secret: value(keys?.secret),
        pin: value(keys?.pin),
        publishers: 6,
        audiocodec: "opus",
        videocodec: "h264,vp8"
      })),
    destroyRoom: (room, secret) =>
      Effect.asVoid(ask(url, "videoroom", { request: "destroy", room, secret: value(secret) })),
    forwarders: (room, secret) =>
      ask(url, "videoroom", {
        request: "listforwarders",
        room,
        secret: value(secret),
        admin_key: "videoroom-admin"
      }).pipe(Effect.map((data) =>
        (data as unknown as ForwarderList).publishers.flatMap((publisher) =>
          (publisher.forwarders ?? []).map(({ host, port, stream_id }) => ({
            publisher: publisher.publisher_id,
            host,
            port,
            streamId: stream_id
          }))
        )
      ))
  })
