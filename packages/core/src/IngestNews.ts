/**
 * What RTMP servers tell by their hooks, for those in this process who follow an ingest. Nothing is kept for those who
 * come later: they look for themselves.
 */
import { Context, Effect, Layer, type Scope } from "effect"
import { type Ingest, streamName } from "./Ingest.ts"
import { absent, Followed, type IngestPublisher, type IngestWatch, unknownStatus } from "./IngestStatus.ts"

/** A publisher who came or went. */
export interface IngestReport {
  readonly what: "published" | "unpublished"
  readonly app: string
  /** The stream's name: the key, without parameters. */
  readonly stream: string
  readonly publisher: IngestPublisher
}

export class IngestNews extends Context.Service<IngestNews, {
  /** How many in this process follow that ingest, and know it now. */
  readonly tell: (report: IngestReport) => Effect.Effect<number>
  /** Unknown until the first report. A server is not told from another that has the same application and stream. */
  readonly follow: (ingest: Ingest) => Effect.Effect<IngestWatch, never, Scope.Scope>
}>()("@headend/core/IngestNews") {}

/** One ingest that somebody follows. A server may tell of a second publisher, refuse it, and tell that it has left. */
class Heard {
  followers = 0
  private readonly publishers = new Map<string | null, IngestPublisher>()
  /** A server that was killed told nobody who left with it. */
  readonly followed = new Followed(() => {
    this.publishers.clear()
    this.followed.set(unknownStatus)
  })

  hear({ publisher, what }: IngestReport): void {
    if (what === "published") this.publishers.set(publisher.client, publisher)
    else this.publishers.delete(publisher.client)
    const [first] = this.publishers.values()
    this.followed.set(first === undefined ? absent : { ...absent, live: true, publisher: first })
  }
}

export const layer: Layer.Layer<IngestNews> = Layer.sync(IngestNews, () => {
  const heard = new Map<string, Heard>()
  return IngestNews.of({
    tell: (report) =>
      Effect.sync(() => {
        const one = heard.get(`${report.app}/${report.stream}`)
        one?.hear(report)
        return one?.followers ?? 0
      }),
    follow: (ingest) => {
      const key = `${ingest.app}/${streamName(ingest)}`
      return Effect.map(
        Effect.acquireRelease(
          Effect.sync(() => {
            const one = heard.get(key) ?? new Heard()
            heard.set(key, one)
            one.followers++
            return one
          }),
          (one) =>
            Effect.sync(() => {
              if (--one.followers === 0) heard.delete(key)
            })
        ),
        ({ followed }) => followed
      )
    }
  })
})
