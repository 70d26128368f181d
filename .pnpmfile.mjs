// What a published package says of itself: every module by name, from the build. In the workspace, `exports` is a pattern
// that leads to the sources; a consumer's editor, bundler and type checker get a list, with types, and nothing else.
import { existsSync, readdirSync, statSync } from "node:fs"
import { join, relative } from "node:path"
import { repository } from "./scripts/repository.mjs"

const modules = (folder, under = "") =>
  readdirSync(join(folder, under)).toSorted().flatMap((name) => {
    const path = under === "" ? name : `${under}/${name}`
    if (statSync(join(folder, path)).isDirectory()) return name === "internal" ? [] : modules(folder, path)
    return name.endsWith(".js") ? [path.slice(0, -".js".length)] : []
  })

/** What `exports` closes stays closed. */
const listed = (folder, exports) =>
  Object.fromEntries(
    modules(join(folder, "dist")).filter((name) => exports[`./${name}`] !== null).map((name) => [`./${name}`, {
      types: `./dist/${name}.d.ts`,
      default: `./dist/${name}.js`
    }])
  )

/** Nothing where it is not known: what is packed then is for this machine (`prepublishOnly` sees to that). */
const whereFrom = (folder) => {
  const url = repository()
  const directory = relative(import.meta.dirname, folder).replaceAll("\\", "/")
  return url === undefined ? {} : { repository: { type: "git", url, directory } }
}

export const hooks = {
  beforePacking(manifest, folder) {
    if (manifest.private === true || !manifest.name.startsWith("@headend/")) return manifest
    if (!existsSync(join(folder, "dist"))) throw new Error(`${manifest.name} is not built: pnpm build`)
    const { devDependencies: _, scripts: __, ...published } = manifest
    return {
      ...published,
      ...whereFrom(folder),
      exports: { "./package.json": "./package.json", ...listed(folder, manifest.exports) }
    }
  }
}
