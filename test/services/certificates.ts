import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './jars.js'

type Pair = { readonly cert: string; readonly key: string }
/** PEM files. */
export type Certificates = {
  readonly ca: string
  /** Of an authority that signed nothing here. */
  readonly foreignCa: string
  /** For 127.0.0.1 and localhost. */
  readonly server: Pair
  readonly client: Pair
}

/** An authority of our own, made anew for every run, and what it signs. */
export async function makeCertificates(dir: string): Promise<Certificates> {
  mkdirSync(dir, { recursive: true })
  const make = async (name: string, extensions: readonly string[], signer?: Pair): Promise<Pair> => {
    const pair = { cert: join(dir, `${name}.pem`), key: join(dir, `${name}.key`) }
    await run('openssl', [
      ...['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '2'],
      ...['-subj', `/CN=${name}`, '-out', pair.cert, '-keyout', pair.key],
      ...(signer ? ['-CA', signer.cert, '-CAkey', signer.key] : []),
      ...extensions.flatMap((e) => ['-addext', e]),
    ])
    return pair
  }
  const authority = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign']
  const leaf = ['basicConstraints=critical,CA:FALSE']
  const [ca, foreign] = await Promise.all([make('test-ca', authority), make('foreign-ca', authority)])
  const [server, client] = await Promise.all([
    make('server', [...leaf, 'subjectAltName=IP:127.0.0.1,DNS:localhost', 'extendedKeyUsage=serverAuth'], ca),
    make('client', [...leaf, 'extendedKeyUsage=clientAuth'], ca),
  ])
  return { ca: ca.cert, foreignCa: foreign.cert, server, client }
}
