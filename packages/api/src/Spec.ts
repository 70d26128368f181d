/**
 * The specification of a broadcast as JSON, for bodies: all kinds of source that headend knows by name. Which of them an
 * app has, and whether a specification makes sense, the app says, with every failing field at once.
 */
import * as BroadcastSpec from "@headend/core/BroadcastSpec"
import {
  BrowserWebrtcSource,
  ExternalSource,
  FrontendOwnedSource,
  ObsSource,
  PullSource,
  RtmpExternalSource,
  RtspCameraSource,
  TestPatternSource,
  VideoroomSource
} from "@headend/core/source/schemas"
import { Schema } from "effect"

const Source = Schema.Union([
  VideoroomSource,
  BrowserWebrtcSource,
  ObsSource,
  RtmpExternalSource,
  ExternalSource,
  RtspCameraSource,
  PullSource,
  FrontendOwnedSource,
  TestPatternSource
])

/** What goes over the wire: durations as `"30 seconds"` or milliseconds, secrets as strings. */
export const Spec = Schema.toEncoded(BroadcastSpec.make(Source, ["audio", "video", "data"])).annotate({
  identifier: "BroadcastSpec"
})
export type Spec = typeof Spec.Type
