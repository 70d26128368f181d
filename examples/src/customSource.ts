// A source kind from outside headend, with a service of its own: an episode of an archive, by its number. What it opens in
// the end is a `pull`, so it asks that kind to open it.
import * as Broadcast from "@headend/core/Broadcast"
import type { Failure } from "@headend/core/Failure"
import * as Source from "@headend/core/Source"
import { pull } from "@headend/core/source/Pull"
import * as Sources from "@headend/core/Sources"
import { standard } from "@headend/core/StandardSources"
import { Config, Context, Effect, Layer, Redacted, Schema } from "effect"
import * as Station from "./Station.ts"

export class EpisodeMissing extends Schema.TaggedError<EpisodeMissing>()("EpisodeMissing", { episode: Schema.Int }) {
  override get message() {
    return `the archive has no episode ${this.episode}`
  }
  get failure(): Failure {
    return { code: "episode_missing", hop: "ingest", fault: "caller" } // never tried again
  }
}

export class Archive extends Context.Service<Archive, {
  readonly locate: (episode: number) => Effect.Effect<Redacted.Redacted, EpisodeMissing>
}>()("example/Archive") {
  static readonly layer = Layer.effect(
    Archive,
    Effect.gen(function*() {
      const base = yield* Config.String("ARCHIVE_URL").pipe(Config.withDefault("http://127.0.0.1:8000/episodes"))
      return {
        locate: (episode: number) =>
          episode > 100
            ? Effect.fail(new EpisodeMissing({ episode }))
            : Effect.succeed(Redacted.make(`${base}/${episode}.mp4`))
      }
    })
  )
}

export const archive = Source.make({
  ...pull,
  kind: "archive",
  schema: Schema.Struct({ kind: Schema.tag("archive"), episode: Schema.Int.check(Schema.isGreaterThan(0)) }),
  open: ({ episode }, opening) =>
    Effect.flatMap(
      Archive.use((archive) => archive.locate(episode)),
      (url) => pull.open({ kind: "pull", url, loop: true }, opening)
    ),
  plan: ({ episode }) => Effect.succeed({ steps: [{ hop: "relay", does: `relay episode ${episode}` }], warnings: [] }),
  check: () => Effect.succeed([]),
  cost: () => 0.5,
  restart: () => undefined,
  ingest: () => undefined
})

/** All kinds that need no relay, and ours. A specification of another kind does not compile. */
export const sources = Sources.make([...standard.kinds, archive])

export const program = Effect.gen(function*() {
  const broadcast = yield* Broadcast.open(sources, { source: { kind: "archive", episode: 7 } })
  return yield* Station.follow(broadcast)
}).pipe(Effect.scoped)

if (import.meta.main) {
  program.pipe(Effect.provide([Archive.layer, Station.all]), Station.run)
}
