/**
 * What the doctor finds: how one thing is, what shows it, and what to do about it.
 */

export interface Finding {
  readonly what: string
  /** `absent`: not there, and only some broadcasts need it. `warn`: it will do, and may cost something later. */
  readonly status: "ok" | "absent" | "warn" | "bad"
  readonly evidence: string
  /** What to do, where something is to be done. */
  readonly advice?: string
}

const advised = (status: Finding["status"]) => (what: string, evidence: string, advice: string): Finding => ({
  what,
  status,
  evidence,
  advice
})

export const ok = (what: string, evidence: string): Finding => ({ what, status: "ok", evidence })
export const absent = advised("absent")
export const warn = advised("warn")
export const bad = advised("bad")
