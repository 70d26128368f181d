// The secrets of what we made, and a memory of what this very process made on the connection that is still up.
import { Unauthorized } from "@headend/core/Failure"
import type { KeyMissing, Keyring } from "@headend/core/Keyring"
import {
  fromMetadata,
  type Mark,
  type Marked,
  type Owner,
  ownerOf,
  sameOwner,
  type SecretOrigin
} from "@headend/core/Mark"
import type { ResourceId } from "@headend/core/Mountpoint"
import { Effect, Option, type Redacted } from "effect"

export type Kind = "mountpoint" | "room"

export interface Secret {
  readonly secret: Redacted.Redacted
  readonly origin: SecretOrigin
}

const parts = (kind: Kind, id: ResourceId, mark: Mark) => [
  kind,
  mark.instance,
  mark.broadcast,
  mark.run,
  id,
  mark.epoch
]

/** The secret under which this owner makes it: the caller's own, or one derived from the epoch. */
export const choose = (
  keyring: Keyring["Service"],
  kind: Kind,
  id: ResourceId,
  mark: Mark,
  own: Redacted.Redacted | undefined
): Effect.Effect<Secret> =>
  own === undefined
    ? Effect.map(Effect.orDie(keyring.derive(keyring.keyId, parts(kind, id, mark))), (secret) => ({
      secret,
      origin: { derived: keyring.keyId }
    }))
    : Effect.map(keyring.seal(own), (sealed) => ({ secret: own, origin: { sealed } }))

/** The secret that a mark stands for. */
export const recall = (
  keyring: Keyring["Service"],
  kind: Kind,
  id: ResourceId,
  { mark, secret }: Marked
): Effect.Effect<Redacted.Redacted | undefined, Unauthorized> => {
  if (secret === undefined) return Effect.undefined
  return Effect.mapError(
    "derived" in secret ? keyring.derive(secret.derived, parts(kind, id, mark)) : keyring.open(secret.sealed),
    (error: KeyMissing) => new Unauthorized({ server: "janus", reason: `${kind} ${id}: ${error.message}` })
  )
}

/** The mark in a mountpoint's metadata, when it is this owner's. */
export const markedBy = (metadata: unknown, owner: Owner): Marked | undefined =>
  Option.getOrUndefined(Option.filter(fromMetadata(metadata), ({ mark }) => sameOwner(ownerOf(mark), owner)))

export interface Owned {
  readonly mark: Mark
  readonly secret: Redacted.Redacted
  readonly permanent: boolean
  /** Which connection it was made or taken on. */
  readonly link: number
  /** What lets our watcher into a room that is restricted to tokens. */
  readonly token?: string
}

/** What this process made or took over. On another connection it may be gone, or somebody else's. */
export class Memory {
  readonly #owned = new Map<ResourceId, Owned>()
  readonly #link: () => number

  constructor(link: () => number) {
    this.#link = link
  }

  keep(id: ResourceId, mark: Mark, owned: Omit<Owned, "mark" | "link">) {
    this.#owned.set(id, { ...owned, mark, link: this.#link() })
  }

  get(id: ResourceId): Owned | undefined {
    const owned = this.#owned.get(id)
    return owned === undefined || owned.link !== this.#link() ? undefined : owned
  }

  /** Only when it is this owner's. */
  of(id: ResourceId, owner: Owner): Owned | undefined {
    const owned = this.get(id)
    return owned !== undefined && sameOwner(ownerOf(owned.mark), owner) ? owned : undefined
  }

  forget(id: ResourceId) {
    this.#owned.delete(id)
  }
}
