// The operator page: web/ to dist/web, with hashed names, nothing inlined, so that a strict content policy can hold.
import { fileURLToPath } from "node:url"
import { defaultClientConditions, defineConfig } from "vite"

const folder = (path: string) => fileURLToPath(new URL(path, import.meta.url))

export default defineConfig({
  root: folder("./web"),
  base: "/",
  resolve: { conditions: ["@headend/source", ...defaultClientConditions] },
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  worker: { format: "es" },
  build: {
    outDir: folder("./dist/web"),
    emptyOutDir: true,
    target: "es2023",
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    reportCompressedSize: true
  }
})
