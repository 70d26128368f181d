// Builds the app: types are checked, the server becomes one program, the page its static files.
import { bundle, step } from "@headend/app/bundle.mjs"
import { fileURLToPath } from "node:url"

const here = fileURLToPath(new URL(".", import.meta.url))

step(here, "tsc", "-b", ".", "web")
await bundle(here)
// The page, to dist/web.
step(here, "vite", "build", "--logLevel", "warn")
