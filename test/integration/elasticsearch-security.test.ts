import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createServer, type Server } from 'node:tls'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { setupElasticsearch } from '../../pipeline/run/setup-elasticsearch.js'
import { type Client, connectElasticsearch } from '../../pipeline/sinks/elasticsearch-client.js'
import { apiKeyBody, type ROLES } from '../../pipeline/sinks/elasticsearch-roles.js'
import { checkTemplates } from '../../pipeline/sinks/elasticsearch-templates.js'
import type { StoredDocument } from '../../pipeline/stream/documents.js'
import type { ElasticsearchConfig } from '../../schemas/config.js'
import { runCli } from '../cli/run-cli.js'
import { type Elasticsearch, startElasticsearch, USER } from '../services/elasticsearch.js'
import { canRun, documents, everything, trySink } from './elasticsearch-server.js'

const PASSWORD = 'correct-horse'
const quiet = { out: () => {}, err: () => {}, lang: 'en' } as const

describe.skipIf(!canRun())('an Elasticsearch with passwords and small requests', () => {
  let server: Elasticsearch
  let admin: Client
  const as = (more: ElasticsearchConfig): ElasticsearchConfig => ({ node: server.url, ...more })
  const asAdmin = () => as({ username: USER, password: PASSWORD })
  /** As an operator would make it from what `setup` prints. */
  const keyFor = async (role: keyof typeof ROLES): Promise<string> => {
    const body = apiKeyBody(role)
    return (await admin.transport.request<{ encoded: string }>({ method: 'POST', path: '/_security/api_key', body }))
      .encoded
  }

  beforeAll(async () => {
    server = await startElasticsearch({ password: PASSWORD, settings: ['http.max_content_length: 64kb'] })
    admin = await connectElasticsearch(asAdmin(), '.')
    await setupElasticsearch({ elasticsearch: asAdmin(), dir: '.' }, { dryRun: false, diff: false, io: quiet })
  }, 200_000)
  afterAll(async () => {
    await admin?.close()
    await server?.stop()
  })

  test.each([
    ['a wrong password', { username: USER, password: 'hunter2' }],
    ['no password', {}],
    ['a wrong key', { api_key: 'aHVudGVyMjpodW50ZXIy' }],
  ])('%s stops at once, and is not in the words', async (_, wrong) => {
    const { sink, refused } = await trySink(as(wrong))
    const error = await sink.store(documents('wrong', 10)).then(
      () => undefined,
      (e: Error) => e,
    )
    expect(error).toMatchObject({ code: 'ELASTICSEARCH_REFUSED' })
    expect(error?.message).toMatch(/^401 security_exception/)
    expect(error?.message).not.toMatch(/hunter2|aHVudGVy/)
    expect(sink.counts()).toMatchObject({ requests: 1, retries: 0, stored: 0 })
    expect(refused).toEqual([])
    await sink.close()
    const client = await connectElasticsearch(as(wrong), '.')
    await expect(checkTemplates(client)).rejects.toMatchObject({ code: 'ELASTICSEARCH_REFUSED' })
    await client.close()
  })

  test("the writer's key can check, store and delete, and read nothing", async () => {
    const config = as({ api_key: await keyFor('writer') })
    const client = await connectElasticsearch(config, '.')
    await checkTemplates(client)
    await expect(client.search({ index: 'whytimeout-*' })).rejects.toThrow(/security_exception/)
    await expect(client.bulk({ operations: [{ index: { _index: 'other' } }, {}] })).resolves.toMatchObject({
      items: [{ index: { status: 403 } }],
    })
    await client.close()
    const { sink } = await trySink(config)
    const given = documents('writer', 30)
    await sink.store(given)
    await sink.store(given.map(({ source: _, ...end }) => ({ ...end, version: 9 })))
    expect(sink.counts()).toMatchObject({ stored: 30, deleted: 30 })
    await sink.close()
  })

  test("the reader's key can search; storing with it stops at once", async () => {
    const config = as({ api_key: await keyFor('reader') })
    const client = await connectElasticsearch(config, '.')
    await client.search({ index: 'whytimeout-events-*' })
    await client.close()
    const { sink } = await trySink(config)
    await expect(sink.store(documents('reader', 3))).rejects.toThrow(/403 security_exception/)
    await sink.close()
  })

  test("the keeper's key can drop old indices", async () => {
    await admin.indices.create({ index: 'whytimeout-events-2020.01.01' })
    const dir = mkdtempSync(join(tmpdir(), 'keeper-'))
    const config = join(dir, 'whytimeout.yml')
    writeFileSync(config, `elasticsearch: { node: "${server.url}", api_key: "\${KEY}" }\n`)
    const env = { KEY: await keyFor('keeper') }
    const ran = await runCli(['retention', '--config', config, '--events', '30d'], { env, now: '2026-01-01T00:00:00Z' })
    expect(ran).toEqual({ exit: 0, out: 'whytimeout-events-2020.01.01\n', err: '1 index dropped\n' })
    expect(await admin.indices.exists({ index: 'whytimeout-events-2020.01.01' })).toBe(false)
    rmSync(dir, { recursive: true })
  })

  test('requests that are too large (413) are halved; of a document its texts are cut, else it is refused', async () => {
    const { sink, refused } = await trySink(asAdmin())
    const many = documents('many', 300, 1_000)
    const [a, b] = documents('large', 2) as [StoredDocument, StoredDocument]
    const long = { ...a, source: { ...a.source, message: '超时'.repeat(40_000) } }
    const wide = { ...b, source: { ...b.source, labels: 'x'.repeat(80_000) } }
    await sink.store([...many, long, wide])
    expect(sink.counts()).toMatchObject({ stored: 301, deadLettered: 1, cut: 1 })
    expect(refused.map((r) => [r.document.id, r.code])).toEqual([[wide.id, 'INDEX_TOO_LARGE']])
    const stored = await everything(admin, 'whytimeout-events-*')
    expect(stored).toHaveLength(301)
    expect(stored.find((s) => s.id === long.id)?.source).toMatchObject({
      message: '超时'.repeat(4_096),
      whytimeout: { cut: ['message'], realm: 'large' },
    })
    await sink.close()
  })

  test('TLS: with its own authority it is trusted, without it refused in clear words', async () => {
    const { tls, url, ca, dir } = await behindTls(server.url)
    const trusting = await connectElasticsearch({ ...asAdmin(), node: url, ca }, dir)
    await checkTemplates(trusting)
    const wary = await connectElasticsearch({ ...asAdmin(), node: url }, dir)
    await expect(checkTemplates(wary)).rejects.toThrow(/self-signed certificate/)
    await Promise.all([trusting.close(), wary.close()])
    await new Promise((resolve) => tls.close(resolve))
    rmSync(dir, { recursive: true })
  })
})

