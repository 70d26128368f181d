// What a broadcast is made of.
import type { Snapshot } from "@headend/core/Snapshot"
import { sourceKind, tracks } from "../model/format.ts"

export const Facts = ({ snapshot }: { readonly snapshot: Snapshot }) => {
  const { labels, mountpoint, owner, relay, run, source } = snapshot
  const facts: ReadonlyArray<readonly [string, string]> = [
    ["Source", sourceKind(source.kind)],
    ...(mountpoint === null ? [] : [
      ["Mountpoint", String(mountpoint.id)] as const,
      ["Tracks", tracks(mountpoint.media)] as const
    ]),
    ...(relay === null
      ? []
      : [["Relay", relay.pid === null ? relay.kind : `${relay.kind}, process ${relay.pid}`] as const]),
    ...(owner === null ? [] : [["Worker", owner.worker] as const]),
    ...(run > 1 ? [["Run", String(run)] as const] : []),
    ...Object.entries(labels)
  ]
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}
