// The events of one broadcast, from the log's start on.
import type { BroadcastEvent } from "@headend/core/BroadcastEvent"
import { Effect, Stream } from "effect"
import { Api, guarded } from "./api.ts"

/** Tells each event until interrupted; after a loss it begins again, which `restart` announces. */
export const follow = (
  id: string,
  restart: () => void,
  tell: (event: BroadcastEvent) => void
): Effect.Effect<never, never, Api> =>
  Effect.gen(function*() {
    const api = yield* Api
    const stream = yield* guarded(api.events.of({ params: { id }, headers: {}, query: { after: "start" } }))
    restart()
    yield* Stream.runForEach(stream, ({ data }) => Effect.sync(() => "items" in data ? undefined : tell(data)))
  }).pipe(Effect.ignore, Effect.andThen(Effect.sleep("2 seconds")), Effect.forever)
