/**
 * The plan of a broadcast: the mountpoint's part and the source's.
 */
import { Effect } from "effect"
import type { BroadcastSpec } from "../BroadcastSpec.ts"
import type { Mountpoint } from "../Mountpoint.ts"
import type { Mountpoints } from "../Mountpoints.ts"
import { toCreate } from "../Place.ts"
import { concat, type PlanStep } from "../Plan.ts"
import * as Secrets from "../Secrets.ts"
import type { Sources } from "../Sources.ts"
import { complete, standard } from "../Track.ts"

/** What a start would do; nothing is touched. */
export const plan = Effect.fnUntraced(function*(spec: BroadcastSpec, services: {
  readonly sources: Sources["Service"]
  readonly mountpoints: Mountpoints["Service"]
  readonly instance: string
}) {
  const { instance, mountpoints, sources } = services
  const broadcast = spec.id ?? "<generated>"
  const mark = { instance, broadcast, run: 1, epoch: 1, worker: "<worker>" }
  const choice = Secrets.masked(spec.mountpoint)
  const isOwn = sources.feeds(spec).length === 0
  const named = choice?.create !== undefined && choice.create.type !== "rtp" ? [] : choice?.create?.media
  const media = choice?.adopt?.media ?? named ?? sources.tracks(spec) ??
    (isOwn && choice !== undefined ? standard : null)
  const create = choice?.adopt === undefined && (choice?.create !== undefined || media !== null)
    ? toCreate(choice, mark, media ?? [])
    : undefined
  const steps: ReadonlyArray<PlanStep> = create === undefined
    ? choice?.adopt === undefined
      ? []
      : [{ hop: "mountpoint", does: `find mountpoint ${choice.adopt.id}`, server: "janus" }]
    : media === null
    ? [{ hop: "mountpoint", does: `create mountpoint ${create.id}`, server: "janus", when: "when a publisher sends" }]
    : yield* mountpoints.plan(create, mark)
  const mountpoint: Mountpoint | null = media === null ? null : {
    id: create?.id ?? choice?.adopt?.id ?? 0,
    janus: "janus",
    created: create !== undefined,
    media: complete(media).map((track) => ({
      mid: track.mid,
      type: track.type,
      codec: track.type === "data" ? null : track.codec ?? null,
      pt: track.type === "data" ? null : track.pt ?? null,
      host: "<janus>",
      port: track.port ?? 0,
      rtcpPort: track.type === "video" ? track.rtcpPort ?? 0 : null
    }))
  }
  return concat(
    { steps, warnings: [] },
    yield* sources.plan(spec.source, { broadcast, mark, mountpoint, tracks: media })
  )
})
