/**
 * What an offer says of the direction of its media.
 */
const direction = /^a=(sendrecv|sendonly|recvonly|inactive)\s*$/m

/** It is an offer, and no audio or video of it comes from its sender. */
export const isSilent = (sdp: string): boolean => {
  const [session = "", ...media] = sdp.split(/^(?=m=)/m)
  if (!session.startsWith("v=0")) return false
  const common = direction.exec(session)?.[1] ?? "sendrecv"
  return !media.some((one) =>
    /^m=(?:audio|video) (?!0 )/.test(one) && (direction.exec(one)?.[1] ?? common).startsWith("send")
  )
}
