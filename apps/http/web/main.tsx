// The operator page: what is on air, what is not well and why, and what can be done about it.
import { render } from "preact"
import { runtime } from "./live/api.ts"
import { follow } from "./live/follow.ts"
import { App } from "./view/App.tsx"

runtime.runFork(follow)

const root = document.getElementById("app")
if (root !== null) render(<App />, root)
