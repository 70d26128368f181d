/**
 * Many values as one argument of a script, in MessagePack, which Redis' Lua unpacks: as arguments of their own they are
 * written one by one, and copied twice more.
 */

export type Value = string | number | Uint8Array

const array32 = 0xdd
/** Lua has one type for texts and bytes, and reads both from this. */
const text32 = 0xdb
const float64 = 0xcb
const zero = 0x00
const headBytes = 5

const bytesOf = (value: Value): number => {
  if (typeof value === "number") return value === 0 ? 1 : 9
  return headBytes + (typeof value === "string" ? Buffer.byteLength(value) : value.length)
}

const write = (packed: Buffer, value: Value, at: number): number => {
  if (value === 0) return packed.writeUInt8(zero, at)
  if (typeof value === "number") return packed.writeDoubleBE(value, packed.writeUInt8(float64, at))
  const begin = at + headBytes
  const bytes = typeof value === "string" ? packed.write(value, begin) : value.length
  if (typeof value !== "string") packed.set(value, begin)
  packed.writeUInt32BE(bytes, packed.writeUInt8(text32, at))
  return begin + bytes
}

/** In their order. */
export const pack = (values: ReadonlyArray<Value>): Buffer => {
  let bytes = headBytes
  for (const value of values) bytes += bytesOf(value)
  const packed = Buffer.allocUnsafe(bytes)
  let at = packed.writeUInt32BE(values.length, packed.writeUInt8(array32))
  for (const value of values) at = write(packed, value, at)
  return packed
}
