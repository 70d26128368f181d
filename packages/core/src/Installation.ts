/**
 * The name of this installation. All workers of one registry share it; it is in every mark that they leave on servers.
 */
import { Context } from "effect"

export const Installation = Context.Reference<{ readonly instance: string }>("@headend/core/Installation", {
  defaultValue: () => ({ instance: "default" })
})
