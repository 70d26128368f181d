/**
 * The source kinds that headend brings, as lists. Add your own: `Sources.make([...standard.kinds, mine])`.
 */
import { browserWebrtc } from "./source/BrowserWebrtc.ts"
import { frontendOwned } from "./source/FrontendOwned.ts"
import { obs } from "./source/Obs.ts"
import { pull } from "./source/Pull.ts"
import { external, rtmpExternal } from "./source/RtmpExternal.ts"
import { rtspCamera } from "./source/RtspCamera.ts"
import { testPattern } from "./source/TestPattern.ts"
import { videoroom } from "./source/Videoroom.ts"
import * as Sources from "./Sources.ts"

/** Those that need the media server alone. */
export const standard = Sources.make([videoroom, browserWebrtc, frontendOwned])

/** Those that need relays, too. */
export const relayed = Sources.make([rtmpExternal, external, rtspCamera, pull, testPattern])

/** Both. */
export const withRelays = Sources.make([...standard.kinds, ...relayed.kinds])

/** Those that need relays and encoders. */
export const encoded = Sources.make([obs])

/** All that headend brings. */
export const all = Sources.make([...withRelays.kinds, ...encoded.kinds])
