// How long something lasts, counting.
import { lasting } from "../model/format.ts"
import { useTicking } from "./hooks.ts"

export const Since = ({ at }: { readonly at: string }) => {
  const text = useTicking((now) => lasting(now - Date.parse(at)))
  return <time dateTime={at} title={new Date(at).toLocaleString()}>{text}</time>
}
