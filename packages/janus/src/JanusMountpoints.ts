/**
 * Mountpoints of the Janus Streaming plugin. The id is ours, so a create whose answer was lost is found again by id and
 * mark; and the secret carries the epoch, so taking over is one compare-and-swap.
 */
import { type ServerUnavailable, Superseded, type Unauthorized } from "@headend/core/Failure"
import { Keyring } from "@headend/core/Keyring"
import { callersData, fromMetadata, type Mark, type Marked, type Owner, ownerOf, toMetadata } from "@headend/core/Mark"
import type { Adopted, Mountpoint, MountpointId, MountpointSpec } from "@headend/core/Mountpoint"
import { Mountpoints, MountpointTaken, MountpointUnreadable } from "@headend/core/Mountpoints"
import { Effect, Layer, Option, Redacted } from "effect"
import { resolve } from "./internal/address.ts"
import { Memory } from "./internal/ownership.ts"
import * as Ownership from "./internal/ownership.ts"
import * as Placing from "./internal/placing.ts"
import * as Refusal from "./internal/refusal.ts"
import * as Wire from "./internal/wire.ts"
import { JanusConfig } from "./JanusConfig.ts"
import { JanusConnection } from "./JanusConnection.ts"
import { isUnauthorized, type JanusRefused, streaming as codes, unauthorized, unexpected } from "./JanusError.ts"
import { type Info, StreamingHandle } from "./StreamingHandle.ts"

type Spec = MountpointSpec & { readonly id: MountpointId }

