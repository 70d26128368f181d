// Waits for what the page knows.
import { Effect } from "effect"
import { listen } from "./Page.ts"

/** Done as soon as this holds. */
export const until = (is: () => boolean): Effect.Effect<void> =>
  Effect.callback<void>((resume) => {
    if (is()) return resume(Effect.void)
    const stop = listen(() => {
      if (!is()) return
      stop()
      resume(Effect.void)
    })
    return Effect.sync(stop)
  })
