// What a broadcast is made of.
import type { Snapshot } from "@headend/core/Snapshot"
import { clock, sourceKind, tracks } from "../model/format.ts"
import { usePage } from "./hooks.ts"

type Fact = readonly [name: string, value: string]

/** The last error, unless a hop says the same. */
const relayFacts = ({ health, relay }: Snapshot): ReadonlyArray<Fact> =>
  relay === null ? [] : [
    ["Relay", relay.pid === null ? relay.kind : `${relay.kind}, process ${relay.pid}`],
    ...(relay.lastError === null || health.hops.some(({ evidence }) => evidence === relay.lastError)
      ? []
      : [["Its last error", relay.lastError] as const])
  ]

const factsOf = (snapshot: Snapshot): ReadonlyArray<Fact> => {
  const { ingest, labels, leftBehind, mountpoint, obs, owner, room, run, source, startedAt } = snapshot
  return [
    ["Source", sourceKind(source.kind)],
    ...(ingest === null ? [] : [["Ingest", [ingest.publishUrl, ...ingest.codecs].join(" · ")] as const]),
    ...(room === null ? [] : [["Room", String(room.id)] as const]),
    ...(mountpoint === null ? [] : [
      ["Mountpoint", String(mountpoint.id)] as const,
      ["Tracks", tracks(mountpoint.media)] as const
    ]),
    ...relayFacts(snapshot),
    ...(owner === null ? [] : [["Worker", owner.worker] as const]),
    ...(startedAt === null ? [] : [["Started", clock(startedAt)] as const]),
    ...(run > 1 ? [["Run", String(run)] as const] : []),
    ...(obs?.warnings ?? []).map((warning) => ["OBS", warning] as const),
    ...leftBehind.map(({ id, kind }) => ["Still there", `${kind} ${id}`] as const),
    ...Object.entries(labels)
  ]
}

/** What the relay takes of its machine. */
const Load = ({ id }: { readonly id: string }) => {
  const progress = usePage((page) => page.progress.get(id))
  const { cpuPercent, memoryMb } = progress ?? {}
  const parts = [
    ...(cpuPercent === undefined ? [] : [`${Math.round(cpuPercent)} % of a core`]),
    ...(memoryMb === undefined ? [] : [`${Math.round(memoryMb)} MB`])
  ]
  return parts.length === 0 ? null : (
    <div>
      <dt>Takes</dt>
      <dd>{parts.join(", ")}</dd>
    </div>
  )
}

export const Facts = ({ snapshot }: { readonly snapshot: Snapshot }) => (
  <dl class="facts">
    {factsOf(snapshot).map(([name, value], i) => (
      <div key={`${i} ${name}`}>
        <dt>
          <bdi>{name}</bdi>
        </dt>
        <dd>
          <bdi>{value}</bdi>
        </dd>
      </div>
    ))}
    {snapshot.relay !== null && <Load id={snapshot.id} />}
  </dl>
)
