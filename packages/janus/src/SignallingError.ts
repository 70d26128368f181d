/**
 * What can go wrong between a WHIP or WHEP client and Janus, told apart as HTTP tells it apart. Beside these there are
 * `RoomMissing`, `MountpointMissing` (404), `Unauthorized` (403) and `ServerUnavailable` (503) of core.
 */
import { RoomId } from "@headend/core/Room"
import { Schema } from "effect"

/** There is no such WHIP or WHEP session (any more). 404. */
export class ResourceMissing extends Schema.TaggedError<ResourceMissing>()("ResourceMissing", { id: Schema.String }) {
  override get message() {
    return `there is no session ${this.id}`
  }
}

/** The offer or answer cannot be used: no SDP, or no codec in common. 400. */
export class DescriptionRefused extends Schema.TaggedError<DescriptionRefused>()("DescriptionRefused", {
  reason: Schema.String
}) {
  override get message() {
    return `the session description was refused: ${this.reason}`
  }
}

/** The trickled fragment cannot be used. 400. */
export class FragmentRefused extends Schema.TaggedError<FragmentRefused>()("FragmentRefused", {
  reason: Schema.String
}) {
  override get message() {
    return `the fragment was refused: ${this.reason}`
  }
}

/** The fragment is for another ICE session than the present one. 412. */
export class EtagMismatch extends Schema.TaggedError<EtagMismatch>()("EtagMismatch", { etag: Schema.String }) {
  override get message() {
    return `the present ICE session is ${this.etag}`
  }
}

/** The client wants to restart ICE, which is not offered: it publishes or plays anew. 422. */
export class RestartUnsupported
  extends Schema.TaggedError<RestartUnsupported>()("RestartUnsupported", { id: Schema.String })
{
  override get message() {
    return `session ${this.id} cannot restart ICE: open another one`
  }
}

/** As many publish as the room takes. 503. */
export class RoomFull extends Schema.TaggedError<RoomFull>()("RoomFull", { id: RoomId }) {
  override get message() {
    return `room ${this.id} is full`
  }
}

/** This Janus takes no offer of a viewer (older than 1.1.4): it makes the offer itself. 406. */
export class OfferUnsupported extends Schema.TaggedError<OfferUnsupported>()("OfferUnsupported", {
  /** As Janus writes it: 1102 is 1.1.2. */
  version: Schema.Int
}) {
  override get message() {
    return `Janus ${this.version} takes no offer of a viewer: ask for one of its own`
  }
}
