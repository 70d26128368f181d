// Starts that no event has answered yet, by the address of their OBS. OBS tells nobody that it is starting, a second start
// may crash it, and a connection may end in between: so it is remembered beyond the connection, and listened for.
//
// What happens while nobody listens is not told afterwards. A start that was not answered in time and not listened to all
// along hangs or is over; either way another one does no harm.

interface Start {
  /** The run of OBS, as far as it is known, in which it was asked for. */
  readonly run: string | undefined
  /** By the local clock. */
  readonly at: number
  /** Nobody listened for a while. */
  isBlind: boolean
}

export class Starts {
  private readonly pending = new Map<string, Start>()
  private readonly listeners = new Map<string, number>()
  private readonly patience: number

  /** `patience`: how long a start may go unanswered, milliseconds. */
  constructor(patience: number) {
    this.patience = patience
  }

  begin(url: string, run: string | undefined, at: number): void {
    this.pending.set(url, { run, at, isBlind: false })
  }

  /** It has become something, or nobody is there any more who could start. */
  settle(url: string): void {
    this.pending.delete(url)
  }

  /** A connection hears what OBS tells; the result says that it does no more. */
  listen(url: string): () => void {
    this.listeners.set(url, (this.listeners.get(url) ?? 0) + 1)
    let isOver = false
    return () => {
      if (isOver) return
      isOver = true
      const left = (this.listeners.get(url) ?? 1) - 1
      this.listeners.set(url, left)
      const start = this.pending.get(url)
      if (left === 0 && start !== undefined) start.isBlind = true
    }
  }

  /** One is under way in this run of OBS. */
  isPending(url: string, run: string | undefined, now: number): boolean {
    const start = this.pending.get(url)
    if (start === undefined) return false
    if (start.run === run && !(start.isBlind && now - start.at > this.patience)) return true
    this.pending.delete(url)
    return false
  }
}
