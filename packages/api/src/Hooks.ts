/**
 * Hooks of RTMP servers: each tells who publishes, and asks who may, in its own form, and expects its own kind of answer.
 * The secret is a part of the path, since none of them can send a header.
 */
import { Schema } from "effect"
import { HttpApiEndpoint, HttpApiGroup, HttpApiSchema, OpenApi } from "effect/http-api"
import * as Problem from "./Problem.ts"

/** What SRS expects: 0 allows, anything else refuses the client. */
export const SrsAnswer = Schema.Struct({ code: Schema.Int }).annotate({ identifier: "SrsAnswer" })

const bySecret = { secret: Schema.String }
const error = [Problem.BadRequest, Problem.NotFound, Problem.PayloadTooLarge, Problem.Unavailable] as const
const refusing = [...error, Problem.Forbidden] as const

export class Hooks extends HttpApiGroup.make("hooks").add(
  HttpApiEndpoint.post("srs", "/hooks/:secret/srs", { params: bySecret, success: SrsAnswer, error })
    .annotate(OpenApi.Summary, "http_hooks of SRS: on_publish, on_unpublish, on_play, on_stop")
    .annotate(
      OpenApi.Description,
      "JSON. Always 200 for a hook that can be read: the code says whether the client may."
    ),
  HttpApiEndpoint.post("nginxRtmp", "/hooks/:secret/nginx-rtmp", {
    params: bySecret,
    success: HttpApiSchema.NoContent,
    error: refusing
  })
    .annotate(OpenApi.Summary, "on_publish, on_publish_done and the like of nginx-rtmp")
    .annotate(OpenApi.Description, "A form. 204 allows, 403 refuses."),
  HttpApiEndpoint.post("nodeMediaServer", "/hooks/:secret/node-media-server", {
    params: bySecret,
    success: HttpApiSchema.Empty(200),
    error: refusing
  })
    .annotate(OpenApi.Summary, "notify.url of node-media-server")
    .annotate(
      OpenApi.Description,
      "JSON, whatever its content type says. 200 allows, 403 closes the client's connection."
    )
).annotate(OpenApi.Title, "Hooks").annotate(
  OpenApi.Description,
  "Only with HEADEND_HOOK_SECRET set. A wrong secret gets what a path gets that does not exist."
) {}
