import { storms } from "./stormSuite.ts"

// Odd seeds: others destroy what is ours, and workers freeze in the middle of a call.
storms(
  "after a wild storm, everything heals, and the sweep leaves nothing",
  "wild",
  Array.from({ length: 19 }, (_, i) => 2 * i + 1)
)
