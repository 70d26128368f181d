// Starts that no event has answered yet, by the address of their OBS. OBS tells nobody that it is starting, a second start
// may crash it, and a connection may be lost in between: so it is remembered beyond the connection.

export class Starts {
  /** The run of OBS, as far as it is known, in which the start was asked for. */
  private readonly pending = new Map<string, { readonly run: string | undefined }>()

  begin(url: string, run: string | undefined): void {
    this.pending.set(url, { run })
  }

  /** It has become something, or nobody is there any more who could start. */
  settle(url: string): void {
    this.pending.delete(url)
  }

  /** One is under way in this run of OBS. */
  isPending(url: string, run: string | undefined): boolean {
    const start = this.pending.get(url)
    if (start === undefined) return false
    if (start.run === run) return true
    this.pending.delete(url)
    return false
  }
}
