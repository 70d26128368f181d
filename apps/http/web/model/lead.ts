// How far another clock is ahead of ours.

/** Less than this is what a date in whole seconds and a slow answer make, in milliseconds. */
const doubt = 3_000

/** In milliseconds, negative where it is behind; 0 where there is no date, or nearly the same one. */
export const lead = (date: string | undefined, askedAt: number, answeredAt: number): number => {
  const told = Date.parse(date ?? "")
  if (Number.isNaN(told)) return 0
  // the date is cut off to its second, and was taken somewhere between question and answer
  const difference = told + 500 - (askedAt + answeredAt) / 2
  return Math.abs(difference) < doubt + (answeredAt - askedAt) / 2 ? 0 : difference
}
