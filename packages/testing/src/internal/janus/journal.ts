// What the server was asked, in the order in which it was executed, with every secret taken out.
import type { RequestInfo } from "./faults.ts"
import { type Fields, isFields } from "./wire.ts"

/** A request that was answered. */
export interface JournalEntry extends RequestInfo {
  /** Milliseconds of the server's clock. */
  readonly at: number
  readonly session: number | undefined
  readonly handle: number | undefined
  /** 0 for success, otherwise the error code of the core or of the plugin. */
  readonly code: number
  readonly error: string | undefined
  /** False when a fault kept it from being executed. */
  readonly executed: boolean
}

const SECRET = new Set([
  "secret",
  "new_secret",
  "pin",
  "new_pin",
  "admin_key",
  "token",
  "apisecret",
  "srtpcrypto",
  "srtp_crypto",
  "rtsp_pwd"
])

/** The same request without its secrets. */
export const redact = (fields: Fields): Fields => {
  const out: Fields = {}
  for (const name in fields) {
    const value = fields[name]
    if (SECRET.has(name)) out[name] = "<redacted>"
    else if (name === "url" && typeof value === "string") out[name] = value.replace(/\/\/[^/@]*@/, "//<redacted>@")
    else if (Array.isArray(value)) out[name] = value.map((one) => isFields(one) ? redact(one) : one)
    else out[name] = value
  }
  return out
}

/** The latest entries, oldest first; at most `limit` of them. */
export class Journal {
  readonly #limit: number
  #entries: Array<JournalEntry> = []

  constructor(limit: number) {
    this.#limit = limit
  }

  get entries(): ReadonlyArray<JournalEntry> {
    return this.#entries
  }

  add(entry: JournalEntry) {
    this.#entries.push({ ...entry, body: redact(entry.body) })
    if (this.#entries.length >= this.#limit * 2) this.#entries = this.#entries.slice(-this.#limit)
  }

  clear() {
    this.#entries = []
  }
}
