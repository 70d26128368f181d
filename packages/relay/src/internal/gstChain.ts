/**
 * Elements of a pipeline with their properties, and the argument array that they make: `!` is an argument of its own.
 */
export type Chain = ReadonlyArray<ReadonlyArray<string>>

export const joined = (chain: Chain): ReadonlyArray<string> =>
  chain.flatMap((element, i) => (i === 0 ? element : ["!", ...element]))
