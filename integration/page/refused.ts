// A server that says no, as an exception inside the page and as an outcome for the test.
import type { Outcome } from "./Protocol.ts"

export class Refused extends Error {
  readonly code: number

  constructor(code: number, reason: string) {
    super(reason)
    this.code = code
  }
}

/** Turns a refusal into an outcome; every other failure stays one. */
export const outcome = async <A>(run: () => Promise<A>): Promise<Outcome<A>> => {
  try {
    return { done: await run() }
  } catch (error) {
    if (error instanceof Refused) return { refused: { code: error.code, reason: error.message } }
    throw error
  }
}

/** Fails with the status and the start of the body unless the status is one of these. */
export const expectStatus = async (answer: Response, ...expected: ReadonlyArray<number>): Promise<Response> => {
  if (expected.includes(answer.status)) return answer
  throw new Refused(answer.status, (await answer.text()).slice(0, 2_000))
}
