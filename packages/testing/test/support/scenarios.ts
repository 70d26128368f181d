// The table: what Janus 1.1.2 answers. Each scenario leaves nothing behind, so that they may run in any order.
import { CORE } from "./coreScenarios.ts"
import { FORWARDING, PUBLISHING } from "./forwardScenarios.ts"
import { DETACHING, MEMBERS, ROOMS } from "./roomScenarios.ts"
import { STREAMING_CREATE, STREAMING_LIFE } from "./streamingScenarios.ts"
import { OTHER_TYPES, VIEWER } from "./viewerScenarios.ts"

export const scenarios = [
  CORE,
  STREAMING_LIFE,
  STREAMING_CREATE,
  OTHER_TYPES,
  VIEWER,
  ROOMS,
  MEMBERS,
  DETACHING,
  FORWARDING,
  PUBLISHING
]
