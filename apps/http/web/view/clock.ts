// One clock for everything on the page that counts: hundreds of timers would each wake the page.
const watchers = new Set<() => void>()
let timer: ReturnType<typeof setInterval> | undefined

/** Calls each second, until told otherwise. */
export const eachSecond = (watcher: () => void): () => void => {
  watchers.add(watcher)
  timer ??= setInterval(() => {
    for (const one of watchers) one()
  }, 1_000)
  return () => {
    watchers.delete(watcher)
    if (watchers.size > 0) return
    clearInterval(timer)
    timer = undefined
  }
}
