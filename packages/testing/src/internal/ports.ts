/**
 * The RTP ports of the media server in memory: handed out by number, taken back, and used again.
 */
import type { complete, PlacedTrack } from "@headend/core/Track"

const host = "127.0.0.1"

/** Where RTP goes: a port of this server, or some other address. */
export const target = (to: { readonly host: string; readonly port: number }): number | string =>
  to.host === host ? to.port : `${to.host}:${to.port}`

export class Ports {
  private next = 10_000
  private readonly free: Array<number> = []

  /** The track with its ports: those that were asked for, else those that it had before, else any. */
  place(track: ReturnType<typeof complete>[number], former: PlacedTrack | undefined): PlacedTrack {
    const { mid, type } = track
    const port = this.take(track.port === undefined || track.port === 0 ? former?.port : track.port)
    return track.type === "data" ? { mid, type, codec: null, pt: null, host, port, rtcpPort: null } : {
      mid,
      type,
      codec: track.codec ?? null,
      pt: track.pt ?? null,
      host,
      port,
      rtcpPort: track.type === "video" ? this.take(track.rtcpPort ?? former?.rtcpPort ?? undefined) : null
    }
  }

  release({ port, rtcpPort }: PlacedTrack): void {
    this.free.push(port, ...(rtcpPort === null ? [] : [rtcpPort]))
  }

  private take(asked: number | undefined): number {
    if (asked === undefined || asked === 0) return this.free.pop() ?? this.next++
    const at = this.free.indexOf(asked)
    if (at >= 0) this.free.splice(at, 1)
    return asked
  }
}
