// Builds the app: types are checked, the server becomes one program that plain Node runs, the page its static files.
import { build } from "esbuild"
import { spawnSync } from "node:child_process"
import { rmSync } from "node:fs"
import { fileURLToPath } from "node:url"

const here = fileURLToPath(new URL(".", import.meta.url))

const run = (command, ...args) => {
  const { status } = spawnSync(command, args, { cwd: here, stdio: "inherit", shell: process.platform === "win32" })
  if (status !== 0) process.exit(status ?? 1)
}

run("tsc", "-b", ".", "web")

// Chunks carry a hash in their names: those of an earlier build would stay.
rmSync(`${here}dist/chunks`, { recursive: true, force: true })

// The workspace's packages are taken from their sources. What is loaded on demand (the reference page's script, the fake
// Janus) stays in files of its own.
await build({
  absWorkingDir: here,
  entryPoints: ["src/main.ts"],
  outdir: "dist",
  chunkNames: "chunks/[name]-[hash]",
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node20",
  conditions: ["@headend/source"],
  // packages of the old kind ask for Node's modules by `require`
  banner: {
    js:
      "import { createRequire as headendRequire } from \"node:module\"; const require = headendRequire(import.meta.url);"
  },
  // faster JavaScript for `ws`, used where it is installed
  external: ["bufferutil", "utf-8-validate"],
  sourcemap: "linked",
  sourcesContent: false,
  legalComments: "linked",
  logLevel: "warning"
})

// The page, to dist/web.
run("vite", "build", "--logLevel", "warn")
