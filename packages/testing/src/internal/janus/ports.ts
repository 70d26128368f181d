// The UDP ports of the Streaming plugin: handed out in turn from a range, or taken by number. Nothing is really bound.

/** Hands out each port once until it is given back, going round the range like Janus does. */
export class PortRange {
  readonly #first: number
  readonly #last: number
  readonly #taken = new Set<number>()
  #next: number

  constructor(first: number, last: number) {
    this.#first = first
    this.#last = last
    this.#next = first
  }

  /** How many ports are bound at the moment, wherever they came from. */
  get size(): number {
    return this.#taken.size
  }

  /** Takes this port, or the next free one of the range for 0. Undefined when it is taken or the range is used up. */
  take(port: number): number | undefined {
    if (port === 0) return this.#takeNext()
    if (this.#taken.has(port)) return undefined
    this.#taken.add(port)
    return port
  }

  give(port: number) {
    this.#taken.delete(port)
  }

  #takeNext(): number | undefined {
    for (let tries = this.#last - this.#first + 1; tries > 0; tries--) {
      const port = this.#next
      this.#next = port >= this.#last ? this.#first : port + 1
      if (this.#taken.has(port)) continue
      this.#taken.add(port)
      return port
    }
    return undefined
  }
}
