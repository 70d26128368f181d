// The distribution's programs that the demo and the integration tests use: which are missing, and apt-get for those
// where it may (root, or sudo that asks for no password).
import { spawnSync } from "node:child_process"
import { accessSync, constants, existsSync } from "node:fs"
import { delimiter, join } from "node:path"

/** Whether a program of this name is on the PATH. */
export const isInstalled = (program) =>
  (process.env.PATH ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, program), constants.X_OK)
      return true
    } catch {
      return false
    }
  })

/** What to put before a command so that it runs as root; undefined where we may not. */
const asRoot = () => {
  if (process.getuid?.() === 0) return []
  return spawnSync("sudo", ["-n", "true"], { stdio: "ignore" }).status === 0 ? ["sudo", "-n"] : undefined
}

/** Runs a command as root, and shows its output only when it fails. In "run level 1" init scripts start no service. */
const tryAsRoot = (prefix, ...command) => {
  const [program, ...args] = [...prefix, "env", "DEBIAN_FRONTEND=noninteractive", "RUNLEVEL=1", ...command]
  const { status, stdout, stderr } = spawnSync(program, args, {
    encoding: "utf8",
    maxBuffer: 2 ** 26,
    stdio: ["ignore", "pipe", "pipe"]
  })
  if (status !== 0) console.error(`${command.join(" ")} failed:\n${stdout ?? ""}${stderr ?? ""}`.trimEnd())
  return status === 0
}

/** Debian's package has systemd start a Janus of its own, at once and at each boot. Nobody asked for that one. */
const stopService = (prefix) => {
  const hasSystemd = existsSync("/run/systemd/system")
  if (hasSystemd) tryAsRoot(prefix, "systemctl", "disable", "--now", "--quiet", "janus.service")
  else tryAsRoot(prefix, "/usr/sbin/update-rc.d", "janus", "disable")
  console.log("The package's own Janus service is switched off; we start Janus ourselves.")
}

/** Installs what is missing of these programs, each named like its Debian package, and returns what still is. */
export const ensurePrograms = (programs) => {
  const isMissing = (program) => !isInstalled(program)
  const missing = programs.filter(isMissing)
  if (missing.length === 0) return []

  const prefix = isInstalled("apt-get") ? asRoot() : undefined
  if (prefix === undefined) {
    const why = isInstalled("apt-get") ? "neither root nor sudo without a password" : "no apt-get here"
    console.log(`Missing: ${missing.join(", ")}. Not installed by this script: ${why}.`)
    return missing
  }
  // A machine that has just been started may still be busy with its own updates.
  const aptGet = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=180"]
  console.log(`Missing: ${missing.join(", ")}. Installing from the distribution …`)
  tryAsRoot(prefix, ...aptGet, "update")
  for (const program of missing) {
    const began = Date.now()
    if (!tryAsRoot(prefix, ...aptGet, "install", "--no-install-recommends", program)) continue
    console.log(`Installed ${program} in ${Math.round((Date.now() - began) / 1000)} s.`)
    if (program === "janus") stopService(prefix)
  }
  return missing.filter(isMissing)
}
