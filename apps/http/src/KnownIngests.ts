/**
 * The ingests of the broadcasts that are not over, whichever worker owns them. A stored specification is opened once: its
 * ingest is kept here for as long as the run is; a key that is given by reference is read at each look.
 */
import { same } from "@headend/app/ApiTokens"
import type { BroadcastRegistry } from "@headend/core/BroadcastRegistry"
import { isEnded } from "@headend/core/Health"
import { type Ingest, type IngestChoice, streamName, streamParameters } from "@headend/core/Ingest"
import { type Entry, type Page, runKey } from "@headend/core/Lease"
import type { RegistryUnavailable } from "@headend/core/RegistryFailure"
import type { Snapshot } from "@headend/core/Snapshot"
import type { Sources } from "@headend/core/Sources"
import { parametersOf, type PublisherHook } from "@headend/srs/Hook"
import { Effect } from "effect"

/** A broadcast that relays the stream of a hook. */
export interface Match {
  readonly snapshot: Snapshot
  /** The parameters behind the key are right, too. */
  readonly mayPublish: boolean
}

export interface KnownIngests {
  readonly find: (hook: PublisherHook) => Effect.Effect<ReadonlyArray<Match>, RegistryUnavailable>
}

/** An encoder may send more than was asked for; what was asked for must be there. */
const hasParameters = (ingest: Ingest, hook: PublisherHook): boolean => {
  return parametersOf(streamParameters(ingest)).every(([name, asked]) =>
    hook.parameters.some(([key, value]) => key === name && same(asked, value))
  )
}

export const make = (registry: BroadcastRegistry["Service"], sources: Sources["Service"]): KnownIngests => {
  const known = new Map<string, IngestChoice | undefined>()

  const ingestOf = Effect.fnUntraced(function*({ id, run }: Snapshot) {
    const key = runKey(id, run)
    if (known.has(key)) return known.get(key)
    const entry: Entry | undefined = yield* Effect.catchTag(
      registry.getRun(id, run),
      "BroadcastNotFound",
      () => Effect.undefined
    )
    // one that nobody here can read has no ingest that could be compared
    const spec = entry === undefined ? undefined : yield* Effect.orElseSucceed(entry.spec, () => undefined)
    const ingest = spec === undefined ? undefined : sources.ingest(spec.source)
    if (spec !== undefined) known.set(key, ingest)
    return ingest
  })

  const listed = Effect.gen(function*() {
    const all: Array<Snapshot> = []
    for (const source of sources.ingestKinds) {
      let cursor: string | undefined
      do {
        const page: Page = yield* registry.list({ source, limit: 500, ...(cursor === undefined ? {} : { cursor }) })
        all.push(...page.items.filter(({ state }) => !isEnded(state)))
        cursor = page.next ?? undefined
      } while (cursor !== undefined)
    }
    const keys = new Set(all.map(({ id, run }) => runKey(id, run)))
    for (const key of known.keys()) {
      if (!keys.has(key)) known.delete(key)
    }
    return all
  })

  return {
    find: Effect.fnUntraced(function*(hook) {
      const matches: Array<Match> = []
      for (const snapshot of yield* listed) {
        const asked = yield* ingestOf(snapshot)
        // one whose key cannot be read now is nobody's
        const ingest = yield* sources.resolve(asked, "source.ingest").pipe(
          Effect.tapError(({ message }) => Effect.logWarning(`broadcast ${snapshot.id}: ${message}`)),
          Effect.orElseSucceed(() => undefined)
        )
        if (ingest === undefined || ingest.app !== hook.app || !same(streamName(ingest), hook.stream)) continue
        matches.push({ snapshot, mayPublish: hasParameters(ingest, hook) })
      }
      return matches
    })
  }
}
