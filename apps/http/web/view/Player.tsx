// Plays the broadcast in place: muted until one click, connected again by itself.
import type { Snapshot } from "@headend/core/Snapshot"
import { useEffect, useRef, useState } from "preact/hooks"
import type { Progress } from "../media/session.ts"
import { watch } from "../media/watch.ts"
import { absolute, bitrate } from "../model/format.ts"
import { isJanusFake } from "../model/health.ts"
import { usePage, useTask } from "./hooks.ts"
import { KeyForm } from "./KeyForm.tsx"

/** The server's words are for callers of the API: here it is a pin that is asked for. */
const refusal = (why: string, key: boolean, tried: boolean): string =>
  key ? (tried ? "This is not its pin" : "To watch it, its pin is needed") : why

const words = (progress: Progress, state: Snapshot["state"], tried: boolean): string => {
  const noPicture = `The broadcast is ${state}: no picture now`
  switch (progress.phase) {
    case "connecting":
      return "Connecting…"
    case "flowing":
    case "fake":
      return ""
    case "waiting":
      return state === "running" ? "Connected" : noPicture
    case "retrying":
      return state === "stopping" ? noPicture : `Connecting again: ${progress.why}`
    case "refused":
      return refusal(progress.why, progress.key, tried)
  }
}

const figures = (progress: Progress): string => {
  if (progress.phase !== "flowing") return ""
  const { bitsPerSecond, framesPerSecond } = progress.rates
  return `${bitrate(bitsPerSecond)}${framesPerSecond === null ? "" : ` · ${framesPerSecond} fps`}`
}

export const Player = ({ id, state, whep }: {
  readonly id: string
  readonly state: Snapshot["state"]
  readonly whep: string
}) => {
  const fake = usePage((page) => isJanusFake(page.health))
  const [progress, tell] = useState<Progress>({ phase: "connecting" })
  const [muted, setMuted] = useState(true)
  const [tried, setTried] = useState(false)
  const task = useTask()
  const video = useRef<HTMLVideoElement>(null)

  const begin = (pin: string | undefined) => {
    if (video.current === null) return
    setTried(pin !== undefined)
    task.start(watch(id, { address: absolute(whep, location.href), token: pin }, video.current, tell))
  }

  useEffect(() => {
    if (video.current !== null) video.current.muted = true
    if (fake) task.stop()
    else begin(undefined)
  }, [fake])

  const listen = () => {
    if (video.current === null) return
    video.current.muted = !muted
    setMuted(!muted)
  }

  const said = fake ? "No picture: Janus is the built-in fake" : words(progress, state, tried)
  return (
    <div class="player" data-phase={fake ? "fake" : progress.phase}>
      <div class="screen">
        <video ref={video} class="player-video" autoplay playsInline aria-label={`Broadcast ${id}`} />
        <p class="over" role="status">{said}</p>
        {!fake && <button type="button" class="mute" onClick={listen}>{muted ? "Unmute" : "Mute"}</button>}
      </div>
      <p class="quiet figures">{figures(progress)}</p>
      {progress.phase === "refused" && progress.key && (
        <KeyForm label="Pin of this mountpoint" again={tried} heir={`watch-${id}`} onKey={begin} />
      )}
    </div>
  )
}
