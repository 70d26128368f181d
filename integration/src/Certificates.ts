// Certificates for servers of this machine, from a CA that nobody else knows, with the openssl of the distribution.
import { Effect, Schema } from "effect"
import { execFileSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"

export class CertificateFailed extends Schema.TaggedError<CertificateFailed>()("CertificateFailed", {
  cause: Schema.Defect()
}) {}

export interface Certificates {
  /** Files in PEM. */
  readonly ca: string
  /** For 127.0.0.1 and for clients; the key is not encrypted. */
  readonly certificate: string
  readonly key: string
  /** A CA that has signed none of them. */
  readonly stranger: string
}

const make = (dir: string): Certificates => {
  const at = (name: string) => join(dir, name)
  const openssl = (words: string) => execFileSync("openssl", words.split(" "), { cwd: dir, stdio: "pipe" })
  const authority = (name: string) =>
    openssl(`req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=${name} -keyout ${name}.key -out ${name}.pem`)
  authority("ca")
  authority("stranger")
  openssl("req -newkey rsa:2048 -nodes -subj /CN=headend -keyout own.key -out own.csr")
  writeFileSync(at("extensions"), "subjectAltName=IP:127.0.0.1\n")
  openssl("x509 -req -in own.csr -CA ca.pem -CAkey ca.key -CAcreateserial -days 2 -extfile extensions -out own.pem")
  return { ca: at("ca.pem"), certificate: at("own.pem"), key: at("own.key"), stranger: at("stranger.pem") }
}

/** Made anew; they are removed with the scope. */
export const certificates = Effect.flatMap(
  Effect.acquireRelease(
    Effect.sync(() => mkdtempSync(join(tmpdir(), "headend-tls-"))),
    (dir) => Effect.sync(() => rmSync(dir, { recursive: true, force: true }))
  ),
  (dir) => Effect.try({ try: () => make(dir), catch: (cause) => new CertificateFailed({ cause }) })
)

/** What is in one of the files. */
export const read = (file: string): string => readFileSync(file, "utf8")
