// The ICE servers that headend names in its answers (`Link`, RFC 9725 section 4.6). Those with a password are named only
// to who was let in, when our offer is made already: they are used from the next connection on.

export interface IceServer {
  readonly urls: string
  readonly username?: string
  readonly credential?: string
}

/** An address and its parameters; commas may be in quotes. */
const oneLink = /<[^>]*>(?:\s*;\s*[\w-]+=(?:"(?:[^"\\]|\\.)*"|[^\s;,"]+))*/g

const parameter = (link: string, name: string): string | undefined =>
  new RegExp(`;\\s*${name}="((?:[^"\\\\]|\\\\.)*)"`).exec(link)?.[1]?.replace(/\\(.)/g, "$1")

/** Those of a `Link` header; other links are none. */
export const parse = (header: string): ReadonlyArray<IceServer> =>
  (header.match(oneLink) ?? []).flatMap((link) => {
    const urls = /^<((?:stuns?|turns?):[^>]+)>/.exec(link)?.[1]
    if (urls === undefined || parameter(link, "rel") !== "ice-server") return []
    const username = parameter(link, "username")
    const credential = parameter(link, "credential")
    return [{
      urls,
      ...(username === undefined ? {} : { username }),
      ...(credential === undefined ? {} : { credential })
    }]
  })

let servers: ReadonlyArray<IceServer> = []

/** For a new connection. */
export const configuration = (): RTCConfiguration => ({ iceServers: [...servers] })

/** Keeps those that an answer names; true when they are other ones than before. */
export const learn = (header: string | undefined): boolean => {
  const named = header === undefined ? [] : parse(header)
  const isNew = named.length > 0 && JSON.stringify(named) !== JSON.stringify(servers)
  if (isNew) servers = named
  return isNew
}
