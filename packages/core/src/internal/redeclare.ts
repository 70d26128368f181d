/**
 * The registry says that a lease is lost, but may have lost its own data: then nobody owns the broadcast there, while
 * Janus still carries our epoch. Such a one is declared again. Against a higher epoch, or a later run, that changes
 * nothing: the registry answers `lost`.
 */
import { Effect } from "effect"
import type { BroadcastRegistry } from "../BroadcastRegistry.ts"
import type { Keyring } from "../Keyring.ts"
import type { Mountpoints } from "../Mountpoints.ts"
import type { RegistryUnavailable } from "../RegistryFailure.ts"
import type { Sources } from "../Sources.ts"
import { declaration } from "./declaration.ts"
import { hasOurEpoch } from "./hold.ts"
import type { Owned } from "./owned.ts"

export interface Services {
  readonly registry: BroadcastRegistry["Service"]
  readonly mountpoints: Mountpoints["Service"]
  readonly sources: Sources["Service"]
  readonly keyring: Keyring["Service"]
}

/** Whether it is ours again. What is being taken down is left to the sweep. */
export const redeclare = Effect.fnUntraced(function*(
  o: Owned,
  { keyring, mountpoints, registry, sources }: Services
): Effect.fn.Return<boolean, RegistryUnavailable> {
  const { claim } = o
  if (claim.wanted === "stopped" || o.doing !== "onAir") return false
  const id = o.placed?.mountpoint.created === true ? o.placed.mountpoint.id : undefined
  const isOurs = id === undefined ? "unknown" : yield* hasOurEpoch(o, id, mountpoints)
  if (isOurs === false || (isOurs === "unknown" && id !== undefined && !o.isSure())) return false
  const request = { key: `${claim.id}/${claim.run}/again`, jobId: null, offeredAt: claim.declaredAt }
  const declared = yield* declaration(claim.spec, claim.id, request, { sources, keyring })
  const now = {
    ...claim,
    held: o.held,
    state: o.state,
    startedAt: o.startedAt,
    leftBehind: o.leftBehind,
    mountpoint: o.placed?.mountpoint ?? claim.mountpoint
  }
  if ((yield* registry.adopt({ ...declared, keyId: claim.keyId, cost: claim.cost }, now)) === "lost") return false
  o.forgetSaid()
  return true
})
