// How views read the page's state and run effects.
import { Effect, Fiber } from "effect"
import type { HttpClient } from "effect/http"
import type { RefObject } from "preact"
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks"
import { answered, type Api, type Failed, inWords, runtime } from "../live/api.ts"
import { current, listen, type Page } from "../live/Page.ts"
import { serverNow } from "../live/time.ts"
import { eachSecond } from "./clock.ts"

/** A part of the page's state; the view is drawn again when that part becomes another. */
export const usePage = <A>(select: (page: Page) => A): A => {
  const [, draw] = useState({})
  const selected = select(current())
  const shown = useRef(selected)
  const latest = useRef(select)
  shown.current = selected
  latest.current = select
  useEffect(() =>
    listen(() => {
      if (!Object.is(latest.current(current()), shown.current)) draw({})
    }), [])
  return selected
}

/** Whether this page may only look: what it may not do is not offered. */
export const useReadOnly = (): boolean => usePage((page) => page.caller?.scope === "read")

/** Time now at the server, for what says how long something lasts; looked at each second, drawn again when the text is another. */
export const useTicking = (text: (now: number) => string): string => {
  const [, draw] = useState({})
  const shown = text(serverNow())
  const last = useRef(shown)
  const latest = useRef(text)
  last.current = shown
  latest.current = text
  useEffect(() =>
    eachSecond(() => {
      if (latest.current(serverNow()) !== last.current) draw({})
    }), [])
  return shown
}

type Needs = Api | HttpClient.HttpClient

export interface Action {
  readonly busy: boolean
  readonly failed: Failed | undefined
  readonly run: <A, E>(effect: Effect.Effect<A, E, Needs>, done?: (value: A) => void) => void
  readonly clear: () => void
}

/** Runs one effect at a time, and keeps its failure to be shown. */
export const useAction = (): Action => {
  const [busy, setBusy] = useState(false)
  const [failed, setFailed] = useState<Failed>()
  return {
    busy,
    failed,
    run: (effect, done) => {
      if (busy) return
      setBusy(true)
      setFailed(undefined)
      runtime.runFork(Effect.match(answered(effect), {
        onSuccess: (value) => {
          setBusy(false)
          done?.(value)
        },
        onFailure: (error) => {
          setBusy(false)
          setFailed(inWords(error))
        }
      }))
    },
    clear: () => setFailed(undefined)
  }
}

export interface Task {
  readonly start: (effect: Effect.Effect<unknown, never, Needs>) => void
  readonly stop: () => void
}

/** Something that goes on until it is stopped, another takes its place, or the view goes away. */
export const useTask = (): Task => {
  const fiber = useRef<Fiber.Fiber<unknown> | undefined>(undefined)
  const stop = () => {
    const before = fiber.current
    fiber.current = undefined
    if (before !== undefined) Effect.runFork(Fiber.interrupt(before))
  }
  useEffect(() => stop, [])
  return {
    stop,
    start: (effect) => {
      stop()
      fiber.current = runtime.runFork(effect)
    }
  }
}

/** When this goes while the focus is in it, the focus goes to the element of that id, and not to the page's start. */
export const useHeir = (element: RefObject<Element | null>, heir: string): void =>
  useLayoutEffect(() => {
    const mine = element.current
    return () => {
      if (mine?.contains(document.activeElement)) document.getElementById(heir)?.focus({ preventScroll: true })
    }
  }, [])

/** The last value that was not null: what is absent for a moment stays shown. */
export const useLast = <A>(value: A | null): A | null => {
  const last = useRef(value)
  if (value !== null) last.current = value
  return last.current
}
