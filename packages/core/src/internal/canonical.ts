/**
 * An encoded specification as text, the same for all that mean the same: the order of keys says nothing, and empty labels
 * are none.
 */
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isEmpty = (value: unknown) => isRecord(value) && Object.keys(value).length === 0

/** As pairs, not as an object: a key such as `__proto__` or `1` is one like all others. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return { list: value.map(sorted) }
  if (!isRecord(value)) return value
  return Object.entries(value)
    .filter(([, one]) => one !== undefined)
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, one]) => [name, sorted(one)])
}

export const canonical = (encoded: unknown): string =>
  JSON.stringify(
    sorted(
      isRecord(encoded) && isEmpty(encoded.labels)
        ? Object.fromEntries(Object.entries(encoded).filter(([name]) => name !== "labels"))
        : encoded
    )
  )
