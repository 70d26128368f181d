/**
 * Puts the mountpoint of a broadcast in place. A source asks for it when it knows what it sends; the specification
 * decides what it is: created with our mark and written into the ledger, or somebody else's, found and never held.
 */
import { Clock, Effect, Schema } from "effect"
import type { MountpointChoice } from "./BroadcastSpec.ts"
import type { ServerUnavailable, Superseded, Unauthorized } from "./Failure.ts"
import * as Holding from "./Holding.ts"
import { hash53 } from "./internal/hash53.ts"
import * as Mark from "./Mark.ts"
import { type Mountpoint, MountpointId, type MountpointSpec, type Srtp } from "./Mountpoint.ts"
import {
  type MountpointInvalid,
  type MountpointMissing,
  MountpointMoved,
  type MountpointRefused,
  Mountpoints,
  MountpointTaken,
  type MountpointUnreadable
} from "./Mountpoints.ts"
import type { Resolved } from "./Secret.ts"
import type { SecretUnavailable } from "./Secrets.ts"
import type { PlacedTrack, Track } from "./Track.ts"

/** How placing a mountpoint fails. */
export type PlaceFailure =
  | SecretUnavailable
  | MountpointTaken
  | MountpointMissing
  | MountpointUnreadable
  | MountpointRefused
  | MountpointInvalid
  | Superseded
  | Unauthorized
  | ServerUnavailable
  | Holding.LedgerUnavailable
  | Holding.LedgerFenced

/** A mountpoint of ours, on the ledger. */
export const MountpointHeld = Holding.make({
  kind: "mountpoint",
  schema: Schema.Struct({ id: MountpointId, owner: Mark.Owner }),
  key: (held) => String(held.id),
  undo: ({ id, owner }) =>
    Effect.catchTag(
      Mountpoints.use((mountpoints) => mountpoints.destroy(id, owner)),
      "Unauthorized",
      (error) => Effect.fail(new Holding.LeftBehind({ kind: "mountpoint", id: String(id), reason: error.reason }))
    )
})

/** The mountpoint in use, and since when by the local clock: media is proven by packets that came after that. */
export interface Placed {
  readonly mountpoint: Mountpoint
  /** Milliseconds since 1970. */
  readonly at: number
  /** The tracks as they were asked for, each with its choice of the source's track. */
  readonly tracks: ReadonlyArray<Track>
}

/** The id that a mountpoint or room gets when the caller names none. */
export const generatedId = (owner: Mark.Owner): number => hash53(owner.instance, owner.broadcast, owner.run)

/** The mountpoint that is to be made, with its id. */
export const toCreate = (
  choice: Resolved<MountpointChoice> | undefined,
  owner: Mark.Owner,
  tracks: ReadonlyArray<Track>
): MountpointSpec & { readonly id: MountpointId } => {
  const spec: MountpointSpec = choice?.create ?? { type: "rtp" }
  const id = spec.id ?? generatedId(owner)
  return spec.type === "rtp" ? { ...spec, id, media: spec.media ?? tracks } : { ...spec, id }
}

/** RTP that went to the one arrives at the other. */
const isSamePlace = (before: ReadonlyArray<PlacedTrack> | undefined, after: ReadonlyArray<PlacedTrack>): boolean =>
  before?.length === after.length && before.every((track, i) => {
    const now = after[i]!
    return now.mid === track.mid && now.host === track.host && now.port === track.port
      && now.rtcpPort === track.rtcpPort
  })

export class Place {
  /** The tracks as they were asked for, each with its choice of the source's track. */
  asked: ReadonlyArray<Track> = []
  /** Where it is, or was: those ports are asked for again. */
  private formerly: ReadonlyArray<PlacedTrack> | undefined
  private there: Mountpoint | undefined
  private tracks: ReadonlyArray<Track> | undefined
  private readonly choice: Resolved<MountpointChoice> | undefined
  private readonly mark: Mark.Mark
  private readonly mountpoints: Mountpoints["Service"]
  private readonly placed: (placed: Placed) => void

