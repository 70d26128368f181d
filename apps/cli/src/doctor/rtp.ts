/**
 * Whether RTP from this machine arrives at Janus: a few packets to a mountpoint's port, and its own word on whether it has
 * them. The API answers all the same where a firewall, a container or a wrong address loses them, and no picture ever comes.
 */
import { everyTrack } from "@headend/core/Feed"
import type { MountpointReading, Target } from "@headend/core/Mountpoint"
import type { PlacedTrack } from "@headend/core/Track"
import { Clock, Effect, Schedule, type Scope } from "effect"
import { createSocket } from "node:dgram"
import { lookup } from "node:dns/promises"
import { bad, type Finding, ok } from "./Finding.ts"

const what = "rtp"

const elsewhere = "set HEADEND_JANUS_RTP_HOST to the address under which this machine reaches the one of Janus, and " +
  "HEADEND_JANUS_RTP_INTERFACE to that address as the machine of Janus has it"
const lost =
  "let UDP from this machine through to the ports of rtp_port_range in janus.plugin.streaming.jcfg (a firewall, " +
  `NAT, a container whose ports are not published, or that has not the host's network); or ${elsewhere}`

/** A packet of silence, as small as RTP is. */
const packet = (sequence: number, payloadType: number): Buffer => {
  const bytes = Buffer.alloc(13)
  bytes.writeUInt8(0x80, 0)
  bytes.writeUInt8(payloadType, 1)
  bytes.writeUInt16BE(sequence & 0xffff, 2)
  bytes.writeUInt32BE(sequence * 3_000, 4)
  bytes.writeUInt32BE(0x68656164, 8)
  return bytes
}

const reasonOf = (error: unknown) => (error instanceof Error ? error.message : String(error))

/** Sends there until the scope ends; tells why nothing can arrive, where this machine or the other one says so. */
const sending = Effect.fnUntraced(function*(
  { host, port }: Target,
  payloadType: number
): Effect.fn.Return<() => string | undefined, string, Scope.Scope> {
  const found = yield* Effect.tryPromise({ try: () => lookup(host, { order: "ipv4first" }), catch: reasonOf })
  let refused: string | undefined
  const socket = yield* Effect.acquireRelease(
    Effect.sync(() => createSocket(found.family === 6 ? "udp6" : "udp4")),
    (one) => Effect.callback<void>((resume) => void one.close(() => resume(Effect.void)))
  )
  yield* Effect.callback<void, string>((resume) => {
    socket.on("error", (error) => {
      refused = reasonOf(error)
      resume(Effect.fail(refused))
    })
    // connected, so that the other machine's refusal (ICMP) is told
    socket.connect(port, found.address, () => resume(Effect.void))
  })
  let sequence = 0
  yield* Effect.sync(() =>
    socket.send(packet(sequence++, payloadType), (error) => {
      if (error !== null) refused = reasonOf(error)
    })
  ).pipe(
    Effect.repeat(Schedule.spaced("50 millis")),
    Effect.forkScoped
  )
  return () => refused
})

/** Sends to a mountpoint that nobody else feeds, and asks whether it arrives; `patience` in milliseconds. */
export const arrives = <E extends { readonly message: string }>(
  { mid, host, port, pt }: Pick<PlacedTrack, "mid" | "host" | "port" | "pt">,
  read: Effect.Effect<MountpointReading, E>,
  patience = 3_000
): Effect.Effect<Finding> =>
  Effect.gen(function*() {
    const target = `${host}:${port}`
    const began = yield* Clock.currentTimeMillis
    const why = yield* sending({ host, port }, pt ?? 96)
    const proof = everyTrack(() => [mid])
    let now = began
    while (now - began < patience) {
      yield* Effect.sleep("100 millis")
      now = yield* Clock.currentTimeMillis
      if (proof(yield* Effect.mapError(read, ({ message }) => message), now - began) === "fresh") {
        return ok(what, `packets of this machine to ${target} arrive at Janus`)
      }
    }
    const reason = why()
    return reason === undefined
      ? bad(what, `no packet of this machine to ${target} arrives at Janus, and nobody says why`, lost)
      : bad(what, `packets to ${target} are refused (${reason}): Janus does not listen there`, elsewhere)
  }).pipe(
    Effect.scoped,
    Effect.catch((reason) => Effect.succeed(bad(what, `RTP to ${host}:${port} cannot be sent: ${reason}`, elsewhere)))
  )
