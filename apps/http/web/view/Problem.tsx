// A failure, in words, announced as it appears.
import type { Failed } from "../live/api.ts"

export const Problem = ({ failed }: { readonly failed: Failed | undefined }) =>
  failed === undefined ? null : (
    <div class="problem" role="alert">
      <p>{failed.fields.length === 0 ? failed.message : "This does not fit, and nothing was done:"}</p>
      {failed.fields.length > 0 && (
        <ul>
          {failed.fields.map(({ message, path }) => <li key={path}>{path === "" ? "" : `${path}: `}{message}</li>)}
        </ul>
      )}
    </div>
  )
