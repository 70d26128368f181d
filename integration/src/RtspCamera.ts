// A camera for tests: gst-rtsp-server behind the distribution's Python, H.264 and G.711 A-law over TCP or UDP, with or
// without a user and password. It is frozen by SIGSTOP and killed by SIGKILL, which look quite different to a relay.
import { Effect, type Scope } from "effect"
import { awaitPort, freePort, type PortUnavailable } from "./Ports.ts"
import { type Program, type ProgramEnded, type ProgramMissing, spawn } from "./Processes.ts"

export interface RtspCamera {
  /** `rtsp://127.0.0.1:port/cam`. */
  readonly url: string
  readonly port: number
  readonly program: Program
  /** Its picture stops for all who watch now, and its sound goes on. */
  readonly darken: Effect.Effect<void>
  /** Its picture goes on. */
  readonly lighten: Effect.Effect<void>
}

export interface CameraOptions {
  readonly port?: number
  /** It has a second picture of 10 frames a second, and a second sound. */
  readonly isDouble?: boolean
  /** Whoever comes has a picture of their own, also while it is dark for others. */
  readonly isPerViewer?: boolean
  /** Whom it lets in, by Basic or by Digest; everybody unless given. */
  readonly auth?: { readonly scheme: "basic" | "digest"; readonly user: string; readonly password: string }
}

const python = `
import signal, sys, gi
gi.require_version("Gst", "1.0"); gi.require_version("GstRtsp", "1.0"); gi.require_version("GstRtspServer", "1.0")
from gi.repository import Gst, GstRtsp, GstRtspServer, GLib
port, more, sharing, scheme, user, password = sys.argv[1:7]
Gst.init(None)
server = GstRtspServer.RTSPServer(); server.set_address("127.0.0.1"); server.set_service(port)
factory = GstRtspServer.RTSPMediaFactory(); factory.set_shared(sharing == "shared")
second = ("videotestsrc is-live=true pattern=ball ! video/x-raw,width=160,height=90,framerate=10/1 "
  "! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=10 bitrate=100 ! h264parse ! rtph264pay name=pay2 pt=97 "
  "audiotestsrc is-live=true freq=300 ! audio/x-raw,rate=8000,channels=1 ! mulawenc ! rtppcmupay name=pay3 pt=0 "
  ) if more == "double" else ""
factory.set_launch("( videotestsrc is-live=true ! video/x-raw,width=320,height=180,framerate=25/1 ! valve name=picture "
  "! x264enc tune=zerolatency speed-preset=ultrafast key-int-max=25 bitrate=300 ! h264parse ! rtph264pay name=pay0 pt=96 "
  "audiotestsrc is-live=true freq=1000 ! audio/x-raw,rate=8000,channels=1 ! alawenc ! rtppcmapay name=pay1 pt=8 " + second + ")")
pictures = []
factory.connect("media-configure", lambda _, media: pictures.append(media.get_element().get_by_name("picture")))
def drop(is_dark):
  for picture in pictures: picture.set_property("drop", is_dark)
  return True
for number, is_dark in ((signal.SIGUSR1, True), (signal.SIGUSR2, False)):
  GLib.unix_signal_add(GLib.PRIORITY_DEFAULT, number, drop, is_dark)
if scheme != "none":
  auth = GstRtspServer.RTSPAuth()
  token = GstRtspServer.RTSPToken(); token.set_string("media.factory.role", "user")
  if scheme == "basic":
    auth.add_basic(GstRtspServer.RTSPAuth.make_basic(user, password), token)
  else:
    auth.set_supported_methods(GstRtsp.RTSPAuthMethod.DIGEST)
    auth.add_digest(user, password, token)
  server.set_auth(auth)
  factory.add_role_from_structure(Gst.Structure.from_string(
    "user, media.factory.access=(boolean)true, media.factory.construct=(boolean)true")[0])
server.get_mount_points().add_factory("/cam", factory)
server.attach(None)
print("ready", flush=True)
GLib.MainLoop().run()
`

/** Starts it, and waits until it listens. */
export const start = (
  options: CameraOptions = {}
): Effect.Effect<RtspCamera, PortUnavailable | ProgramEnded | ProgramMissing, Scope.Scope> =>
  Effect.gen(function*() {
    const port = options.port ?? (yield* freePort)
    const more = options.isDouble === true ? "double" : "single"
    const sharing = options.isPerViewer === true ? "apart" : "shared"
    const { password, scheme, user } = options.auth ?? { scheme: "none", user: "", password: "" }
    const program = yield* spawn("/usr/bin/python3", [
      "-c",
      python,
      String(port),
      more,
      sharing,
      scheme,
      user,
      password
    ])
    yield* program.whileRunning(awaitPort(port))
    return {
      url: `rtsp://127.0.0.1:${port}/cam`,
      port,
      program,
      darken: program.signal("SIGUSR1"),
      lighten: program.signal("SIGUSR2")
    }
  })
