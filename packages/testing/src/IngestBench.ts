/**
 * What the contract suite of ingests needs beside the port: people who publish, and a server that can go away.
 */
import type { Ingest } from "@headend/core/Ingest"
import { Context, type Effect } from "effect"

export class IngestBench extends Context.Service<IngestBench, {
  /** An ingest that no other test has, on a server that can be asked. */
  readonly ingest: Effect.Effect<Ingest>
  /** One on a server that nobody can ask. */
  readonly mute: Effect.Effect<Ingest>
  /** Somebody publishes H.264 and AAC; the client's id as the server knows it. */
  readonly publish: (ingest: Ingest) => Effect.Effect<string>
  readonly unpublish: (ingest: Ingest) => Effect.Effect<void>
  /** The server's API is out of reach, or back. */
  readonly reachable: (isReachable: boolean) => Effect.Effect<void>
}>()("@headend/testing/IngestBench") {}
