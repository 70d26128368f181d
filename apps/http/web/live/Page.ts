// What the page shows, in one value with listeners; the views read it, the loops of `follow.ts` and the actions write it.
import type { Health } from "@headend/api/Health"
import type { DeadLetters, Queue } from "@headend/api/Jobs"
import type { Caller } from "@headend/api/Session"
import type { Fleet } from "@headend/api/Workers"
import type { Heard } from "../model/fleet.ts"
import { type Following, start } from "../model/following.ts"
import type { Trends } from "../model/trends.ts"

export interface Page extends Following {
  /** The stream of events: not yet there, there, or lost and tried again. */
  readonly link: "connecting" | "live" | "lost"
  /** Whether a token must be given first. */
  readonly access: "open" | "needed"
  /** What was typed to see fewer broadcasts. */
  readonly filter: string
  /** Since when headend has not answered, in ISO 8601; undefined while it does. */
  readonly silentSince: string | undefined
  /** Who looks at this page; not known at first. */
  readonly caller: Caller | undefined
  readonly health: Health | undefined
  readonly fleet: Fleet | undefined
  /** When it was read, in milliseconds since 1970, and its workers heard of. */
  readonly fleetAt: number
  readonly heard: Heard
  readonly queue: Queue | undefined
  /** The newest jobs that were given up. */
  readonly letters: DeadLetters["items"]
  /** Figures of the last minutes. */
  readonly trends: Trends
}

const listeners = new Set<() => void>()
const blank: Page = {
  ...start,
  link: "connecting",
  access: "open",
  filter: "",
  silentSince: undefined,
  caller: undefined,
  health: undefined,
  fleet: undefined,
  fleetAt: 0,
  heard: new Map(),
  queue: undefined,
  letters: [],
  trends: new Map()
}

let page = blank

export const current = (): Page => page

/** Shows something else, and tells everybody who listens. */
export const change = (how: (page: Page) => Partial<Page>): void => {
  const changed = how(page)
  if (Object.entries(changed).every(([key, value]) => Object.is(page[key as keyof Page], value))) return
  page = { ...page, ...changed }
  for (const listener of listeners) listener()
}

/** Shows nothing of what was known, and asks for a token: somebody else may sit here next. */
export const forget = (): void => change(() => ({ ...blank, access: "needed" }))

/** Calls after each change, until told otherwise. */
export const listen = (listener: () => void): () => void => {
  listeners.add(listener)
  return () => {
    listeners.delete(listener)
  }
}
