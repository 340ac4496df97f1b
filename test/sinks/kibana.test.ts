import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { importObjects, importUrl } from '../../pipeline/sinks/kibana.js'
import { kibanaNdjson, kibanaObjects } from '../../schemas/kibana/objects.js'
import { runCli } from '../cli/run-cli.js'
import { makeCertificates } from '../services/certificates.js'

type Got = { method: string; path: string; headers: NodeJS.Dict<string | string[]>; body: string }
const got: Got[] = []
const done = { success: true, successCount: 3, warnings: [] }
let answer: [number, unknown] = [200, done]
const listener: RequestListener = (request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (c: Buffer) => chunks.push(c))
  request.on('end', () => {
    const { method = '', url: path = '', headers } = request
    got.push({ method, path, headers, body: Buffer.concat(chunks).toString('utf8') })
    const [status, body] = answer
    response.writeHead(status).end(typeof body === 'string' ? body : JSON.stringify(body))
  })
}
const server = createServer(listener)
let url: string
let dir: string
beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  dir = mkdtempSync(join(tmpdir(), 'kibana-test-'))
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
  rmSync(dir, { recursive: true, force: true })
})
beforeEach(() => {
  got.length = 0
  answer = [200, done]
})

const setup = (section: string, ...argv: string[]) => {
  const config = join(dir, 'whytimeout.yml')
  writeFileSync(config, `kibana: ${section}\n`)
  return runCli(['setup', 'kibana', '--config', config, ...argv])
}

/** The file in a form, read by other code than ours. */
async function fileIn({ headers, body }: Got): Promise<string> {
  const form = await new Response(body, { headers: { 'content-type': headers['content-type'] as string } }).formData()
  return (form.get('file') as File).text()
}