  constructor(options: {
    readonly choice: Resolved<MountpointChoice> | undefined
    readonly mark: Mark.Mark
    readonly mountpoints: Mountpoints["Service"]
    /** The tracks it was made with before, when that is known. */
    readonly before: ReadonlyArray<Track> | undefined
    /** Where they were. */
    readonly formerly: ReadonlyArray<PlacedTrack> | undefined
    readonly placed: (placed: Placed) => void
  }) {
    this.choice = options.choice
    this.mark = options.mark
    this.mountpoints = options.mountpoints
    this.formerly = options.formerly
    this.placed = options.placed
    const create = options.choice?.create
    this.tracks = create?.type === "rtp" ? create.media ?? options.before : options.before
  }

  /** The specification names a mountpoint. */
  get isNamed(): boolean {
    return this.choice !== undefined
  }

  /** The key with which the mountpoint expects its RTP encrypted. */
  get srtp(): Srtp | undefined {
    const create = this.choice?.create
    return create?.type === "rtp" ? create.srtp : undefined
  }

  /** The tracks that the mountpoint will have, as far as that is known before the source sends. */
  get known(): ReadonlyArray<Track> {
    return this.tracks ?? []
  }

  /**
   * Places it already, when what it is to carry is known; otherwise `with` does it later, and an id that somebody else
   * has is refused now.
   */
  early(): Effect.Effect<Mountpoint | undefined, PlaceFailure, Holding.Ledger> {
    const create = this.choice?.create
    const isKnown = this.choice?.adopt !== undefined || this.tracks !== undefined
      || (create !== undefined && create.type !== "rtp")
    if (isKnown) return Effect.tap(this.place([]), (mountpoint) => Effect.sync(() => void (this.there = mountpoint)))
    return create?.id === undefined ? Effect.undefined : Effect.as(this.free(create.id), undefined)
  }

  /** Nobody else has this id. */
  private free(id: MountpointId): Effect.Effect<void, MountpointTaken | MountpointInvalid | ServerUnavailable> {
    return this.mountpoints.mark(id).pipe(
      Effect.flatMap((mark) =>
        mark !== null && Mark.sameOwner(Mark.ownerOf(mark), Mark.ownerOf(this.mark))
          ? Effect.void
          : Effect.fail(new MountpointTaken({ id }))
      ),
      Effect.catchTag("MountpointMissing", () => Effect.void)
    )
  }

  /**
   * Places it with these tracks, unless the specification or an earlier opening says otherwise. Directly after `early` it
   * is there; later it is asked for again, which a newer owner's epoch refuses.
   */
  with(defaults: ReadonlyArray<Track>): Effect.Effect<Mountpoint, PlaceFailure, Holding.Ledger> {
    const { there } = this
    this.there = undefined
    return there === undefined ? this.place(defaults) : Effect.succeed(there)
  }

  /** Puts back what the media server has lost; fails when it has other ports by now. */
  restore(): Effect.Effect<void, PlaceFailure | MountpointMoved, Holding.Ledger> {
    const { formerly } = this
    return Effect.flatMap(
      this.place([]),
      ({ id, media }) => isSamePlace(formerly, media) ? Effect.void : Effect.fail(new MountpointMoved({ id }))
    )
  }

  private place(defaults: ReadonlyArray<Track>): Effect.Effect<Mountpoint, PlaceFailure, Holding.Ledger> {
    const tracks = this.tracks ?? defaults
    const adopt = this.choice?.adopt
    const place: Effect.Effect<Mountpoint, PlaceFailure, Holding.Ledger> = adopt === undefined
      ? this.create(tracks)
      : this.mountpoints.find(adopt)
    return Effect.flatMap(place, (mountpoint) =>
      Effect.map(Clock.currentTimeMillis, (at) => {
        this.tracks = tracks
        this.formerly = mountpoint.media
        this.asked = adopt?.media ?? (adopt === undefined ? tracks : [])
        this.placed({ mountpoint, at, tracks: this.asked })
        return mountpoint
      }))
  }

  private create(tracks: ReadonlyArray<Track>) {
    const { mark, mountpoints } = this
    const spec = toCreate(this.choice, mark, tracks)
    return Holding.making(
      MountpointHeld,
      { id: spec.id, owner: Mark.ownerOf(mark) },
      ["MountpointTaken", "MountpointRefused", "MountpointInvalid", "Unauthorized"],
      mountpoints.ensure(spec, mark, this.formerly)
    )
  }
}
