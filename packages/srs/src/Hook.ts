/**
 * What an RTMP server tells of one of its clients, in whichever form: SRS, nginx-rtmp and node-media-server each have
 * their own.
 */
import type { IngestPublisher } from "@headend/core/IngestStatus"

export interface Hook {
  /**
   * `asks`: may this client publish? `published`: it does, or is about to. A server with one call for both sends
   * `publish`. Players, and whatever else it tells, are `other`.
   */
  readonly what: "publish" | "asks" | "published" | "unpublished" | "other"
  readonly app: string
  /** The key, without parameters. */
  readonly stream: string
  /** Those behind the key: `token=abc`. Secrets travel there. */
  readonly parameters: ReadonlyArray<readonly [name: string, value: string]>
  readonly client: IngestPublisher
}

/** The parameters of a query, with or without its question mark. */
export const parametersOf = (query: string): Hook["parameters"] => [...new URLSearchParams(query)]

/** The same parameters, in whichever order. */
export const canonical = (parameters: Hook["parameters"]): string =>
  JSON.stringify(parameters.toSorted(([a, x], [b, y]) => (a === b ? (x < y ? -1 : 1) : a < b ? -1 : 1)))

/** An address without the port that some servers put behind it. */
export const withoutPort = (address: string): string => address.replace(/^(\[.*\]|[^:]*):\d+$/, "$1")
