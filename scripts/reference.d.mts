import type { Setting } from "@headend/core/Setting"

export const settings: () => ReadonlyArray<Setting<unknown>>
export const metrics: () => ReadonlyArray<
  { readonly name: string; readonly type: string; readonly description: string }
>
export const events: () => ReadonlyArray<{ readonly name: string; readonly fields: ReadonlyArray<string> }>
export const failures: () => ReadonlyArray<{ readonly code: string; readonly hop: string; readonly fault: string }>
export const problems: () => ReadonlyArray<{ readonly status: number; readonly codes: ReadonlyArray<string> }>
export const reference: () => string
export const filled: (page: string) => string
