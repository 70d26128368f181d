/**
 * Mountpoints in memory: the port's promises, kept by a fake media server.
 */
import { Superseded } from "@headend/core/Failure"
import { type Mark, type Owner, ownerOf, sameOwner } from "@headend/core/Mark"
import type { Adopted, Mountpoint } from "@headend/core/Mountpoint"
import { MountpointMissing, Mountpoints, MountpointTaken, MountpointUnreadable } from "@headend/core/Mountpoints"
import { complete } from "@headend/core/Track"
import { Effect, Redacted } from "effect"
import { ask, call, type Fakes } from "./internal/call.ts"
import type { FakeMountpoint } from "./internal/mediaModel.ts"

export const make = (fakes: Fakes): Mountpoints["Service"] => {
  const { media } = fakes
  const view = (one: FakeMountpoint, created: boolean): Mountpoint => ({
    id: one.id,
    janus: "fake",
    created,
    media: one.tracks
  })
  const isOurs = (one: FakeMountpoint, owner: Owner) => one.mark !== null && sameOwner(one.mark, owner)
  const get = (id: FakeMountpoint["id"]) =>
    Effect.suspend(() => {
      const one = media.mountpoints.get(id)
      return one === undefined ? Effect.fail(new MountpointMissing({ id })) : Effect.succeed(one)
    })

  const take = Effect.fnUntraced(function*(one: FakeMountpoint, mark: Mark) {
    if (one.mark === null || !isOurs(one, ownerOf(mark))) return yield* new MountpointTaken({ id: one.id })
    const { epoch } = one.mark
    if (epoch > mark.epoch) return yield* new Superseded({ resource: `mountpoint ${one.id}`, epoch })
    one.mark = mark
    return view(one, true)
  })

  const find = Effect.fnUntraced(function*(adopted: Adopted) {
    const one = yield* get(adopted.id)
    if (one.secret === null || (adopted.secret !== undefined && Redacted.value(adopted.secret) === one.secret)) {
      return view(one, false)
    }
    if (adopted.media === undefined) {
      return yield* new MountpointUnreadable({ id: adopted.id, reason: "its ports are hidden" })
    }
    const given = complete(adopted.media)
    const tracks = one.tracks.map((track, i) => {
      const named = given.find(({ mid }) => mid === track.mid) ?? given[i]
      const rtcpPort = named === undefined || named.type === "data" ? null : named.rtcpPort ?? null
      return { ...track, port: named?.port ?? 0, rtcpPort }
    })
    if (tracks.some(({ port }) => port === 0)) {
      return yield* new MountpointUnreadable({ id: adopted.id, reason: "a track has no port" })
    }
    return { id: one.id, janus: "fake", created: false, media: tracks } satisfies Mountpoint
  })

  return Mountpoints.of({
    ensure: (spec, mark, formerly) =>
      call(
        fakes,
        "mountpoints.ensure",
        spec.id,
        Effect.fnUntraced(function*(now) {
          const there = media.mountpoints.get(spec.id)
          return there === undefined
            ? view(media.addMountpoint(spec, mark, now, formerly), true)
            : yield* take(there, mark)
        })
      ),
    find: (adopted) => call(fakes, "mountpoints.find", adopted.id, () => find(adopted)),
    available: Effect.callback((resume) => media.onReturn(() => resume(Effect.void))),
    read: (id) =>
      ask(fakes, (now) =>
        Effect.map(get(id), (one) => ({
          enabled: one.enabled,
          tracks: one.tracks.map((track) => ({ mid: track.mid, ageMs: media.age(one, track, now) })),
          viewers: 0
        }))),
    mark: (id) => ask(fakes, () => Effect.map(get(id), (one) => one.mark)),
    fence: (id, mark) =>
      call(fakes, "mountpoints.fence", id, () =>
        Effect.sync(() => {
          const one = media.mountpoints.get(id)
          if (one?.mark != null && isOurs(one, ownerOf(mark)) && one.mark.epoch < mark.epoch) one.mark = mark
        })),
    destroy: (id, owner) =>
      call(fakes, "mountpoints.destroy", id, () =>
        Effect.sync(() => {
          const one = media.mountpoints.get(id)
          if (one !== undefined && isOurs(one, owner)) media.removeMountpoint(id)
        })),
    targets: (id, owner) =>
      ask(fakes, () =>
        Effect.sync(() => {
          const one = media.mountpoints.get(id)
          return one === undefined || !isOurs(one, owner) ? [] : one.tracks.map(({ host, port }) => ({ host, port }))
        })),
    marked: (instance) =>
      ask(
        fakes,
        () =>
          Effect.sync(() =>
            [...media.mountpoints.values()].flatMap((one) =>
              one.mark?.instance === instance ? [{ id: one.id, mark: one.mark }] : []
            )
          )
      ),
    plan: (spec) => Effect.succeed([{ hop: "mountpoint" as const, does: `create mountpoint ${spec.id}` }])
  })
}
