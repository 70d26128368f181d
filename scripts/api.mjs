// The API of the packages as Markdown, out of the sources: per module its opening comment, then each export with its comment
// and its declaration, bodies left out. `pnpm api` writes docs/api; with a package's folder it writes only that one's, into
// `dist/api` there, which is what `prepack` does before it is published.
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, join, resolve } from "node:path"
import { parseSync } from "oxc-parser"
import { root } from "./processes.mjs"

/** An initializer longer than this is no signature: its beginning is shown. */
const longest = 60

const prose = (comment) => comment.split("\n").map((line) => line.replace(/^\s*\*? ?/, "")).join("\n").trim()

/** The comment that ends right before this place; a line's own comment counts. */
const commentBefore = (text, comments, at) => {
  const found = comments.findLast(({ end, type, value }) =>
    type === "Block" && value.startsWith("*") && end <= at && text.slice(end, at).trim() === ""
  )
  return found === undefined ? "" : prose(found.value.slice(1))
}

const trimmed = (text) => text.trim().replace(/\s*(=>|=|\{)$/, "")

const clipped = (text) => {
  const lines = text.split("\n")
  return lines.length <= longest ? text : `${lines.slice(0, longest).join("\n")}\n// …`
}

/** Where the body of a function begins, however it is wrapped: `Effect.fn("name")(function*(…) {`. */
const bodyOf = (node) => {
  if (node?.type === "ArrowFunctionExpression" || node?.type === "FunctionExpression") return node.body.start
  if (node?.type === "CallExpression" && /^Effect\.(fn|fnUntraced)\b/.test(node.text(node.callee))) {
    return bodyOf(node.arguments[0])
  }
  return undefined
}

/** A class with the bodies of its members left out, and without what is private. */
const classText = (text, node) => {
  const members = node.body.body.filter(({ accessibility, key }) =>
    key?.type !== "PrivateIdentifier" && accessibility !== "private"
  ).map((member) => {
    const body = member.value?.body ?? undefined
    const isCode = member.type === "MethodDefinition" && body !== undefined
    return `  ${isCode ? text.slice(member.start, body.start).trim() : text.slice(member.start, member.end)}`
  })
  const head = text.slice(node.start, node.body.start).trim()
  return members.length === 0 ? `${head} {}` : `${head} {\n${members.join("\n")}\n}`
}

const variableText = (text, kind, declarator) => {
  const { id, init } = declarator
  const signature = (end) => `${kind} ${trimmed(text.slice(declarator.start, end))}`
  if (id.typeAnnotation != null || init == null) return signature(id.end)
  init.text = ({ end, start }) => text.slice(start, end)
  const body = bodyOf(init)
  if (body !== undefined) return signature(body)
  const callee = init.type === "CallExpression" ? init.text(init.callee) : undefined
  return callee === undefined || /^(Schema|Context)\b/.test(callee)
    ? clipped(`${kind} ${text.slice(declarator.start, declarator.end)}`)
    // what it is made of says nothing of its type
    : `${signature(id.end)} = ${callee}(…)`
}

/** Where a name comes from that is passed on: another module of the package, by its path. */
const originOf = (path, program, { local }, source) => {
  const from = source?.value ??
    program.body.find((statement) =>
      statement.type === "ImportDeclaration" && statement.specifiers.some((one) => one.local.name === local.name)
    )?.source.value
  return from?.startsWith(".") ? join(dirname(path), from) : undefined
}

const declarations = (path, text, program, statement) => {
  const { declaration, source, specifiers } = statement
  if (declaration == null) {
    return specifiers.flatMap((specifier) => {
      const origin = originOf(path, program, specifier, source)
      const found = origin === undefined
        ? undefined
        : read(origin).exported.find(({ name }) => name === specifier.local.name)
      return found === undefined ? [] : [{ ...found, name: specifier.exported.name }]
    })
  }
  if (declaration.type === "VariableDeclaration") {
    return declaration.declarations.map((one) => ({
      name: text.slice(one.id.start, one.id.typeAnnotation?.start ?? one.id.end),
      code: variableText(text, declaration.kind, one)
    }))
  }
  const code = declaration.type === "ClassDeclaration"
    ? classText(text, declaration)
    : declaration.type === "FunctionDeclaration"
    ? trimmed(text.slice(declaration.start, declaration.body.start))
    : text.slice(declaration.start, declaration.end)
  return [{ name: declaration.id.name ?? text.slice(declaration.id.start, declaration.id.end), code }]
}

/** A module's opening comment and its exports. */
export const read = (path) => {
  const text = readFileSync(path, "utf8")
  const { comments, errors, program } = parseSync(path, text)
  if (errors.length > 0) throw new Error(`${path}: ${errors[0].message}`)
  const [first] = comments
  const opening = first?.type === "Block" && text.slice(0, first.start).trim() === "" ? prose(first.value.slice(1)) : ""
  const exported = new Map()
  for (const statement of program.body.filter(({ type }) => type === "ExportNamedDeclaration")) {
    for (const one of declarations(path, text, program, statement)) {
      const before = exported.get(one.name)
      const comment = one.comment ?? commentBefore(text, comments, statement.start)
      // a value and its type of one name are one export
      exported.set(
        one.name,
        before === undefined
          ? { ...one, comment: comment === opening ? "" : comment }
          : {
            ...before,
            code: `${before.code}\n\n${one.code}`,
            comment: [before.comment, comment].filter(Boolean).join(" ")
          }
      )
    }
  }
  return { opening, exported: [...exported.values()] }
}

const manifestOf = (folder) => JSON.parse(readFileSync(join(folder, "package.json"), "utf8"))

/** The packages that are published, with their modules that others may import. */
export const packages = () =>
  readdirSync(join(root, "packages")).map((name) => ({ folder: join(root, "packages", name) }))
    .map(({ folder }) => ({ folder, manifest: manifestOf(folder) }))
    .filter(({ manifest }) => manifest.private !== true)
    .map(({ folder, manifest }) => {
      const closed = Object.entries(manifest.exports).flatMap(([path, target]) => (target === null ? [path] : []))
      const isClosed = (module) =>
        closed.some((path) =>
          path.endsWith("/*") ? `./${module}`.startsWith(path.slice(0, -1)) : path === `./${module}`
        )
      return {
        folder,
        name: manifest.name,
        says: manifest.description,
        modules: readdirSync(join(folder, "src"), { recursive: true, encoding: "utf8" })
          .filter((path) => path.endsWith(".ts") && !path.endsWith(".d.ts"))
          .map((path) => path.slice(0, -3).replaceAll("\\", "/"))
          .filter((module) => !isClosed(module)).toSorted()
          .map((module) => ({ module, ...read(join(folder, "src", `${module}.ts`)) }))
      }
    })

const firstSentence = (text) =>
  (/^[\s\S]*?\.(?=\s|$)/.exec(text)?.[0] ?? text).replaceAll(/\s+/g, " ").replaceAll("|", "\\|")

const modulePage = (name, { exported, module, opening }) =>
  [
    `# ${name}/${module}`,
    opening,
    `[${name}](${"../".repeat(module.split("/").length - 1)}README.md)`,
    ...exported.map(({ code, comment, name }) =>
      [`## ${name}`, comment, `\`\`\`ts\n${code}\n\`\`\``].filter((part) => part !== "").join("\n\n")
    )
  ].filter((part) => part !== "").join("\n\n") + "\n"

/** The pages of a package by their paths. */
export const pagesOf = ({ modules, name, says }) => ({
  "README.md": `# ${name}\n\n${says}\n\n| module | |\n| --- | --- |\n${
    modules.map(({ module, opening }) => `| [\`${module}\`](${module}.md) | ${firstSentence(opening)} |`).join("\n")
  }\n`,
  ...Object.fromEntries(modules.map((one) => [`${one.module}.md`, modulePage(name, one)]))
})

const write = (folder, pages) => {
  rmSync(folder, { recursive: true, force: true })
  for (const [path, page] of Object.entries(pages)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    writeFileSync(join(folder, path), page)
  }
}

if (process.argv[1] === import.meta.filename) {
  const all = packages()
  const [, , only] = process.argv
  if (only === undefined) {
    const short = ({ name }) => name.replace(/^@[^/]+\//, "")
    write(join(root, "docs", "api"), {
      "README.md": `# API of the packages\n\n${
        all.map((one) => `- [${one.name}](${short(one)}/README.md): ${one.says}`).join("\n")
      }\n`
    })
    for (const one of all) write(join(root, "docs", "api", short(one)), pagesOf(one))
  } else {
    const mine = all.find(({ folder }) => folder === resolve(only))
    if (mine === undefined) throw new Error(`${only} is no package that is published`)
    write(join(mine.folder, "dist", "api"), pagesOf(mine))
  }
}
