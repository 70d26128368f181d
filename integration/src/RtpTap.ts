// Stands between relays and the mountpoints of a Janus, on another loopback address with the same ports: passes every
// packet on, in both directions, and writes down who sent to which port, and when.
import { Data, Effect, type Scope } from "effect"
import { createSocket, type Socket } from "node:dgram"

/** One sender, as one port heard it: its SSRC, and its first and last packet in milliseconds of `performance.now()`. */
export interface Sender {
  readonly port: number
  readonly ssrc: number
  readonly first: number
  last: number
  packets: number
}

export interface RtpTap {
  /** Where relays and forwarders are to send; Janus itself binds `127.0.0.1`. */
  readonly address: string
  readonly senders: (port: number) => ReadonlyArray<Sender>
  /** The longest silence at a port between these two instants. */
  readonly longestGap: (port: number, from: number, to: number) => number
  /** Two senders whose packets came to one port in the same time, in words. */
  readonly overlaps: () => ReadonlyArray<string>
}

export class TapFailed extends Data.TaggedError("TapFailed")<{ readonly port: number; readonly reason: string }> {}

const address = "127.0.0.2"

/** RTCP has packet types from 200 to 204 where RTP has a marker and a payload type. */
const isRtp = (packet: Buffer) => packet.length >= 12 && packet[0]! >> 6 === 2 && (packet[1]! < 200 || packet[1]! > 204)

const bind = (port: number, heard: (packet: Buffer) => void): Effect.Effect<Socket, TapFailed> =>
  Effect.callback((resume) => {
    const socket = createSocket("udp4")
    let sender: { readonly address: string; readonly port: number } | undefined
    socket.on("error", (error) => resume(Effect.fail(new TapFailed({ port, reason: error.message }))))
    socket.on("message", (packet, from) => {
      if (from.address === "127.0.0.1" && from.port === port) {
        if (sender !== undefined) socket.send(packet, sender.port, sender.address)
        return
      }
      sender = from
      if (isRtp(packet)) heard(packet)
      socket.send(packet, port, "127.0.0.1")
    })
    socket.bind({ address, port }, () => resume(Effect.succeed(socket)))
  })

/** Listens on all these ports until the scope closes. */
export const make = Effect.fnUntraced(
  function*(
    ports: { readonly first: number; readonly last: number }
  ): Effect.fn.Return<RtpTap, TapFailed, Scope.Scope> {
    const all = new Map<string, Sender>()
    const times = new Map<number, Array<number>>()
    const hear = (port: number) => (packet: Buffer) => {
      const at = performance.now()
      const ssrc = packet.readUInt32BE(8)
      const known = all.get(`${port}/${ssrc}`)
      if (known === undefined) all.set(`${port}/${ssrc}`, { port, ssrc, first: at, last: at, packets: 1 })
      else {
        known.last = at
        known.packets++
      }
      const heard = times.get(port)
      if (heard === undefined) times.set(port, [at])
      else heard.push(at)
    }
    for (let port = ports.first; port <= ports.last; port++) {
      yield* Effect.acquireRelease(bind(port, hear(port)), (socket) => Effect.sync(() => socket.close()))
    }
    const senders = (port: number) =>
      [...all.values()].filter((one) => one.port === port).toSorted((a, b) => a.first - b.first)
    return {
      address,
      senders,
      longestGap: (port, from, to) => {
        const heard = [from, ...(times.get(port) ?? []).filter((at) => at >= from && at <= to), to]
        return Math.max(...heard.slice(1).map((at, i) => at - heard[i]!))
      },
      overlaps: () =>
        [...new Set([...all.values()].map(({ port }) => port))].flatMap((port) => {
          const ordered = senders(port)
          return ordered.slice(1).flatMap((one, i) => {
            const before = ordered[i]!
            const both = before.last - one.first
            return both > 0 ? [`port ${port}: ${before.ssrc} and ${one.ssrc} for ${both.toFixed(0)} ms`] : []
          })
        })
    }
  }
)
