/**
 * A hash of 53 bits: the largest that JSON and Janus carry as a number. Not for secrets.
 */
const lane = (text: string, seed: number): number => {
  let h = seed
  for (let i = 0; i < text.length; i++) {
    h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
    h ^= h >>> 15
  }
  h = Math.imul(h ^ (h >>> 16), 0x7feb352d)
  h = Math.imul(h ^ (h >>> 15), 0x846ca68b)
  return (h ^ (h >>> 16)) >>> 0
}

/** A number from 1 to 2^53 - 1. */
export const hash53 = (...parts: ReadonlyArray<string | number>): number => {
  const text = parts.map((part) => `${String(part).length}:${part}`).join("/")
  const high = lane(text, 0x811c9dc5) & 0x1fffff
  return (high * 0x1_0000_0000 + lane(text, 0x2f6e1b35)) || 1
}
