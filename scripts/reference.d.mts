import type { Described } from "@headend/core/Code"
import type { Measure } from "@headend/core/Measure"
import type { Setting } from "@headend/core/Setting"

export const settings: () => ReadonlyArray<Setting<unknown>>
export const metrics: () => ReadonlyArray<Measure>
export const events: () => ReadonlyArray<
  { readonly name: string; readonly fields: ReadonlyArray<string>; readonly means: string }
>
export const failures: () => ReadonlyArray<Described & { readonly code: string }>
export const problems: () => ReadonlyArray<{ readonly status: number; readonly code: string; readonly means: string }>
export const filled: (page: string) => string