describe('setup kibana', () => {
  test.each(['en', 'zh'] as const)('imports the objects in %s, over what is there', async (lang) => {
    const ran = await setup(`{ url: "${url}/" }`, '--lang', lang)
    expect(ran).toMatchObject({ exit: 0, err: '', out: expect.stringContaining(url) })
    expect(got).toMatchObject([
      { method: 'POST', path: '/api/saved_objects/_import?overwrite=true', headers: { 'kbn-xsrf': 'true' } },
    ])
    expect(got[0]?.headers.authorization).toBeUndefined()
    expect(await fileIn(got[0] as Got)).toBe(kibanaNdjson(lang))
  })
  test('into a space, behind a base path, with a key', async () => {
    await setup(`{ url: "${url}/kb", space: ops, api_key: abc== }`)
    expect(got[0]).toMatchObject({
      path: '/kb/s/ops/api/saved_objects/_import?overwrite=true',
      headers: { authorization: 'ApiKey abc==' },
    })
  })
  test('with a password', async () => {
    await setup(`{ url: "${url}", space: default, username: 张三, password: "p:w" }`)
    const { headers, path } = got[0] as Got
    expect(path).toBe('/api/saved_objects/_import?overwrite=true')
    expect(Buffer.from((headers.authorization as string).slice(6), 'base64').toString()).toBe('张三:p:w')
  })
  test('a dry run says what would be done and asks nobody', async () => {
    const { exit, out } = await setup(`{ url: "${url}" }`, '--dry-run', '--lang', 'zh')
    expect(exit).toBe(0)
    for (const { id } of kibanaObjects('zh')) expect(out).toContain(` ${id}: `)
    expect(out).toContain('[whytimeout] 超时总览')
    expect(got).toEqual([])
  })
  test('to a file, without a Kibana', async () => {
    const file = join(dir, 'out.ndjson')
    const config = join(dir, 'none.yml')
    writeFileSync(config, 'log_level: info\n')
    const ran = await runCli(['setup', 'kibana', '--config', config, '--out', file])
    expect(ran).toMatchObject({ exit: 0, out: expect.stringContaining(file) })
    expect(readFileSync(file, 'utf8')).toBe(kibanaNdjson('en'))
    expect(await runCli(['setup', 'kibana', '--config', config])).toMatchObject({
      exit: 2,
      err: expect.stringContaining('"kibana" is missing'),
    })
    expect(await runCli(['setup', 'kibana', '--config', config, '--out', dir])).toMatchObject({
      exit: 2,
      err: expect.stringMatching(/^OUTPUT_UNWRITABLE/),
    })
    expect((await runCli(['setup', 'kafka', '--config', config, '--out', file])).err).toContain('takes no --out')
  })
  const refused = {
    success: false,
    successCount: 1,
    errors: ['a', 'b', 'c', 'd'].map((id) => ({ id, type: 'search', error: { type: 'missing_references' } })),
  }
  test.each([
    [401, { message: '[security_exception] unable to authenticate' }, 2, 'KIBANA_LOGIN', 'unable to authenticate'],
    [403, { message: 'Unable to bulk_create dashboard' }, 2, 'KIBANA_LOGIN', 'bulk_create dashboard'],
    [404, { message: 'Not Found' }, 2, 'KIBANA_NOT_THERE', 'status 404'],
    [302, '', 2, 'KIBANA_NOT_THERE', 'status 302'],
    [200, '<html>', 2, 'KIBANA_NOT_THERE', 'not Kibana'],
    [200, { name: 'es1', tagline: 'You Know, for Search' }, 2, 'KIBANA_NOT_THERE', 'not Kibana'],
    [503, 'Kibana server is not ready yet', 1, 'KIBANA_UNREACHABLE', 'status 503'],
    [400, { message: 'Unsupported typeMigrationVersion' }, 2, 'KIBANA_REFUSED', 'typeMigrationVersion'],
    [200, refused, 2, 'KIBANA_REFUSED', 'search a (missing_references), search b'],
  ])('%i %j', async (status, body, exit, code, words) => {
    answer = [status, body]
    const ran = await setup(`{ url: "${url}", api_key: verysecret }`)
    expect(ran).toMatchObject({ exit, out: '', err: expect.stringContaining(words) })
    expect(ran.err).toMatch(new RegExp(`^${code}: `))
    expect(ran.err).not.toContain('verysecret')
    const { err } = await setup(`{ url: "${url}" }`, '--lang', 'zh')
    expect(err).toMatch(/\p{Script=Han}/u)
  })
  test('more than three refused objects are counted', async () => {
    answer = [200, refused]
    expect((await setup(`{ url: "${url}" }`)).err).toContain('search c (missing_references), and 1 more')
  })
  test('nobody there, and nobody who answers', async () => {
    expect(await setup('{ url: "http://127.0.0.1:1" }')).toMatchObject({
      exit: 1,
      err: expect.stringContaining('ECONNREFUSED'),
    })
    const silent = createServer(() => {})
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve))
    const { port } = silent.address() as AddressInfo
    await expect(importObjects({ url: `http://127.0.0.1:${port}` }, '{}\n', 50)).rejects.toThrow(/no answer in 0.05 s/)
    silent.closeAllConnections()
    silent.close()
  })
  test('its own authority, by a path from the file', async () => {
    const { ca, server: pair } = await makeCertificates(dir)
    const tls = createTlsServer({ key: readFileSync(pair.key), cert: readFileSync(pair.cert) }, listener)
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve))
    const secure = `https://localhost:${(tls.address() as AddressInfo).port}`
    expect(await setup(`{ url: "${secure}", ca: ${basename(ca)} }`)).toMatchObject({ exit: 0 })
    expect(await setup(`{ url: "${secure}" }`)).toMatchObject({
      exit: 1,
      err: expect.stringMatching(/KIBANA_UNREACHABLE/),
    })
    expect(await setup(`{ url: "${secure}", ca: none.pem }`)).toMatchObject({
      exit: 2,
      err: expect.stringContaining('kibana.ca'),
    })
    tls.closeAllConnections()
    tls.close()
  })
})

test('addresses', () => {
  expect(importUrl({ url: 'https://k:5601' })).toBe('https://k:5601/api/saved_objects/_import?overwrite=true')
  expect(importUrl({ url: 'https://k/a/b//', space: 'x' })).toBe(
    'https://k/a/b/s/x/api/saved_objects/_import?overwrite=true',
  )
})
