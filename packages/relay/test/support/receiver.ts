// A port of this process that RTP is sent to: what arrives, packet by packet.
import { Effect } from "effect"
import { createSocket } from "node:dgram"

export interface Packet {
  readonly payloadType: number
  /** The last of a picture, where it is video. */
  readonly marker: boolean
  readonly sequence: number
  readonly timestamp: number
}

export const receiver = Effect.map(
  Effect.acquireRelease(
    Effect.callback<{ readonly socket: ReturnType<typeof createSocket>; readonly packets: Array<Packet> }>((resume) => {
      const packets: Array<Packet> = []
      const socket = createSocket({ type: "udp4", recvBufferSize: 1 << 20 })
      socket.on("message", (data) => {
        const byte = data.readUInt8(1)
        if (byte >= 192 && byte < 224) return // RTCP
        packets.push({
          payloadType: byte & 127,
          marker: byte >= 128,
          sequence: data.readUInt16BE(2),
          timestamp: data.readUInt32BE(4)
        })
      })
      socket.bind(0, "127.0.0.1", () => resume(Effect.succeed({ socket, packets })))
    }),
    ({ socket }) => Effect.sync(() => socket.close())
  ),
  ({ packets, socket }) => ({ port: socket.address().port, packets: packets as ReadonlyArray<Packet> })
)

/** How far each packet's timestamp is from the one before, lost packets counted in. */
export const steps = (packets: ReadonlyArray<Packet>): ReadonlyArray<number> =>
  packets.slice(1).map((packet, n) => {
    const before = packets[n]!
    const lost = (packet.sequence - before.sequence) & 0xffff
    return ((packet.timestamp - before.timestamp) >>> 0) / lost
  })
