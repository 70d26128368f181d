// The page's functions for the test, on `globalThis.headend`.
import type { PageApi } from "./Protocol.ts"
import { closeSocket, leaveRoom, publishRoom, publishWhip } from "./publish.ts"
import { outcome } from "./refused.ts"
import { deleteResource } from "./resource.ts"
import { closeViewer, figures, viewMountpoint, viewWhep } from "./view.ts"

const api: PageApi = {
  publishWhip: (options) => outcome(() => publishWhip(options)),
  deleteResource,
  publishRoom: (options) => outcome(() => publishRoom(options)),
  leaveRoom,
  closeSocket,
  viewMountpoint: (options) => outcome(() => viewMountpoint(options)),
  viewWhep: (options) => outcome(() => viewWhep(options)),
  figures,
  closeViewer
}

Object.assign(globalThis, { headend: api })
