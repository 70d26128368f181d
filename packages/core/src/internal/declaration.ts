/**
 * A broadcast that is wanted, as registries take it: with the fingerprint of its specification, and masked for everybody.
 */
import { Effect } from "effect"
import type { BroadcastId, BroadcastSpec } from "../BroadcastSpec.ts"
import type { Keyring } from "../Keyring.ts"
import type { Declaration, StartRequest } from "../Lease.ts"
import type { Sources } from "../Sources.ts"
import { canonical } from "./canonical.ts"
import { mask } from "./mask.ts"

export const declaration = (
  given: BroadcastSpec,
  id: BroadcastId,
  request: StartRequest,
  { keyring, sources }: { readonly sources: Sources["Service"]; readonly keyring: Keyring["Service"] }
): Effect.Effect<Declaration> => {
  const spec = { ...given, id }
  const encoded = sources.encode(spec)
  return Effect.map(keyring.fingerprints(canonical(encoded)), ([fingerprint, ...olderFingerprints]) => ({
    id,
    spec,
    fingerprint,
    olderFingerprints,
    keyId: keyring.keyId,
    masked: mask(spec, encoded),
    cost: sources.cost(spec.source),
    request
  }))
}
