import { storms } from "./stormSuite.ts"

// Even seeds: whatever happens, nothing may be left even before the sweep.
storms("after a storm, everything heals, and nothing is left", "plain", Array.from({ length: 19 }, (_, i) => 2 * i))
