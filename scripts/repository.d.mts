export const addressOf: (given: string) => string | undefined
export const repository: (
  environment?: Readonly<Record<string, string | undefined>>,
  origin?: () => string | undefined
) => string | undefined
