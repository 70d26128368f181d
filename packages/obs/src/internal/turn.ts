// What obs-websocket fails with, as core knows it. Foreign errors end here.
import * as Failures from "@headend/core/EncoderFailure"
import type { CommandFailure } from "@headend/core/Encoders"
import type { ObsUnreachable, RequestFailure } from "../ObsError.ts"
import { closeCode } from "../ObsProtocol.ts"

export const turn = (encoder: string) => (error: RequestFailure | ObsUnreachable): CommandFailure => {
  const reason = error._tag === "ObsUnreachable" ? error.reason : error.message
  switch (error._tag) {
    case "ObsUnreachable":
    case "ObsTimeout":
      return new Failures.EncoderUnreachable({ encoder, reason })
    case "ObsUnreadable":
      return new Failures.EncoderIncompatible({ encoder, reason })
    case "ObsRefused":
      return new Failures.EncoderRefused({ encoder, reason, request: error.request, code: error.code })
    case "ObsClosed":
      switch (error.code) {
        case closeCode.authenticationFailed:
          return new Failures.EncoderUnauthorized({ encoder, reason })
        case closeCode.unsupportedRpcVersion:
        case closeCode.unsupportedFeature:
          return new Failures.EncoderIncompatible({ encoder, reason })
        case closeCode.sessionInvalidated:
          return new Failures.EncoderKicked({ encoder, reason })
        default:
          return new Failures.EncoderUnreachable({ encoder, reason })
      }
  }
}