/** The server behind a certificate of its own; the JDK that runs it can make one. */
async function behindTls(target: string): Promise<{ tls: Server; url: string; ca: string; dir: string }> {
  const dir = mkdtempSync(join(tmpdir(), 'tls-'))
  const [store, ca] = [join(dir, 'server.p12'), join(dir, 'ca.pem')]
  const keytool = (...args: string[]) =>
    execFileSync(
      'keytool',
      [...args, ...['-keystore', store, '-storetype', 'PKCS12', '-storepass', 'changeit', '-alias', 's']],
      {
        stdio: 'pipe',
      },
    )
  const made = ['-keyalg', 'EC', '-dname', 'CN=localhost', '-ext', 'san=ip:127.0.0.1,dns:localhost', '-validity', '2']
  keytool('-genkeypair', ...made)
  keytool('-exportcert', '-rfc', '-file', ca)
  const { hostname, port } = new URL(target)
  const tls = createServer({ pfx: readFileSync(store), passphrase: 'changeit' }, (socket) => {
    const upstream = connect(Number(port), hostname)
    socket.pipe(upstream).pipe(socket)
    for (const s of [socket, upstream]) s.on('error', () => s.destroy())
  })
  await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve))
  return { tls, url: `https://127.0.0.1:${(tls.address() as { port: number }).port}`, ca: 'ca.pem', dir }
}
