// How a request of the VideoRoom plugin reaches a room: by its id, and with the secret or pin that guards it.
import type { Room } from "./model.ts"
import type { State } from "./State.ts"
import { codes } from "./videoroomTables.ts"
import { checkSecret, type Fields, type Id, type Parameters, type Refusal } from "./wire.ts"

/** The table for ids as this server has them. */
export const byIdType = (state: State, tables: { readonly number: Parameters; readonly string: Parameters }) =>
  state.settings.stringIds ? tables.string : tables.number

/** The room that a request names, if its secret (`modify`) or pin (`join`) is right. */
export const accessRoom = (state: State, body: Fields, purpose: "read" | "modify" | "join"): Room | Refusal => {
  const room = state.rooms.get(body.room as Id)
  if (!room) return { code: 426, error: `No such room (${body.room})` }
  if (purpose === "modify") return checkSecret(room.secret, body, "secret", codes) ?? room
  return (purpose === "join" ? checkSecret(room.pin, body, "pin", codes) : undefined) ?? room
}