const make = Effect.gen(function*() {
  const settings = yield* JanusConfig
  const connection = yield* JanusConnection
  const streaming = yield* StreamingHandle
  const keyring = yield* Keyring
  const memory = new Memory(connection.epoch)

  const at = (id: MountpointId, created: boolean, media: Mountpoint["media"]): Mountpoint => ({
    id,
    janus: settings.url,
    created,
    media
  })

  const switchTo = (id: MountpointId, own: Ownership.Secret, enabled: boolean) =>
    enabled ? streaming.enable(id, own.secret) : streaming.disable(id, own.secret)

  const create = (spec: Spec, own: Ownership.Secret, metadata: string, iface: string) =>
    Effect.gen(function*() {
      const body = Wire.mountpoint(spec, { secret: Redacted.value(own.secret), metadata, interface: iface })
      const created = yield* streaming.create(body, Placing.patience(spec, settings.requestTimeout))
      if (spec.enabled === false) yield* switchTo(spec.id, own, false)
      return at(spec.id, true, Placing.created(spec, created, settings.rtpHost))
    })

  /** From the secret that the mark stands for to another, with another mark. 457: somebody else was sooner. */
  const swap = Effect.fnUntraced(function*(id: MountpointId, marked: Marked, own: Ownership.Secret, metadata: string) {
    const old = (yield* Ownership.recall(keyring, "mountpoint", id, marked)) ?? own.secret
    yield* streaming.edit(id, old, {
      new_secret: Redacted.value(own.secret),
      new_metadata: metadata,
      ...(marked.permanent === true ? { permanent: true } : {})
    })
  })

  /** Somebody has the id already: an earlier owner of this run, or a stranger. */
  const takeBack = Effect.fnUntraced(function*(spec: Spec, mark: Mark, own: Ownership.Secret, metadata: string) {
    const { id } = spec
    const seen = yield* streaming.info(id, own.secret)
    const marked = Ownership.markedBy(seen.metadata, ownerOf(mark))
    if (marked === undefined) return yield* new MountpointTaken({ id })
    if (marked.mark.epoch > mark.epoch) {
      return yield* new Superseded({ resource: `mountpoint ${id}`, epoch: marked.mark.epoch })
    }
    let info: Info = seen
    if (marked.mark.epoch < mark.epoch || !Placing.isOpen(seen)) {
      yield* swap(id, marked, own, metadata).pipe(
        Effect.catchTag("JanusRefused", (error) =>
          Effect.fail(
            error.code === codes.unauthorized ? new Superseded({ resource: `mountpoint ${id}`, epoch: null }) : error
          ))
      )
      info = yield* streaming.info(id, own.secret)
    }
    if (spec.enabled !== undefined && spec.enabled !== info.enabled) yield* switchTo(id, own, spec.enabled)
    const unfit = Placing.misfit(spec, info)
    if (unfit !== undefined) yield* Effect.logWarning(`Mountpoint ${id} is not as its specification has it: ${unfit}`)
    return at(id, true, Placing.found(spec, info, settings.rtpHost))
  })

  const ensure = Effect.fnUntraced(function*(spec: Spec, mark: Mark, formerly: Mountpoint["media"] = []) {
    const { id } = spec
    const own = yield* Ownership.choose(keyring, "mountpoint", id, mark, spec.secret)
    const permanent = spec.permanent === true
    const metadata = toMetadata(
      { mark, secret: own.origin, ...(permanent ? { permanent: true as const } : {}) },
      spec.metadata
    )
    const iface = yield* resolve(settings.rtpInterface)
    const asked = Placing.onPortsOf(spec, formerly)
    const mountpoint = yield* create(asked, own, metadata, iface).pipe(
      Effect.catchTag("JanusRefused", (error) =>
        error.code !== codes.cannotCreate
          ? Effect.fail(error)
          : takeBack(spec, mark, own, metadata).pipe(Effect.catchTag("JanusRefused", (second) => {
            if (second.code !== codes.noSuchMountpoint) return Effect.fail(second)
            // 456 for another reason than the id: somebody has a former port by now
            return asked === spec ? Effect.fail(error) : create(spec, own, metadata, iface)
          }))),
      Effect.catchTag("JanusRefused", (error) => Effect.fail(Refusal.mountpoint(id, error)))
    )
    memory.keep(id, mark, { secret: own.secret, permanent })
    return mountpoint
  }, Effect.uninterruptible)

  const find = (adopted: Adopted) =>
    streaming.info(adopted.id, adopted.secret).pipe(
      Effect.mapError(Refusal.missingOrInvalidMountpoint(adopted.id)),
      Effect.flatMap((info) => {
        const media = Placing.adopted(adopted, info, settings.rtpHost)
        return typeof media === "string"
          ? Effect.fail(new MountpointUnreadable({ id: adopted.id, reason: media }))
          : Effect.succeed(at(adopted.id, false, media))
      })
    )

  const read = (id: MountpointId) =>
    Effect.map(
      Effect.mapError(Effect.suspend(() => streaming.info(id, memory.get(id)?.secret)), Refusal.missingMountpoint(id)),
      Placing.reading
    )

  const markOf = (id: MountpointId) =>
    Effect.map(
      Effect.mapError(streaming.info(id), Refusal.missingOrInvalidMountpoint(id)),
      (info) => Option.match(fromMetadata(info.metadata), { onNone: () => null, onSome: ({ mark }) => mark })
    )

  /** What is not there is done. */
  const gone = (id: MountpointId) => (error: JanusRefused): Effect.Effect<void, ServerUnavailable | Unauthorized> =>
    error.code === codes.noSuchMountpoint
      ? Effect.sync(() => memory.forget(id))
      : Effect.fail(isUnauthorized(error) ? unauthorized(`mountpoint ${id}`, error) : unexpected(error))

  const fence = Effect.fnUntraced(function*(id: MountpointId, mark: Mark) {
    const { metadata } = yield* streaming.info(id)
    const marked = Ownership.markedBy(metadata, ownerOf(mark))
    if (marked === undefined || marked.mark.epoch >= mark.epoch) return
    const isCallers = marked.secret !== undefined && "sealed" in marked.secret
    const callers = isCallers ? yield* Ownership.recall(keyring, "mountpoint", id, marked) : undefined
    const own = yield* Ownership.choose(keyring, "mountpoint", id, mark, callers)
    yield* swap(id, marked, own, toMetadata({ ...marked, mark, secret: own.origin }, callersData(metadata)))
    memory.keep(id, mark, { secret: own.secret, permanent: marked.permanent === true })
  }, (effect, id) => Effect.uninterruptible(Effect.catchTag(effect, "JanusRefused", gone(id))))

  const undo = (id: MountpointId, secret: Redacted.Redacted | undefined, permanent: boolean) =>
    Effect.andThen(streaming.destroy(id, secret, permanent), Effect.sync(() => memory.forget(id)))

  const undoByMark = Effect.fnUntraced(function*(id: MountpointId, owner: Owner) {
    const { metadata } = yield* streaming.info(id)
    const marked = Ownership.markedBy(metadata, owner)
    if (marked === undefined) return
    const secret = yield* Ownership.recall(keyring, "mountpoint", id, marked)
    yield* undo(id, secret, marked.permanent === true)
  })

  const destroy = (id: MountpointId, owner: Owner) =>
    Effect.suspend(() => {
      const owned = memory.of(id, owner)
      if (owned === undefined) return undoByMark(id, owner)
      return undo(id, owned.secret, owned.permanent).pipe(
        // another owner has swapped the secret since
        Effect.catchTag("JanusRefused", (error) =>
          error.code === codes.unauthorized ? undoByMark(id, owner) : Effect.fail(error))
      )
    }).pipe(
      Effect.catchTag("JanusRefused", gone(id)),
      Effect.uninterruptible
    )

  const targets = Effect.fnUntraced(function*(id: MountpointId, owner: Owner) {
    const { metadata } = yield* streaming.info(id)
    const marked = Ownership.markedBy(metadata, owner)
    if (marked === undefined) return []
    const info = yield* streaming.info(id, yield* Ownership.recall(keyring, "mountpoint", id, marked))
    return Placing.ports(info, settings.rtpHost)
  }, (effect, id) =>
    Effect.catchTags(effect, {
      JanusRefused: (error) =>
        error.code === codes.noSuchMountpoint ? Effect.succeed([]) : Effect.fail(unexpected(error)),
      Unauthorized: (error) => Effect.as(Effect.logWarning(`Ports of mountpoint ${id}: ${error.message}`), [])
    }))

  const marked = (instance: string) =>
    streaming.list.pipe(
      Effect.map((list) =>
        list.flatMap(({ id, metadata }) =>
          Option.match(fromMetadata(metadata), {
            onNone: () => [],
            onSome: ({ mark }) => (mark.instance === instance ? [{ id, mark }] : [])
          })
        )
      ),
      Effect.catchTag("JanusRefused", (error) =>
        Effect.fail(isUnauthorized(error) ? unauthorized("the list of mountpoints", error) : unexpected(error)))
    )

  const plan = (spec: Spec, mark: Mark) =>
    Effect.sync(() => {
      const origin = { derived: keyring.keyId }
      const metadata = toMetadata({ mark, ...(spec.secret === undefined ? { secret: origin } : {}) }, spec.metadata)
      const own = { secret: "***", metadata, interface: settings.rtpInterface }
      const step = (does: string, request: unknown) => ({ hop: "mountpoint" as const, does, server: "janus", request })
      return [
        step(
          `create mountpoint ${spec.id}`,
          Wire.redact(streaming.createRequest(Wire.mountpoint(spec, own)))
        ),
        ...(spec.enabled === false
          ? [step(`disable mountpoint ${spec.id}`, {
            request: "disable",
            id: spec.id,
            secret: "***",
            stop_recording: false
          })]
          : [])
      ]
    })

  return Mountpoints.of({
    available: connection.awaitUp,
    ensure,
    find,
    read,
    mark: markOf,
    fence,
    destroy,
    targets,
    marked,
    plan
  })
})

/** Mountpoints of the Janus Streaming plugin. */
export const layer: Layer.Layer<Mountpoints, never, StreamingHandle | JanusConnection | JanusConfig | Keyring> = Layer
  .effect(Mountpoints, make)
