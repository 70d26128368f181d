// After `tsc -b`: puts janode into dist/internal/janode.js, so that whoever installs @headend/janus needs neither its
// native addon nor an install script (docs/decisions/0002).
import { build } from "esbuild"
import { copyFile, readFile, rm } from "node:fs/promises"
import { createRequire } from "node:module"
import { dirname, join } from "node:path"

const here = import.meta.dirname
const entry = createRequire(import.meta.url).resolve("janode")
const janode = dirname(dirname(entry))
const { license, version } = JSON.parse(await readFile(join(janode, "package.json"), "utf8"))

/** The transport over Unix sockets is the only one that needs the addon. */
const withoutUnixSockets = {
  name: "without-unix-sockets",
  setup({ onLoad, onResolve }) {
    onResolve({ filter: /\/transport-unix\.js$/ }, () => ({ path: "transport-unix", namespace: "absent" }))
    onLoad({ filter: /.*/, namespace: "absent" }, () => ({
      contents: `export default class {
        constructor() { throw new Error("Unix sockets are left out: reach Janus over WebSocket") }
      }`
    }))
  }
}

await build({
  absWorkingDir: here,
  entryPoints: ["src/internal/janode.ts"],
  outfile: "dist/internal/janode.js",
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node20",
  alias: { "isomorphic-ws": "ws" },
  external: ["ws"],
  plugins: [withoutUnixSockets],
  legalComments: "none",
  banner: { js: `// Contains janode ${version}, licence ${license}: see janode.LICENSE beside this file.` },
  logLevel: "warning"
})
await rm(join(here, "dist/internal/janode.js.map"), { force: true })
await copyFile(join(janode, "LICENSE"), join(here, "dist/internal/janode.LICENSE"))

// what is published must not need janode, neither to run nor to type-check
const text = await readFile(join(here, "dist/internal/janode.js"), "utf8")
const types = await readFile(join(here, "dist/internal/janode.d.ts"), "utf8")
const imports = [...text.matchAll(/^import .* from "([^"]+)"/gm)].map(([, name]) => name)
const unknown = imports.filter((name) => !["ws", "events"].includes(name))
if (unknown.length > 0 || text.includes("__require") || /^import .*["']janode/m.test(types)) {
  console.error(`dist/internal/janode.js still needs ${unknown.join(", ") || "something at run time"}`)
  process.exit(1)
}
