// The little of SDP that signalling needs: candidates put into a description, and taken out of a trickled fragment.
import type { Candidate } from "./attached.ts"

const lines = (sdp: string) => sdp.split(/\r?\n/)

const valueOf = (sdp: string, attribute: string) => new RegExp(`^a=${attribute}:(.+?)\\r?$`, "m").exec(sdp)?.[1]?.trim()

/** The ICE user fragment of a description or fragment. */
export const ufrag = (sdp: string): string | undefined => valueOf(sdp, "ice-ufrag")

/** Whether it is a description at all, with something in it. */
export const isDescription = (sdp: string): boolean => /^v=0\r?\n/.test(sdp) && /^m=/m.test(sdp)

export const hasCandidates = (sdp: string): boolean => /^a=(?:candidate:|end-of-candidates)/m.test(sdp)

/** Whether every media line was rejected: nothing in common. */
export const isRejected = (sdp: string): boolean => {
  const media = lines(sdp).filter((line) => line.startsWith("m="))
  return media.length > 0 && media.every((line) => /^m=\S+ 0 /.test(line))
}

/** The `mid` of each media line, in order. */
export const mids = (sdp: string): ReadonlyArray<string> =>
  sdp.split(/^m=/m).slice(1).map((section) => valueOf(section, "mid") ?? "")

/** Puts candidates into the first media section that was not rejected: with BUNDLE they hold for all. */
export const withCandidates = (sdp: string, candidates: ReadonlyArray<string>): string => {
  const parts = sdp.split(/^(?=m=)/m)
  const at = parts.findIndex((part) => /^m=\S+ [1-9]/.test(part))
  const added = [...candidates.map((one) => `a=${one}\r\n`), "a=end-of-candidates\r\n"].join("")
  return parts.map((part, index) => (index === at ? `${part.replace(/(?:\r?\n)*$/, "\r\n")}${added}` : part)).join("")
}

export interface Fragment {
  readonly ufrag: string | undefined
  readonly candidates: ReadonlyArray<Candidate>
}

const mostCandidates = 100

/** Reads an `application/trickle-ice-sdpfrag`. `order` are the mids of the description it belongs to. */
export const fragment = (text: string, order: ReadonlyArray<string>): Fragment | string => {
  const candidates: Array<Candidate> = []
  let completed = false
  let mid: string | undefined
  for (const line of lines(text)) {
    if (line.startsWith("m=")) mid = undefined
    else if (line.startsWith("a=mid:")) mid = line.slice("a=mid:".length).trim()
    else if (line.startsWith("a=end-of-candidates")) completed = true
    else if (line.startsWith("a=candidate:")) {
      const index = mid === undefined ? 0 : order.indexOf(mid)
      if (index < 0) return `there is no media with mid ${mid}`
      candidates.push({
        candidate: line.slice("a=".length).trim(),
        sdpMid: mid ?? order[0] ?? "0",
        sdpMLineIndex: index
      })
    }
  }
  if (candidates.length > mostCandidates) return `more than ${mostCandidates} candidates`
  const name = ufrag(text)
  if (candidates.length === 0 && !completed && name === undefined) return "it holds no candidate"
  return { ufrag: name, candidates: completed ? [...candidates, { completed: true }] : candidates }
}
