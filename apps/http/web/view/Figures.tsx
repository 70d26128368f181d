// What a relay moves now, and how that was over the last minutes; drawn while it is on the screen.
import type { Snapshot } from "@headend/core/Snapshot"
import { useRef } from "preact/hooks"
import { bitrate, counted, whole } from "../model/format.ts"
import type { Progress } from "../model/progress.ts"
import { line, type Sample } from "../model/trends.ts"
import { usePage } from "./hooks.ts"
import { useOnScreen } from "./onScreen.ts"

const [width, height] = [96, 22]

const Spark = ({ label, values }: { readonly label: string; readonly values: ReadonlyArray<number | null> }) => {
  if (values.length < 2) return null
  const points = line(values, width, height)
  return (
    <svg
      class="spark"
      viewBox={`0 -1 ${width} ${height + 2}`}
      width={width}
      height={height + 2}
      role="img"
      aria-label={label}
    >
      <polygon points={`0,${height} ${points} ${width},${height}`} />
      <polyline points={points} />
    </svg>
  )
}

const none: ReadonlyArray<Sample> = []

const Numbers = ({ progress, restarts, samples }: {
  readonly progress: Progress
  readonly restarts: number
  readonly samples: ReadonlyArray<Sample>
}) => {
  const { bitrateKbps, drops = 0, dups = 0, fps, speed } = progress
  return (
    <>
      {bitrateKbps !== undefined && (
        <span class="figure" data-figure="bitrate">
          {bitrate(bitrateKbps * 1_000)}{" "}
          <Spark label="Bit rate, last minutes" values={samples.map((one) => one.kbps)} />
        </span>
      )}
      {fps !== undefined && (
        <span class="figure" data-figure="fps">
          {Math.round(fps)} fps <Spark label="Frames per second, last minutes" values={samples.map((one) => one.fps)} />
        </span>
      )}
      {speed !== undefined && speed < 0.95 && <span class="figure warn">speed {speed.toFixed(2)}</span>}
      {drops > 0 && <span class="figure warn">{whole(drops)} dropped</span>}
      {dups > 0 && <span class="figure warn">{whole(dups)} doubled</span>}
      {restarts > 0 && <span class="figure quiet">{counted(restarts, "restart")}</span>}
    </>
  )
}

export const Figures = ({ snapshot: { id, relay } }: { readonly snapshot: Snapshot }) => {
  const frame = useRef<HTMLDivElement>(null)
  const isOnScreen = useOnScreen(frame)
  const progress = usePage((page) => isOnScreen ? page.progress.get(id) : undefined)
  const samples = usePage((page) => isOnScreen ? page.trends.get(id) ?? none : none)
  return (
    <div ref={frame} class="live-figures">
      {relay !== null && progress !== undefined && (
        <Numbers progress={progress} restarts={relay.restarts} samples={samples} />
      )}
    </div>
  )
}
