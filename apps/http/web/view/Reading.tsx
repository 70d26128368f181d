// What can be read of a broadcast, also of one that has ended: its relay's log, or its events, one at a time.
import { History } from "./History.tsx"
import { Logs } from "./Logs.tsx"

export type Reads = "log" | "events" | undefined

const Toggle = ({ isOn, label, name, onToggle }: {
  readonly isOn: boolean
  readonly label: string
  readonly name: string
  readonly onToggle: () => void
}) => <button type="button" class={name} aria-pressed={isOn} onClick={onToggle}>{label}</button>

/** The log is there where there is, or was, a relay. */
export const ReadButtons = ({ hasLog, onRead, reads }: {
  readonly hasLog: boolean
  readonly reads: Reads
  readonly onRead: (reads: Reads) => void
}) => {
  const toggle = (next: Reads) => onRead(reads === next ? undefined : next)
  return (
    <>
      {hasLog && <Toggle name="show-log" label="Log" isOn={reads === "log"} onToggle={() => toggle("log")} />}
      <Toggle name="show-events" label="Events" isOn={reads === "events"} onToggle={() => toggle("events")} />
    </>
  )
}

export const Reading = ({ id, reads }: { readonly id: string; readonly reads: Reads }) =>
  reads === "log" ? <Logs id={id} /> : reads === "events" ? <History id={id} /> : null
