/**
 * The source kinds that headend brings, as a list. Add your own: `Sources.make([...standard.kinds, mine])`.
 */
import { browserWebrtc } from "./source/BrowserWebrtc.ts"
import { frontendOwned } from "./source/FrontendOwned.ts"
import { videoroom } from "./source/Videoroom.ts"
import * as Sources from "./Sources.ts"

/** All of them; each app picks those whose ports it has. */
export const standard = Sources.make([videoroom, browserWebrtc, frontendOwned])
