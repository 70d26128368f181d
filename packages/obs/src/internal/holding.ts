// Who drives an OBS: told from worker to worker over OBS itself, by custom events that every client of it hears.
//
// Who wants it asks, and waits a moment for somebody to say that they have it; of two who ask at once the earlier wins, and
// asks again for whoever was not there yet when it did. No answer of a dead process is waited for, and nothing is left in
// OBS. A holder that hears a newer owner of its own run lets go.
import { EncoderBusy } from "@headend/core/EncoderFailure"
import type { Purpose } from "@headend/core/Encoders"
import { Superseded } from "@headend/core/Failure"
import { type Mark, sameOwner } from "@headend/core/Mark"
import { Clock, Deferred, Effect, Option, Schema } from "effect"
import type { RequestFailure } from "../ObsError.ts"
import type { Event } from "../ObsProtocol.ts"
import type { ObsSocket } from "../ObsSocket.ts"

const Word = Schema.Struct({
  headend: Schema.Struct({
    v: Schema.Literal(1),
    /** `ask`: who has it? `have`: I. */
    says: Schema.Literals(["ask", "have"]),
    token: Schema.String,
    /** When its holding began or was asked for, in milliseconds of the wall clock. */
    since: Schema.Finite,
    purpose: Schema.Literals(["publish", "restore"]),
    instance: Schema.String,
    broadcast: Schema.String,
    run: Schema.Int,
    epoch: Schema.Int
  })
})
type Word = typeof Word.Type["headend"]
const decode = Schema.decodeUnknownOption(Word)

/** After our own question came back, so that others have heard it as well: milliseconds. */
const patience = 250
/** For those who give it back to come to an end. */
const restoring = 15_000

/** Who has it, in this process. */
export interface Local {
  readonly token: string
  readonly mark: Mark
  readonly purpose: Purpose
}

export class Holdings {
  private readonly local = new Map<string, Local>()

  /** Takes it in this process, at once or not at all; who gives it back is waited for. The result lets go. */
  take(url: string, wanted: Local): Effect.Effect<() => void, EncoderBusy> {
    const attempt = Effect.suspend(() => {
      const other = this.local.get(url)
      // our own run has ended what it did here before it does something new
      if (other !== undefined && !sameOwner(other.mark, wanted.mark)) {
        return Effect.fail(busy(url, other.mark, other.purpose))
      }
      this.local.set(url, wanted)
      return Effect.succeed(() => {
        if (this.local.get(url)?.token === wanted.token) this.local.delete(url)
      })
    })
    return patiently(attempt)
  }
}

const busy = (encoder: string, mark: Pick<Mark, "instance" | "broadcast">, purpose: Purpose) =>
  new EncoderBusy({
    encoder,
    reason: `broadcast ${mark.broadcast} of instance ${mark.instance} ${purpose === "publish" ? "uses it" : givesBack}`
  })

const givesBack = "gives it back"

/** What is being given back is free soon. */
export const patiently = <A, E>(attempt: Effect.Effect<A, E | EncoderBusy>): Effect.Effect<A, E | EncoderBusy> =>
  Effect.flatMap(Clock.currentTimeMillis, (began) => {
    const again: Effect.Effect<A, E | EncoderBusy> = Effect.catchIf(
      attempt,
      (error): error is EncoderBusy => error instanceof EncoderBusy && error.reason.endsWith(givesBack),
      (error) =>
        Effect.flatMap(
          Clock.currentTimeMillis,
          (now) => now - began > restoring ? Effect.fail(error) : Effect.andThen(Effect.sleep("100 millis"), again)
        )
    )
    return again
  })

/** One connection's part in it. Give it every event; `claim` first. */
export class Voice {
  readonly lost = Deferred.makeUnsafe<never, Superseded>()
  private readonly url: string
  private readonly mine: Word
  private readonly refusals: Array<EncoderBusy | Superseded> = []
  private heard: (() => void) | undefined
  private has = false
  private say: ((word: Word) => void) | undefined

  constructor(url: string, token: string, mark: Mark, purpose: Purpose, since: number) {
    const { broadcast, epoch, instance, run } = mark
    this.url = url
    this.mine = { v: 1, says: "ask", token, since, purpose, instance, broadcast, run, epoch }
  }

  /** Asks whether it is free, and has it from then on. `speak` sends without waiting. */
  claim(
    socket: ObsSocket,
    speak: (send: Effect.Effect<unknown, RequestFailure>) => void
  ): Effect.Effect<void, EncoderBusy | Superseded | RequestFailure> {
    const send = (word: Word) => socket.request("BroadcastCustomEvent", { eventData: { headend: word } })
    this.say = (word) => speak(send(word))
    const echo = Effect.callback<void>((resume) => {
      this.heard = () => resume(Effect.void)
    })
    return Effect.gen({ self: this }, function*() {
      this.refusals.length = 0
      yield* Effect.all([send(this.mine), Effect.timeoutOption(echo, "2 seconds")], { concurrency: 2 })
      yield* Effect.sleep(patience)
      const [refusal] = this.refusals
      if (refusal !== undefined) return yield* refusal
      this.has = true
    })
  }

  on({ eventData, eventType }: Event): void {
    if (eventType !== "CustomEvent") return
    const word = Option.getOrUndefined(decode(eventData))?.headend
    if (word === undefined) return
    if (word.token === this.mine.token) return this.heard?.()
    const isOwn = sameOwner(word, this.mine)
    if (this.has) return this.answer(word, isOwn)
    if (isOwn) {
      const isNewer = this.mine.purpose === "publish" && word.epoch > this.mine.epoch
      if (isNewer) this.refusals.push(this.superseded(word))
    } else if (word.says === "have" || isBefore(word, this.mine)) {
      this.refusals.push(busy(this.url, word, word.purpose))
    } else if (this.refusals.length === 0) {
      // who comes later may not have heard our question
      this.say?.(this.mine)
    }
  }

  /** Has it no more. */
  release(): void {
    this.has = false
  }

  private answer(word: Word, isOwn: boolean): void {
    if (word.says !== "ask") return
    // the same run: a newer owner, or whoever the registry told to undo it, has the last word
    const isOver = isOwn && (word.epoch > this.mine.epoch || word.purpose === "restore")
    if (isOver) return void Deferred.doneUnsafe(this.lost, Effect.suspend(() => Effect.fail(this.superseded(word))))
    this.say?.({ ...this.mine, says: "have" })
  }

  private superseded({ epoch }: Word): Superseded {
    return new Superseded({ resource: `OBS at ${this.url}`, epoch: epoch === 0 ? null : epoch })
  }
}

const isBefore = (a: Word, b: Word): boolean =>
  a.purpose !== b.purpose
    ? a.purpose === "restore"
    : a.since !== b.since
    ? a.since < b.since
    : a.token < b.token
