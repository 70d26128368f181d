/**
 * The scripts of the registry, and the calls of them.
 */
import type { RegistryUnavailable } from "@headend/core/RegistryFailure"
import type { Effect } from "effect"
import * as owning from "./owning.ts"
import { prelude } from "./prelude.ts"
import * as reading from "./reading.ts"
import * as wanting from "./wanting.ts"

const bodies = { ...wanting, ...owning, ...reading }

export type Name = keyof typeof bodies

export const scripts = Object.fromEntries(
  Object.entries(bodies).map(([name, body]) => [name, { lua: prelude + body, numberOfKeys: 1 }])
)

/** Calls one: what it answers it says in its own words. */
export type Run = <A>(name: Name, ...args: ReadonlyArray<string | number>) => Effect.Effect<A, RegistryUnavailable>

/** So many in one call: a script holds up everybody while it runs. */
export const chunk = 500
