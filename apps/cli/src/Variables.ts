/**
 * The settings of the command alone, beside those that it shares with the apps where it does what they do.
 */
import * as Setting from "@headend/core/Setting"

export const variables = {
  url: Setting.make("HEADEND_URL", {
    form: Setting.matching(/^https?:\/\/\S+$/, "the address of an HTTP app, http:// or https://"),
    default: "http://127.0.0.1:8080",
    means: "where the HTTP app is; also `--url`"
  }),
  token: Setting.make("HEADEND_TOKEN", {
    form: Setting.redacted(Setting.text),
    means: "an API token; better than `--token`, which the process list shows"
  }),
  obsUrl: Setting.make("HEADEND_OBS_URL", {
    form: Setting.matching(/^wss?:\/\/\S+$/, "the address of an OBS, ws://host:4455"),
    means: "the OBS that `doctor` looks at; also `--obs`"
  }),
  obsPassword: Setting.make("HEADEND_OBS_PASSWORD", {
    form: Setting.redacted(Setting.text),
    means: "and the password of its websocket"
  })
}
