// What the test asks of the page, and what it gets back: plain JSON both ways. No DOM types here, since both sides
// read it.

/** An answer that is an outcome, not a breakdown: an HTTP status of a server, or an error code of Janus. */
export interface Refusal {
  readonly code: number
  readonly reason: string
}

export type Outcome<A> = { readonly done: A } | { readonly refused: Refusal }

export interface PictureOptions {
  /** Default 320 x 240 at 25 pictures a second. */
  readonly width?: number
  readonly height?: number
  readonly fps?: number
  /** A tone beside the picture; default true. */
  readonly audio?: boolean
  /** The only video codec that is offered; default: what the browser likes. */
  readonly codec?: "H264" | "VP8" | "VP9"
}

export interface WhipOptions extends PictureOptions {
  readonly url: string
  readonly token?: string
  /** Sends candidates by PATCH as they come, instead of all of them in the offer; default false. */
  readonly trickle?: boolean
}

export interface RoomOptions extends PictureOptions {
  readonly janusUrl: string
  readonly apiSecret?: string
  readonly room: number | string
  readonly pin?: string
  readonly display?: string
  /** The publisher's id; chosen by Janus when absent. */
  readonly id?: number | string
}

export interface MountpointOptions {
  readonly janusUrl: string
  readonly apiSecret?: string
  readonly id: number | string
  readonly pin?: string
}

export interface WhepOptions {
  readonly url: string
  readonly token?: string
}

export interface WhipPublished {
  /** The WHIP resource: the absolute `Location`. */
  readonly resource: string
  /** The mid of each track in the offer. */
  readonly tracks: ReadonlyArray<{ readonly type: string; readonly mid: string }>
}

export interface RoomPublished {
  readonly id: number | string
  /** What Janus calls each track that arrives. */
  readonly tracks: ReadonlyArray<{ readonly type: string; readonly mid: string; readonly codec?: string }>
}

export interface WhepViewed {
  readonly resource: string
  /** Whose offer it was: ours, or the server's after it answered ours with 406. */
  readonly offer: "viewer" | "server"
}

export interface ViewerFigures {
  /** Milliseconds from `watch` or the first POST to the first decoded frame; absent before it. */
  readonly firstFrame?: number
  readonly frames: number
  readonly currentTime: number
  /** Standard deviation of the brightness of the picture now, 0 to 127; a black one has 0. */
  readonly luma: number
  /** Energy of the sound heard since the start, as `totalAudioEnergy` counts it; silence adds nothing. */
  readonly audioEnergy: number
  readonly connection: string
  /** Why the server ended it, if it did. */
  readonly ended?: string
}

/** The functions that the page puts on `globalThis.headend`. A page holds one publisher or one viewer. */
export interface PageApi {
  readonly publishWhip: (options: WhipOptions) => Promise<Outcome<WhipPublished>>
  /** DELETE of the WHIP or WHEP resource; the status of the answer. */
  readonly deleteResource: () => Promise<number>
  readonly publishRoom: (options: RoomOptions) => Promise<Outcome<RoomPublished>>
  readonly leaveRoom: () => Promise<void>
  readonly closeSocket: () => Promise<void>
  readonly viewMountpoint: (options: MountpointOptions) => Promise<Outcome<Record<string, never>>>
  readonly viewWhep: (options: WhepOptions) => Promise<Outcome<WhepViewed>>
  readonly figures: () => Promise<ViewerFigures>
  readonly closeViewer: () => Promise<void>
}
