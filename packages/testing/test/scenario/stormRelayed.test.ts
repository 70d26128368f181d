import { storms } from "./stormSuite.ts"

// With relays among all: no two of them ever send into one mountpoint.
storms("after a storm with relays, everything heals, and nothing is left", "relayed", [26, 30, 46, 48, 52, 54])
