/**
 * The operator page: the files that the build put beside this program. Before it is built, a note instead.
 */
import { Effect, FileSystem, type Layer, Path } from "effect"
import { type HttpPlatform, HttpRouter, type HttpServerError, HttpServerResponse, HttpStaticServer } from "effect/http"

/** Nothing but what this server sends, in nobody's frame; the picture's clock runs in a worker of its own. */
const policy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "img-src 'self'",
  "media-src 'self'",
  "connect-src 'self'",
  "worker-src 'self'",
  "base-uri 'none'",
  "form-action 'self'",
  "frame-ancestors 'none'"
].join("; ")

const note = HttpServerResponse.html(
  `<!doctype html><meta charset="utf-8"><title>headend</title>
<p>headend runs. The operator page is not built here (<code>pnpm build</code> does it); the API is described at
<a href="/docs">/docs</a> and <a href="/openapi.json">/openapi.json</a>.</p>`
)

const guarded = (response: HttpServerResponse.HttpServerResponse) =>
  HttpServerResponse.setHeaders(response, { "content-security-policy": policy, "referrer-policy": "no-referrer" })

/** The first of these folders that has an `index.html` is served; paths without a file there are not found. */
export const layer = (
  folders: ReadonlyArray<string>
): Layer.Layer<
  never,
  never,
  | HttpRouter.HttpRouter
  | HttpRouter.Request<"Error", HttpServerError.HttpServerError>
  | FileSystem.FileSystem
  | Path.Path
  | HttpPlatform.HttpPlatform
> =>
  HttpRouter.use((router) =>
    Effect.gen(function*() {
      const files = yield* FileSystem.FileSystem
      const path = yield* Path.Path
      const built = yield* Effect.orDie(
        Effect.filter(folders, (folder) => files.exists(path.join(folder, "index.html")))
      )
      const [root] = built
      if (root === undefined) return yield* router.add("GET", "/", guarded(note))
      const serve = yield* Effect.orDie(HttpStaticServer.make({ root }))
      yield* router.add("GET", "/*", Effect.map(serve, guarded))
    })
  )
