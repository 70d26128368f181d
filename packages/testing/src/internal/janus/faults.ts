// Failures on demand. A rule meets the next requests that match it and then is used up.
import type { Fields } from "./wire.ts"

/** What a predicate sees of a request before it is executed. */
export interface RequestInfo {
  /** The core's word: `create`, `attach`, `message`, `keepalive`, … */
  readonly janus: string
  /** `janus.plugin.streaming` or `janus.plugin.videoroom` for a `message`, and the plugin's word: `create`, `list`, … */
  readonly plugin: string | undefined
  readonly request: string | undefined
  readonly body: Fields
}

/** Which requests are meant. */
export type Matches = (request: RequestInfo) => boolean

interface Rule {
  readonly matches: Matches
  left: number
  readonly effect: Partial<Fault>
}

/** What becomes of one request. */
export interface Fault {
  readonly refuse: { readonly code: number; readonly reason: string } | undefined
  /** Executed, but the answer never leaves. */
  readonly lose: boolean
  readonly delayMillis: number
  /** The connection is cut instead of executing the request, or after executing it and before the answer. */
  readonly drop: "before" | "after" | undefined
}

const NONE: Fault = { refuse: undefined, lose: false, delayMillis: 0, drop: undefined }
const all: Matches = () => true

/** The faults of one server. Rules are kept over `kill` and `restart`. */
export class Faults {
  readonly #rules: Array<Rule> = []

  #add(matches: Matches, times: number, effect: Partial<Fault>) {
    this.#rules.push({ matches, left: times, effect })
  }

  /** The next `times` matching requests are executed, and their answers are lost. */
  loseAnswers(times: number, matches: Matches = all) {
    this.#add(matches, times, { lose: true })
  }

  /** Answers come this much later, in milliseconds; for all matching requests unless `times` is given. */
  delayAnswers(delayMillis: number, matches: Matches = all, times = Number.POSITIVE_INFINITY) {
    this.#add(matches, times, { delayMillis })
  }

  /** The next `times` matching requests are not executed and get this error, a plugin's or the core's own. */
  refuse(times: number, refuse: { readonly code: number; readonly reason: string }, matches: Matches = all) {
    this.#add(matches, times, { refuse })
  }

  /** The connection is cut at the next `times` matching requests: `before` executing them, or `after` it. */
  dropConnection(times: number, matches: Matches = all, drop: "before" | "after" = "before") {
    this.#add(matches, times, { drop })
  }

  clear() {
    this.#rules.length = 0
  }

  /** What the rules say about this request; each rule that matches is used once. */
  take(request: RequestInfo): Fault {
    if (this.#rules.length === 0) return NONE
    let fault = NONE
    for (const rule of this.#rules.slice()) {
      if (!rule.matches(request)) continue
      fault = { ...fault, ...rule.effect }
      if (--rule.left <= 0) this.#rules.splice(this.#rules.indexOf(rule), 1)
    }
    return fault
  }
}
