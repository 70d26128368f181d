/**
 * A job as an entry of the stream has it. Ours are one field, since Redis and its client pay for each: id, time of the offer
 * and attempts, then a line break and the envelope. Whoever adds one by hand gives the envelope alone: its id and its time
 * are those of the entry then.
 */

export interface Item {
  readonly entry: string
  readonly id: string
  readonly envelope: Buffer
  /** Milliseconds. */
  readonly offeredAt: number
  readonly attempt: number
  readonly deliveries: number
  /** By `performance.now()`. */
  readonly readAt: number
}

/** Names and values in turn. */
export type Fields = ReadonlyArray<Buffer>

/** An entry as Redis gives it. */
export type Entry = readonly [entry: Buffer, Fields]

const none = Buffer.alloc(0)

const valueOf = (fields: Fields, name: "h" | "j"): Buffer | undefined => {
  const code = name.charCodeAt(0)
  for (let i = 0; i < fields.length; i += 2) if (fields[i]!.length === 1 && fields[i]![0] === code) return fields[i + 1]
  return undefined
}

const lineBreak = 0x0a

export const itemOf = ([id, fields]: Entry, deliveries: number, readAt: number): Item => {
  const entry = id.toString("latin1")
  const ours = valueOf(fields, "h")
  const end = ours?.indexOf(lineBreak) ?? -1
  const [job = entry, offeredAt = entry.split("-")[0], attempts = 0] = ours?.toString("latin1", 0, end).split(" ") ?? []
  return {
    entry,
    id: job,
    envelope: ours?.subarray(end + 1) ?? valueOf(fields, "j") ?? none,
    offeredAt: Number(offeredAt),
    attempt: Number(attempts) + deliveries,
    deliveries,
    readAt
  }
}
