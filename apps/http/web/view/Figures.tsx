// What a relay moves now, and how that was over the last minutes.
import type { Snapshot } from "@headend/core/Snapshot"
import { bitrate } from "../model/format.ts"
import { line, type Sample } from "../model/trends.ts"
import { usePage } from "./hooks.ts"

const [width, height] = [96, 22]

const Spark = ({ label, values }: { readonly label: string; readonly values: ReadonlyArray<number | null> }) =>
  values.length < 2 ?
    null :
    (
      <svg
        class="spark"
        viewBox={`0 -1 ${width} ${height + 2}`}
        width={width}
        height={height}
        role="img"
        aria-label={label}
      >
        <polyline points={line(values, width, height)} />
      </svg>
    )

const none: ReadonlyArray<Sample> = []

export const Figures = ({ snapshot }: { readonly snapshot: Snapshot }) => {
  const samples = usePage((page) => page.trends.get(snapshot.id) ?? none)
  const { relay } = snapshot
  const progress = relay?.progress
  if (relay === null || progress === null || progress === undefined) return null
  const { bitrateKbps, drops = 0, dups = 0, fps, speed } = progress
  return (
    <div class="live-figures">
      {bitrateKbps !== undefined && (
        <span class="figure" data-figure="bitrate">
          {bitrate(bitrateKbps * 1_000)} <Spark label="Bit rate" values={samples.map(({ kbps }) => kbps)} />
        </span>
      )}
      {fps !== undefined && (
        <span class="figure" data-figure="fps">
          {Math.round(fps)} fps <Spark label="Frames per second" values={samples.map((one) => one.fps)} />
        </span>
      )}
      {speed !== undefined && speed < 0.95 && <span class="figure warn">speed {speed.toFixed(2)}</span>}
      {drops + dups > 0 && <span class="figure warn">{drops} dropped, {dups} doubled</span>}
      {relay.restarts > 0 && <span class="figure quiet">{relay.restarts} restarts</span>}
    </div>
  )
}
