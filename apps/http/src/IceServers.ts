/**
 * The ICE servers that WHIP and WHEP clients are told of, as `Link` headers (RFC 9725, section 4.6).
 */
import { Context, Redacted } from "effect"

export interface IceServer {
  /** `stun:host:port`, `turn:host:port?transport=udp` or `turns:…`. */
  readonly url: string
  readonly username?: string
  readonly credential?: Redacted.Redacted
}

/** None unless the settings name some. */
export const IceServers = Context.Reference<ReadonlyArray<IceServer>>("@headend/http/IceServers", {
  defaultValue: () => []
})

const quoted = (text: string) => `"${text.replace(/["\\]/g, "\\$&")}"`

const link = ({ credential, url, username }: IceServer): string =>
  [
    `<${url}>; rel="ice-server"`,
    ...(username === undefined ? [] : [`username=${quoted(username)}`]),
    ...(credential === undefined
      ? []
      : [`credential=${quoted(Redacted.value(credential))}; credential-type="password"`])
  ].join("; ")

/** The header, or nothing. Credentials are for those only who were let in. */
export const header = (servers: ReadonlyArray<IceServer>, letIn: boolean): { readonly link?: string } => {
  const told = servers.filter((one) => letIn || one.credential === undefined)
  return told.length === 0 ? {} : { link: told.map(link).join(", ") }
}
