/**
 * What the doctor finds: how one thing is, what shows it, and what to do about it.
 */

export interface Finding {
  readonly what: string
  /** `absent`: not there, and only some broadcasts need it. */
  readonly status: "ok" | "absent" | "bad"
  readonly evidence: string
  /** What to do, where something is to be done. */
  readonly advice?: string
}

export const ok = (what: string, evidence: string): Finding => ({ what, status: "ok", evidence })
export const absent = (what: string, evidence: string, advice: string): Finding => ({
  what,
  status: "absent",
  evidence,
  advice
})
export const bad = (what: string, evidence: string, advice: string): Finding => ({
  what,
  status: "bad",
  evidence,
  advice
})
