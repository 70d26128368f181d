/**
 * What is known of an ingest: whether somebody publishes there, who, and what. A status that follows it is shared by all
 * who look, and wakes those who wait for a change.
 */
import { Deferred, Effect } from "effect"

/** Somebody who publishes, as the server names them; null where it does not say. */
export interface IngestPublisher {
  readonly client: string | null
  readonly address: string | null
}

export interface IngestStatus {
  /** Somebody publishes; null: nobody can say. */
  readonly live: boolean | null
  readonly publisher: IngestPublisher | null
  /** In lower case, `h264`, `aac`; none before they are known. */
  readonly codecs: ReadonlyArray<string>
  /** Since when its frames have not grown, milliseconds by the local clock; null while they grow or nobody counts. */
  readonly stuckSince: number | null
  /** Why nobody can say, in words. */
  readonly trouble: string | null
}

/** Nobody could be asked. */
export const unknownStatus: IngestStatus = {
  live: null,
  publisher: null,
  codecs: [],
  stuckSince: null,
  trouble: null
}

/** The server answers: nobody publishes there. */
export const absent: IngestStatus = { ...unknownStatus, live: false }

/** An ingest that is followed. */
export interface IngestWatch {
  /** The same object while nothing changes. */
  readonly now: () => IngestStatus
  /** Waits until it is another than the one that was seen. */
  readonly next: (seen: IngestStatus) => Effect.Effect<IngestStatus>
  /** A relay found nobody there: what was only told is forgotten, what can be asked is asked again. */
  readonly doubt: () => void
}

const isSame = (a: IngestStatus, b: IngestStatus): boolean =>
  a.live === b.live && a.stuckSince === b.stuckSince && a.trouble === b.trouble
  && a.publisher?.client === b.publisher?.client && a.publisher?.address === b.publisher?.address
  && a.codecs.join() === b.codecs.join()

/** A status that is written by one, and followed by others. */
export class Followed implements IngestWatch {
  readonly doubt: () => void
  private status: IngestStatus = unknownStatus
  private changed = Deferred.makeUnsafe<void>()

  constructor(doubt: () => void) {
    this.doubt = doubt
  }

  readonly now = (): IngestStatus => this.status

  readonly next = (seen: IngestStatus): Effect.Effect<IngestStatus> =>
    Effect.suspend(() =>
      this.status === seen
        ? Effect.andThen(Deferred.await(this.changed), this.next(seen))
        : Effect.succeed(this.status)
    )

  set(status: IngestStatus): void {
    if (isSame(this.status, status)) return
    this.status = status
    const before = this.changed
    this.changed = Deferred.makeUnsafe()
    Deferred.doneUnsafe(before, Effect.void)
  }
}
