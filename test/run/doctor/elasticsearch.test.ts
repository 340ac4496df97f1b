import { createServer, type IncomingMessage, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { reasonOf } from '../../../pipeline/run/cluster/reason.js'
import { addressesOf, type ElasticsearchFacts, judgeElasticsearch } from '../../../pipeline/run/doctor/elasticsearch.js'
import { getJson, type HttpAnswer } from '../../../pipeline/run/doctor/http-get.js'
import { elasticsearchTemplates } from '../../../schemas/elasticsearch.js'
import { codesOf } from './facts.js'

const answer = (body: unknown, status = 200): HttpAnswer => ({
  status,
  body,
  headers: { 'x-elastic-product': 'Elasticsearch' },
})
const about = (number: string, build_flavor = 'default', cluster_uuid = 'u') =>
  answer({ cluster_uuid, version: { number, build_flavor } })
/** The program's own templates as a server shows them, with what they say of themselves changed. */
const templates = (change: object = {}) =>
  answer({
    index_templates: Object.entries(elasticsearchTemplates().indices).map(([name, { _meta }]) => ({
      name,
      index_template: { _meta: { ..._meta, ...change } },
    })),
  })
const GREEN = answer({ status: 'green', number_of_nodes: 3, cluster_name: 'c' })

describe('judgement', () => {
  const judge = (facts: Partial<ElasticsearchFacts>) =>
    codesOf(
      judgeElasticsearch({
        nodes: [{ address: 'e:9200', answer: about('8.19.8') }],
        health: GREEN,
        templates: templates(),
        hasLogin: true,
        inClear: [],
        ...facts,
      }),
    )
  const node = (a: HttpAnswer) =>
    judge({ nodes: [{ address: 'e:9200', answer: a }], health: undefined, templates: undefined })
  test('fine', () =>
    expect(judge({})).toEqual(['ok elasticsearch-answers', 'ok elasticsearch-healthy', 'ok templates-there']))
  test.each<[string, HttpAnswer, string]>([
    ['too old', about('8.13.4'), 'fail elasticsearch-too-old'],
    ['old enough', about('8.14.0'), 'ok elasticsearch-answers'],
    ['seven', about('7.17.0'), 'fail elasticsearch-too-old'],
    ['nine', about('9.4.3'), 'ok elasticsearch-answers'],
    ['ten', about('10.0.0'), 'warn elasticsearch-untried'],
    ['serverless', about('8.11.0', 'serverless'), 'warn elasticsearch-serverless'],
    ['a fork', { ...about('2.19.1'), headers: {} }, 'fail not-elasticsearch'],
    ['something else', { status: 200, body: undefined, headers: {} }, 'fail not-elasticsearch'],
    ['refused', answer({}, 401), 'fail elasticsearch-login-refused'],
    ['no right to ask', answer({}, 403), 'warn elasticsearch-not-seen'],
    ['a proxy', answer('no', 502), 'fail elasticsearch-http-error'],
  ])('%s', (_, given, code) => expect(node(given)).toEqual([code]))
  test('unreachable', () =>
    expect(
      judge({
        nodes: [{ address: 'e', answer: reasonOf({ code: 'ENOTFOUND' }) }],
        health: undefined,
        templates: undefined,
      }),
    ).toEqual(['fail elasticsearch-unknown-host']))
  test('nodes of two clusters', () =>
    expect(
      judge({
        nodes: [
          { address: 'a', answer: about('8.19.8') },
          { address: 'b', answer: about('8.19.8', 'default', 'v') },
        ],
      }),
    ).toContain('fail elasticsearch-several-clusters'))
  test('health', () => {
    const health = (status: string, number_of_nodes: number) =>
      judge({ health: answer({ status, number_of_nodes }) })[1]
    expect(health('red', 1)).toBe('fail elasticsearch-red')
    expect(health('yellow', 2)).toBe('warn elasticsearch-yellow')
    expect(health('yellow', 1)).toBe('ok elasticsearch-healthy')
  })
  test('a key in the clear', () => {
    expect(judge({ inClear: ['http://e:9200'] })).toContain('warn elasticsearch-login-without-tls')
    expect(judge({ inClear: ['http://e:9200'], hasLogin: false })).not.toContain('warn elasticsearch-login-without-tls')
  })
  test('templates', () => {
    const state = (a: HttpAnswer) => judge({ templates: a })[2]
    expect(state(templates())).toBe('ok templates-there')
    expect(state(answer({ index_templates: [] }))).toBe('fail templates-missing')
    expect(state(answer({ error: {} }, 404))).toBe('fail templates-missing')
    expect(state(templates({ digest: 'other' }))).toBe('fail templates-differ')
    expect(state(templates({ partition: 'year' }))).toBe('fail templates-differ')
    expect(state(templates({ managed_by: 'somebody' }))).toBe('fail templates-differ')
    // Of a newer program: they only add.
    expect(state(templates({ digest: 'other', version: 1_000 }))).toBe('ok templates-there')
    expect(state(answer({}, 403))).toBe('skip templates-hidden')
  })
})

test('the address in a cloud id', () => {
  const id = `name:${Buffer.from('eu-west-1.aws.found.io:443$abc123$def').toString('base64')}`
  expect(addressesOf({ cloud_id: id })).toEqual(['https://abc123.eu-west-1.aws.found.io:443'])
  expect(() => addressesOf({ cloud_id: 'name:AAAAAAAAAAA=' })).toThrow('names no host')
  expect(addressesOf({ node: ['http://a:1', 'http://b:2'] })).toEqual(['http://a:1', 'http://b:2'])
})

describe('one GET', () => {
  let server: Server | undefined
  afterEach(() => {
    server?.closeAllConnections()
    server?.close()
  })
  const served = async (act: (request: IncomingMessage, end: (text: string) => void) => void): Promise<URL> => {
    const made = createServer((request, response) => act(request, (text) => response.end(text)))
    server = made
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
    return new URL(`http://127.0.0.1:${(made.address() as AddressInfo).port}`)
  }
  test('headers go out, JSON comes back', async () => {
    const url = await served((request, end) => end(JSON.stringify({ got: request.headers.authorization })))
    expect(
      (await getJson(url, { headers: { authorization: 'ApiKey x' }, ca: undefined, limitMs: 5_000 })).body,
    ).toEqual({ got: 'ApiKey x' })
  })
  test('what is no JSON has no body', async () => {
    const url = await served((_, end) => end('<html>'))
    expect((await getJson(url, { headers: {}, ca: undefined, limitMs: 5_000 })).body).toBeUndefined()
  })
  test('silence and floods end', async () => {
    const silent = await served(() => {})
    await expect(getJson(silent, { headers: {}, ca: undefined, limitMs: 100 })).rejects.toThrow(
      'no answer within 0.1 s',
    )
    server?.closeAllConnections()
    server?.close()
    const flood = await served((_, end) => end('x'.repeat(9 * 1024 * 1024)))
    await expect(getJson(flood, { headers: {}, ca: undefined, limitMs: 5_000 })).rejects.toThrow('too long')
  })
})
