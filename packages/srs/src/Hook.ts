/**
 * What an RTMP server tells of one of its clients, in whichever form: SRS, nginx-rtmp and node-media-server each have
 * their own.
 */
import type { IngestPublisher } from "@headend/core/IngestStatus"

/** Players, connections, and whatever else a server tells; not all of it names a stream. */
export interface OtherHook {
  readonly what: "other"
}

/** What a server tells, or asks, of somebody who publishes. */
export interface PublisherHook {
  /**
   * `asks`: may this client publish? `published`: it does, or is about to. A server with one call for both sends
   * `publish`.
   */
  readonly what: "publish" | "asks" | "published" | "unpublished"
  readonly app: string
  /** The key, without parameters. */
  readonly stream: string
  /** Those behind the key: `token=abc`. Secrets travel there. */
  readonly parameters: ReadonlyArray<readonly [name: string, value: string]>
  readonly client: IngestPublisher
}

export type Hook = PublisherHook | OtherHook

/** The parameters of a query, with or without its question mark. */
export const parametersOf = (query: string): PublisherHook["parameters"] => [...new URLSearchParams(query)]

/** An address without the port that some servers put behind it. */
export const withoutPort = (address: string): string => address.replace(/^(\[.*\]|[^:]*):\d+$/, "$1")
