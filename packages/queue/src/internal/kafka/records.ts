/**
 * Names, and what travels in the headers of a record. A record that is written again (for a retry, to the dead letters, redriven) carries
 * where it came from and when: the first offer is what counts.
 */
import { type DeadLetter, letter } from "@headend/core/Delivery"
import type { JobSummary } from "@headend/core/Job"
import type { KafkaRecord, Outgoing } from "../../kafka/KafkaPort.ts"

export interface Names {
  readonly jobs: string
  readonly retry: string
  readonly dead: string
  /** Of the consumers. */
  readonly group: string
  /** Of the readers of the dead letters, each with a name of its own behind it. */
  readonly readers: string
}

export const namesOf = (instance: string): Names => ({
  jobs: `headend.${instance}.jobs`,
  retry: `headend.${instance}.jobs.retry`,
  dead: `headend.${instance}.jobs.dead`,
  group: `headend.${instance}.workers`,
  readers: `headend.${instance}.dead-letters.`
})

type Headers = KafkaRecord["headers"]

/** A whole number, or the other one when somebody wrote something else. */
const whole = (text: string | undefined, otherwise: number): number =>
  text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : otherwise

/** Where a job came from, as headers. */
const origin = (record: KafkaRecord): Headers => ({
  id: idOf(record),
  originalTopic: record.headers["originalTopic"] ?? record.topic,
  originalPartition: record.headers["originalPartition"] ?? `${record.partition}`,
  originalOffset: record.headers["originalOffset"] ?? `${record.offset}`,
  originalTimestamp: `${offeredAt(record)}`
})

/** Of the job, the same however often it is written: from its producer, else from where it was written first. */
export const idOf = ({ headers, offset, partition, topic }: KafkaRecord): string =>
  headers["id"] ?? `${topic}-${partition}-${offset}`

export const offeredAt = ({ headers, timestamp }: KafkaRecord): number => whole(headers["originalTimestamp"], timestamp)

/** How often it was tried. */
export const attempts = ({ headers }: KafkaRecord): number => whole(headers["attempts"], 0)

/** Milliseconds since 1970; 0 when it is due at once. */
export const notBefore = ({ headers }: KafkaRecord): number => whole(headers["notBefore"], 0)

/** To be tried again at that time, with so many attempts behind it. */
export const again = (names: Names, record: KafkaRecord, tried: number, at: number, reason: string): Outgoing => ({
  topic: names.retry,
  key: record.key,
  value: record.value,
  headers: { ...origin(record), attempts: `${tried}`, notBefore: `${at}`, reason }
})

/** As it is, at the end of the topic. */
export const later = (names: Names, record: KafkaRecord): Outgoing => ({
  topic: names.retry,
  key: record.key,
  value: record.value,
  headers: { ...record.headers, ...origin(record) }
})

/** Its key is the id of the job, so that a later record can take it back; that of the job itself is in `jobKey`. */
export const dead = (
  names: Names,
  record: KafkaRecord,
  { broadcast, type }: JobSummary,
  tried: number,
  reason: string
): Outgoing => ({
  topic: names.dead,
  key: idOf(record),
  value: record.value ?? "",
  headers: {
    ...origin(record),
    attempts: `${tried}`,
    reason,
    type,
    ...(broadcast === null ? {} : { broadcast }),
    ...(record.key === null ? {} : { jobKey: record.key })
  }
})

/** A dead letter offered again as it was, and taken back from the dead letters. */
export const redriven = (names: Names, record: KafkaRecord): ReadonlyArray<Outgoing> => [
  { topic: names.jobs, key: record.headers["jobKey"] ?? null, value: record.value, headers: origin(record) },
  { topic: names.dead, key: record.key, value: null, headers: {} }
]

const types: ReadonlyArray<DeadLetter["type"]> = ["start_broadcast", "stop_broadcast"]

export const letterOf = (record: KafkaRecord): DeadLetter =>
  letter({
    type: types.find((type) => type === record.headers["type"]) ?? "unreadable",
    broadcast: record.headers["broadcast"] ?? null
  }, {
    id: idOf(record),
    reason: record.headers["reason"] ?? "",
    attempts: attempts(record),
    offeredAt: offeredAt(record),
    failedAt: record.timestamp
  })
