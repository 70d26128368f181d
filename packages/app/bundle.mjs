// Bundles an app: `src/main.ts` becomes one program that plain Node runs. The workspace's packages are taken from their
// sources; what is loaded on demand stays in files of its own.
import { build } from "esbuild"
import { spawnSync } from "node:child_process"
import { rmSync } from "node:fs"

/** Runs a step of the build in the app's folder, and ends with its exit code when it fails. */
export const step = (folder, command, ...args) => {
  const { status } = spawnSync(command, args, { cwd: folder, stdio: "inherit", shell: process.platform === "win32" })
  if (status !== 0) process.exit(status ?? 1)
}

export const bundle = async (folder) => {
  // Chunks carry a hash in their names: those of an earlier build would stay.
  rmSync(`${folder}dist/chunks`, { recursive: true, force: true })
  await build({
    absWorkingDir: folder,
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
    // its other form asks for its parts in a way that no bundler follows
    alias: { "jsonc-parser": "jsonc-parser/lib/esm/main.js" },
    // faster JavaScript for `ws`, used where it is installed
    external: ["bufferutil", "utf-8-validate"],
    sourcemap: "linked",
    sourcesContent: false,
    legalComments: "linked",
    logLevel: "warning"
  })
}
