// Whether anybody listens at an RTMP address, as seen from here: OBS itself never says why a start failed.
import { Effect } from "effect"
import { createConnection } from "node:net"

const within = 3_000
const ports: Readonly<Record<string, number>> = { rtmp: 1935, rtmps: 443 }

/** Why nobody can be reached there; nothing when somebody can. */
export const unreachable = (server: string): Effect.Effect<string | undefined> => {
  const [, scheme = "rtmp", host = "", port] = /^(rtmps?):\/\/(\[[^\]]+\]|[^/:]+)(?::(\d+))?/i.exec(server) ?? []
  const at = Number(port ?? ports[scheme.toLowerCase()])
  return Effect.callback<string | undefined>((resume) => {
    const socket = createConnection({ host: host.replace(/^\[|\]$/g, ""), port: at })
    socket.once("error", (error) => resume(Effect.succeed(error.message)))
    socket.once("connect", () => resume(Effect.undefined))
    return Effect.sync(() => socket.destroy())
  }).pipe(Effect.timeoutOrElse({ duration: within, orElse: () => Effect.succeed("it does not answer") }))
}
