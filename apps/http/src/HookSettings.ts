/**
 * What hooks of RTMP servers may do here.
 */
import { Context, type Redacted } from "effect"

export interface HookSettings {
  /** Each is a way in; none: there are no hooks. */
  readonly secrets: ReadonlyArray<Redacted.Redacted>
  /** Only keys of broadcasts that exist may publish. */
  readonly refuseUnknown: boolean
}

export const HookSettings = Context.Reference<HookSettings>("@headend/http/HookSettings", {
  defaultValue: () => ({ secrets: [], refuseUnknown: false })
})
