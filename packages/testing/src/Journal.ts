/**
 * What was asked of the fakes, in which order, and what came of it.
 */
import { Schema } from "effect"

/** A call to a fake, and what came of it. */
export const Entry = Schema.Struct({
  /** `mountpoints.ensure`, `rooms.destroy`, … */
  call: Schema.String,
  /** What it was about: an id. */
  id: Schema.String,
  /** `ok`, or the tag of the error. */
  outcome: Schema.String
})
export type Entry = typeof Entry.Type

export class Journal {
  private list: Array<Entry> = []

  get entries(): ReadonlyArray<Entry> {
    return this.list
  }

  write(entry: Entry): void {
    this.list.push(entry)
  }

  /** As lines, `mountpoints.ensure 12`, of the calls that begin so; only what went well, unless asked otherwise. */
  lines(prefix = "", outcome: "ok" | "any" = "ok"): ReadonlyArray<string> {
    return this.list
      .filter((entry) => entry.call.startsWith(prefix) && (outcome === "any" || entry.outcome === "ok"))
      .map((entry) => `${entry.call} ${entry.id}`)
  }

  clear(): void {
    this.list = []
  }
}
