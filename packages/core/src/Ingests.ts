/**
 * Ingests: whether somebody publishes to an RTMP server, who, and what. Knowing makes a broadcast quick; without it, a
 * relay that finds nobody still tells.
 */
import { Context, Effect, Layer, type Scope } from "effect"
import type { ServerUnavailable, Unauthorized } from "./Failure.ts"
import { type Ingest } from "./Ingest.ts"
import { IngestNews } from "./IngestNews.ts"
import { type IngestStatus, type IngestWatch, unknownStatus } from "./IngestStatus.ts"
import type { PlanStep } from "./Plan.ts"

export class Ingests extends Context.Service<Ingests, {
  /** Follows it until the scope closes. A server that cannot be asked is no failure: the status says so then. */
  readonly watch: (ingest: Ingest) => Effect.Effect<IngestWatch, never, Scope.Scope>

  /** Asks the server now. Where there is none to ask, nobody can say. */
  readonly find: (ingest: Ingest) => Effect.Effect<IngestStatus, ServerUnavailable | Unauthorized>

  /** Ends the connection of whoever publishes; whether there was one. An encoder comes back: it is no ban. */
  readonly kick: (ingest: Ingest) => Effect.Effect<boolean, ServerUnavailable | Unauthorized>

  /** What `watch` would ask of the server, redacted; touches nothing. */
  readonly plan: (ingest: Ingest) => Effect.Effect<ReadonlyArray<PlanStep>>
}>()("@headend/core/Ingests") {}

/** Knows what hooks tell, and no server to ask. */
export const layerNews: Layer.Layer<Ingests, never, IngestNews> = Layer.effect(
  Ingests,
  Effect.map(IngestNews, (news) =>
    Ingests.of({
      watch: news.follow,
      find: () => Effect.succeed(unknownStatus),
      kick: () => Effect.succeed(false),
      plan: () => Effect.succeed([])
    }))
)
