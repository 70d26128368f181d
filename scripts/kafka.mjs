// A Kafka broker from Maven Central: the jars of each profile in integration/kafka/pom.xml, kept in .tools/kafka. The
// copy of the pom beside them says what they were made from; another pom fetches them anew.
import { spawnSync } from "node:child_process"
import { copyFileSync, existsSync, mkdirSync, readFileSync, renameSync, rmSync } from "node:fs"
import { join } from "node:path"
import { root } from "./processes.mjs"

const pom = join(root, "integration", "kafka", "pom.xml")
const cache = join(root, ".tools", "kafka")
const versions = ["3.9", "4.x"]

const isThere = (version) => {
  const stamp = join(cache, version, "pom.xml")
  return existsSync(stamp) && readFileSync(stamp, "utf8") === readFileSync(pom, "utf8")
}

/** Whether the jars of every version are there. */
export const hasKafka = () => versions.every(isThere)

/** Fetches what is not there, and returns whether all of it is there then. Maven's words are shown when it fails. */
export const fetchKafka = () => {
  for (const version of versions.filter((one) => !isThere(one))) {
    const began = Date.now()
    const folder = join(cache, version)
    const half = `${folder}.part`
    rmSync(half, { recursive: true, force: true })
    mkdirSync(half, { recursive: true })
    const args = ["-q", "-B", "-f", pom, "-P", version, "dependency:copy-dependencies", `-DoutputDirectory=${half}`]
    const { error, status, stdout, stderr } = spawnSync("mvn", args, { encoding: "utf8", timeout: 600_000 })
    if (status !== 0) {
      console.error(`mvn ${args.join(" ")} failed:\n${error?.message ?? ""}${stdout ?? ""}${stderr ?? ""}`.trimEnd())
      return false
    }
    copyFileSync(pom, join(half, "pom.xml"))
    rmSync(folder, { recursive: true, force: true })
    renameSync(half, folder)
    console.log(`Fetched Kafka ${version} in ${Math.round((Date.now() - began) / 1000)} s.`)
  }
  return true
}
if (process.argv[1] === import.meta.filename) process.exit(fetchKafka() ? 0 : 1)
