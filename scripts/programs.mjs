// The distribution's programs that the demo and the integration tests use: which are missing, and apt-get for those
// where it may (root, or sudo that asks for no password).
import { spawnSync } from "node:child_process"
import { accessSync, constants, existsSync } from "node:fs"
import { delimiter, join } from "node:path"
import { fetchKafka, hasKafka } from "./kafka.mjs"

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

const gstRtspServer = "import gi; gi.require_version('GstRtspServer', '1.0'); gi.require_version('Gst', '1.0'); "
  + "from gi.repository import Gst, GstRtspServer; Gst.init(None); assert Gst.ElementFactory.find('x264enc')"

/** What is not a program named like its Debian package: how to see that it is there, and what to install. */
const kits = {
  "nginx-rtmp": {
    isThere: () => existsSync("/usr/sbin/nginx") && existsSync("/usr/lib/nginx/modules/ngx_rtmp_module.so"),
    packages: ["nginx", "libnginx-mod-rtmp"],
    service: "nginx"
  },
  "gst-rtsp-server": {
    isThere: () => spawnSync("/usr/bin/python3", ["-c", gstRtspServer], { stdio: "ignore" }).status === 0,
    packages: [
      "python3-gi",
      "gir1.2-gst-rtsp-server-1.0",
      "gstreamer1.0-tools",
      "gstreamer1.0-plugins-base",
      "gstreamer1.0-plugins-good",
      "gstreamer1.0-plugins-bad",
      "gstreamer1.0-plugins-ugly",
      "gstreamer1.0-libav",
      "gstreamer1.0-rtsp"
    ]
  },
  "redis-server": { isThere: () => isInstalled("redis-server"), packages: ["redis-server"], service: "redis-server" },
  // obs-websocket comes with it; a display that nobody looks at
  obs: { isThere: () => isInstalled("obs") && isInstalled("Xvfb"), packages: ["obs-studio", "obs-plugins", "xvfb"] },
  // a Java to run it, and Maven to fetch it from Maven Central
  kafka: {
    isThere: () => isInstalled("java") && hasKafka(),
    packages: ["default-jre-headless", "maven"],
    tools: ["java", "mvn"],
    fetch: fetchKafka
  },
  janus: { isThere: () => isInstalled("janus"), packages: ["janus"], service: "janus" }
}

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

/** Debian's packages have systemd start a server of their own, at once and at each boot. Nobody asked for that one. */
const stopService = (prefix, service) => {
  const hasSystemd = existsSync("/run/systemd/system")
  if (hasSystemd) tryAsRoot(prefix, "systemctl", "disable", "--now", "--quiet", `${service}.service`)
  else tryAsRoot(prefix, "/usr/sbin/update-rc.d", service, "disable")
  console.log(`The package's own ${service} service is switched off; we start ${service} ourselves.`)
}

/** What a kit fetches itself, where its tools are installed. */
const fetchFor = (program) => {
  const kit = kits[program]
  if (kit?.fetch !== undefined && !kit.isThere() && kit.tools.every(isInstalled)) kit.fetch()
}

/** Installs what is missing of these programs and kits, and returns what still is. */
export const ensurePrograms = (programs) => {
  programs.forEach(fetchFor)
  const isMissing = (program) => !(kits[program]?.isThere() ?? isInstalled(program))
  const missing = programs.filter(isMissing)
  if (missing.length === 0) return []

  const prefix = isInstalled("apt-get") ? asRoot() : undefined
  if (prefix === undefined) {
    const packages = missing.flatMap((program) => kits[program]?.packages ?? [program])
    const why = isInstalled("apt-get")
      ? `neither root nor sudo without a password. As root: apt-get install ${packages.join(" ")}`
      : "no apt-get here"
    console.log(`Missing: ${missing.join(", ")}. Not installed by this script: ${why}.`)
    return missing
  }
  // A machine that has just been started may still be busy with its own updates.
  const aptGet = ["apt-get", "-q", "-y", "-o", "DPkg::Lock::Timeout=180"]
  console.log(`Missing: ${missing.join(", ")}. Installing from the distribution …`)
  tryAsRoot(prefix, ...aptGet, "update")
  for (const program of missing) {
    const began = Date.now()
    if (!tryAsRoot(prefix, ...aptGet, "install", "--no-install-recommends", ...kits[program]?.packages ?? [program])) {
      continue
    }
    console.log(`Installed ${program} in ${Math.round((Date.now() - began) / 1000)} s.`)
    if (kits[program]?.service !== undefined) stopService(prefix, kits[program].service)
    fetchFor(program)
  }
  return missing.filter(isMissing)
}
