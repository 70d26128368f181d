/**
 * What the queue needs of a Kafka client, and no more: so that the client can be replaced. Offsets are those of the next
 * record to read, where they are committed or asked for.
 */
import type { QueueUnavailable } from "@headend/core/Delivery"
import { Context, type Effect, Schema, type Scope } from "effect"

/** A partition of a topic. */
export interface Partition {
  readonly topic: string
  readonly partition: number
}

/** A record as it was read. */
export interface KafkaRecord extends Partition {
  readonly offset: bigint
  readonly key: string | null
  /** Null takes back what was written under the key before. */
  readonly value: string | null
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds since 1970, by the broker's clock where the topic has `LogAppendTime`. */
  readonly timestamp: number
}

/** A record as it is written. */
export type Outgoing = Pick<KafkaRecord, "topic" | "key" | "value" | "headers">

/** Somebody who reads in a group. */
export interface Member {
  readonly group: string
  readonly topics: ReadonlyArray<string>
  /** A member that says nothing for so long is taken its partitions away. */
  readonly sessionTimeoutMs: number
  /** The group is about to share out its partitions anew: what is finished had better be committed. */
  readonly onMeeting?: () => void
  /** All that this member has from now on: what is not named belongs to others. Reading begins at what is committed. */
  readonly onAssigned: (partitions: ReadonlyArray<Partition>) => void
  /** In their order; `next` is where reading goes on. Records that were read and not committed come again. */
  readonly onRecords: (from: Partition, records: ReadonlyArray<KafkaRecord>, next: bigint) => void
}

/** What a member may do. */
export interface Membership {
  readonly commit: (
    offsets: ReadonlyArray<Partition & { readonly offset: bigint }>
  ) => Effect.Effect<void, QueueUnavailable>
  /** Reads no more of a partition, and keeps it. */
  readonly pause: (partition: Partition) => void
  readonly resume: (partition: Partition) => void
  /** Ends when the client has given up. */
  readonly lost: Effect.Effect<never, QueueUnavailable>
}

/** The first offset of a partition, and the one after its last. */
export interface Bounds extends Partition {
  readonly low: bigint
  readonly high: bigint
}

export class KafkaPort extends Context.Service<KafkaPort, {
  /** The topics there are, as far as we may see them. */
  readonly topics: Effect.Effect<ReadonlySet<string>, QueueUnavailable | KafkaRefused>
  /** Written to all replicas in sync when it succeeds; when it fails, some may have been written. One call at a time. */
  readonly send: (records: ReadonlyArray<Outgoing>) => Effect.Effect<void, QueueUnavailable>
  /** Reads as a member of a group, from the beginning where nothing was committed, and leaves it with the scope. */
  readonly join: (member: Member) => Effect.Effect<Membership, QueueUnavailable, Scope.Scope>
  readonly bounds: (topic: string) => Effect.Effect<ReadonlyArray<Bounds>, QueueUnavailable>
  /** Of each partition the first record that is no older than this, milliseconds since 1970; its end when there is none. */
  readonly since: (
    topic: string,
    timestamp: number
  ) => Effect.Effect<ReadonlyArray<Partition & { readonly offset: bigint }>, QueueUnavailable>
  /** What the group has committed, also while nobody is in it; a partition without a commit is absent. */
  readonly committed: (
    group: string,
    topics: ReadonlyArray<string>
  ) => Effect.Effect<ReadonlyArray<Partition & { readonly offset: bigint }>, QueueUnavailable>
}>()("@headend/queue/kafka/KafkaPort") {}

/** The broker is there and lets us do nothing: trying again cannot help. */
export class KafkaRefused extends Schema.TaggedError<KafkaRefused>()("KafkaRefused", { reason: Schema.String }) {
  override get message() {
    return `Kafka cannot be used: ${this.reason}`
  }
}
