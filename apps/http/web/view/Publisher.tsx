// Publishes from this browser into the broadcast, and shows what is sent.
import { Effect } from "effect"
import { useEffect, useRef, useState } from "preact/hooks"
import { camera, drawn, type Picture } from "../media/picture.ts"
import { publish } from "../media/publish.ts"
import type { Progress, Tell } from "../media/session.ts"
import { absolute, bitrate } from "../model/format.ts"
import { useTask } from "./hooks.ts"
import { KeyForm } from "./KeyForm.tsx"

export type What = "picture" | "camera"

/** Makes the picture, and publishes it until interrupted. */
export const publishing = (
  id: string,
  whip: string,
  what: What,
  token: string | undefined,
  see: (picture: Picture) => void,
  tell: Tell
) =>
  Effect.scoped(Effect.gen(function*() {
    tell({ phase: "connecting" })
    const picture = yield* what === "camera" ? camera : drawn(id)
    see(picture)
    yield* publish(id, { address: absolute(whip, location.href), token }, picture, tell)
  })).pipe(
    Effect.catchTag("NoCamera", (error) => {
      tell({ phase: "refused", why: error.message, key: false })
      return Effect.never
    })
  )

const words = (progress: Progress): string => {
  switch (progress.phase) {
    case "connecting":
      return "connecting"
    case "flowing":
      return "publishing"
    case "waiting":
      return "connected"
    case "fake":
      return "taken by the fake Janus, which carries no media"
    case "retrying":
      return `trying again: ${progress.why}`
    case "refused":
      return `not publishing: ${progress.key ? "it wants its token" : progress.why}`
  }
}

/** Beside the words, not among them: who listens to the page would hear nothing else. */
const figures = (progress: Progress): string => {
  if (progress.phase !== "flowing") return ""
  const { bitsPerSecond, framesPerSecond } = progress.rates
  return ` · ${bitrate(bitsPerSecond)}${framesPerSecond === null ? "" : ` · ${framesPerSecond} fps`}`
}

export const Publisher = ({ id, what, whip }: {
  readonly id: string
  readonly what: What
  readonly whip: string
}) => {
  const [progress, tell] = useState<Progress>({ phase: "connecting" })
  const task = useTask()
  const frame = useRef<HTMLDivElement>(null)

  const [tried, setTried] = useState(false)

  const begin = (token: string | undefined) => {
    setTried(token !== undefined)
    task.start(publishing(id, whip, what, token, ({ preview }) => {
      preview.className = "preview"
      frame.current?.replaceChildren(preview)
    }, tell))
  }

  useEffect(() => begin(undefined), [what])

  return (
    <div class="publisher" data-phase={progress.phase}>
      <div ref={frame} class="screen small" role="img" aria-label="What this browser sends" />
      <div>
        <p class="said">
          <span role="status">{words(progress)}</span>
          {figures(progress)}
        </p>
        {progress.phase === "refused" && progress.key && (
          <KeyForm label="Token of this broadcast" again={tried} heir={`unpublish-${id}`} onKey={begin} />
        )}
        <p class="quiet">Sent from this page; it goes on as long as the page is open.</p>
      </div>
    </div>
  )
}
