// Builds the command: types are checked, and it becomes one program.
import { bundle, step } from "@headend/app/bundle.mjs"
import { fileURLToPath } from "node:url"

const here = fileURLToPath(new URL(".", import.meta.url))

step(here, "tsc", "-b", ".")
await bundle(here)
