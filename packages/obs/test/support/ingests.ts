// Ingests as far as an OBS that only exists in memory needs them: ports that accept, that refuse, that never answer.
import type { Destination } from "@headend/core/Encoder"
import { Effect, Redacted } from "effect"
import { createServer, type Socket } from "node:net"

/** A port that accepts connections and says nothing, and the hand that ends them. */
export const silent = Effect.acquireRelease(
  Effect.callback<{ readonly port: number; readonly hangUp: Effect.Effect<void>; readonly close: () => void }>(
    (resume) => {
      const sockets = new Set<Socket>()
      const server = createServer((socket) => {
        sockets.add(socket)
        socket.on("error", () => socket.destroy())
        socket.once("close", () => sockets.delete(socket))
        socket.resume()
      })
      const hangUp = Effect.sync(() => {
        for (const socket of sockets) socket.destroy()
      })
      server.listen(0, "127.0.0.1", () => {
        const address = server.address()
        const port = typeof address === "object" && address !== null ? address.port : 0
        resume(Effect.succeed({ port, hangUp, close: () => server.close() }))
      })
    }
  ),
  ({ close, hangUp }) => Effect.andThen(hangUp, Effect.sync(close))
)

export const to = (port: number, app: string, key = "a-stream-key"): Destination => ({
  server: `rtmp://127.0.0.1:${port}/${app}`,
  key: Redacted.make(key)
})
