// Plays the broadcast in place: muted until one click, connected again by itself.
import type { Snapshot } from "@headend/core/Snapshot"
import { useEffect, useRef, useState } from "preact/hooks"
import type { Progress } from "../media/session.ts"
import { watch } from "../media/watch.ts"
import { absolute, bitrate } from "../model/format.ts"
import { isJanusFake } from "../model/health.ts"
import { usePage, useTask } from "./hooks.ts"
import { KeyForm } from "./KeyForm.tsx"

const words = (progress: Progress, state: Snapshot["state"]): string => {
  switch (progress.phase) {
    case "connecting":
      return "Connecting…"
    case "flowing":
    case "fake":
      return ""
    case "waiting":
      return state === "running" ? "Connected" : `The broadcast is ${state}: no picture now`
    case "retrying":
      return `Connecting again: ${progress.why}`
    case "refused":
      return progress.why
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
  const task = useTask()
  const video = useRef<HTMLVideoElement>(null)

  const begin = (pin: string | undefined) => {
    if (video.current === null) return
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

  const said = fake ? "No picture: Janus is the built-in fake" : words(progress, state)
  return (
    <div class="player" data-phase={fake ? "fake" : progress.phase}>
      <div class="screen">
        <video ref={video} class="player-video" autoplay playsInline aria-label={`Broadcast ${id}`} />
        <p class="over" role="status">{said}</p>
        {!fake && (
          <button type="button" class="mute" aria-pressed={!muted} onClick={listen}>{muted ? "Unmute" : "Mute"}</button>
        )}
      </div>
      <p class="quiet figures">{figures(progress)}</p>
      {progress.phase === "refused" && progress.key && <KeyForm label="Pin of this mountpoint" onKey={begin} />}
    </div>
  )
}
