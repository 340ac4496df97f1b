import { describe, expect, test } from 'vitest'
import { connectElasticsearch, failureOfError } from '../../pipeline/sinks/elasticsearch-client.js'
import type { ElasticsearchConfig } from '../../schemas/config.js'

describe('settings that cannot be meant are refused, and no secret is in the words', () => {
  test.each<[string, ElasticsearchConfig]>([
    ['neither node nor cloud_id', {}],
    ['both', { node: 'http://localhost:9200', cloud_id: 'a:b' }],
    ['a user without a password', { node: 'http://localhost:9200', username: 'hunter2' }],
    ['two ways to sign in', { node: 'http://localhost:9200', username: 'u', password: 'hunter2', api_key: 'hunter2' }],
    ['no such file of the authority', { node: 'https://localhost:9200', ca: 'nowhere.pem' }],
    ['a cloud_id that is none', { cloud_id: 'hunter2' }],
  ])('%s', async (_, config) => {
    const error = await connectElasticsearch(config, '.').then(
      () => undefined,
      (e: Error) => e,
    )
    expect(error).toMatchObject({ code: 'CONFIG_INVALID' })
    expect(error?.message).not.toContain('hunter2')
  })
  test('several nodes, or a cloud id', async () => {
    const many = await connectElasticsearch({ node: ['http://a:9200', 'http://b:9200'] }, '.')
    expect(many.connectionPool.connections.map((c) => c.url.host)).toEqual(['a:9200', 'b:9200'])
    const id = `shop:${Buffer.from('example.org$es1$kb1').toString('base64')}`
    const cloud = await connectElasticsearch({ cloud_id: id, api_key: 'k' }, '.')
    expect(cloud.connectionPool.connections.map((c) => c.url.href)).toEqual(['https://es1.example.org/'])
    await Promise.all([many.close(), cloud.close()])
  })
})

describe("what a client's error means", () => {
  const named = (name: string, message = 'm') => Object.assign(new Error(message), { name })
  test.each([
    ['ConnectionError', 'connect ECONNREFUSED 127.0.0.1:9200', { kind: 'again', isSlow: false }],
    ['ConnectionError', 'other side closed', { kind: 'again', isSlow: true }],
    ['ConnectionError', 'self-signed certificate', { kind: 'again', isSlow: false }],
    ['TimeoutError', 'Request timed out', { kind: 'again', isSlow: true }],
    ['NoLivingConnectionsError', 'm', { kind: 'again' }],
    ['DeserializationError', 'Unexpected token <secret>', { kind: 'again', reason: 'the answer is not JSON' }],
  ])('%s %s', (name, message, failure) => expect(failureOfError(named(name, message), false, 0)).toMatchObject(failure))
  test('something else than Elasticsearch: a wrong address at first, later a stand-in', () => {
    expect(failureOfError(named('ProductNotSupportedError'), false, 0)).toMatchObject({ kind: 'stop' })
    expect(failureOfError(named('ProductNotSupportedError'), true, 0)).toMatchObject({ kind: 'again' })
  })
  test('an answer with an error, with what it asks to wait', () => {
    const meta = { statusCode: 429, headers: { 'retry-after': '3' }, body: { error: { type: 't', reason: 'r' } } }
    const error = Object.assign(named('ResponseError'), { meta })
    expect(failureOfError(error, true, 0)).toMatchObject({ kind: 'again', reason: '429 t: r', retryAfterMs: 3_000 })
  })
  test('a defect of our own is not hidden', () =>
    expect(failureOfError(new TypeError('x is undefined'), true, 0)).toBeUndefined())
})
