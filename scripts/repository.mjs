// Where this repository is, as the packages say it of themselves: provenance is a statement about it. It is known where they
// are published from: in REPOSITORY_URL, in what the CI sets, or in git's remote `origin`. Run by itself, it ends with 1 when
// it is nowhere, and so `prepublishOnly` lets nothing be published whose provenance would be empty.
import { execFileSync } from "node:child_process"
import { root } from "./processes.mjs"

const remote = () => {
  try {
    return execFileSync("git", ["remote", "get-url", "origin"], { cwd: root, encoding: "utf8", stdio: "pipe" }).trim()
  } catch {
    return undefined
  }
}

/** Of the variables that CI systems set. */
const ofCi = ({ CI_PROJECT_URL, GITHUB_REPOSITORY, GITHUB_SERVER_URL }) =>
  GITHUB_SERVER_URL && GITHUB_REPOSITORY ? `${GITHUB_SERVER_URL}/${GITHUB_REPOSITORY}` : CI_PROJECT_URL

/** As npm writes it, `git+https://host/owner/name.git`, without user and password; nothing where it is no address. */
export const addressOf = (given) => {
  const [, host, path] = /^(?:[^@/\s]+@)?([^:/\s]+):(?!\/\/)([^\s]+)$/.exec(given) ?? []
  const text = host === undefined ? given : `https://${host}/${path}`
  if (!/^(https?|ssh|git|git\+https|git\+ssh):\/\//.test(text) || !URL.canParse(text)) return undefined
  const { hostname, pathname, port, protocol } = new URL(text)
  const name = pathname.replace(/\/+$/, "").replace(/\.git$/, "")
  // the port of ssh leads nowhere over https
  const at = /https?:$/.test(protocol) && port !== "" ? `${hostname}:${port}` : hostname
  return hostname === "" || name.length < 2 ? undefined : `git+https://${at}${name}.git`
}

/** Nothing where it is not known. */
export const repository = (environment = process.env, origin = remote) => {
  const given = [environment.REPOSITORY_URL, ofCi(environment)].find((one) => one !== undefined && one !== "") ??
    origin()
  return given === undefined ? undefined : addressOf(given)
}

if (process.argv[1] === import.meta.filename) {
  const known = repository()
  if (known === undefined) {
    console.error(
      "Nothing is published with provenance from a place that nobody knows: set REPOSITORY_URL, or git's remote origin."
    )
    process.exitCode = 1
  } else console.log(known)
}
