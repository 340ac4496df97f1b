import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { reasonOf } from '../../../pipeline/run/cluster/reason.js'
import type { LoadedConfig } from '../../../pipeline/run/config.js'
import type { HttpAnswer } from '../../../pipeline/run/doctor/http-get.js'
import { judgeKibana, type KibanaFacts, kibanaCheck } from '../../../pipeline/run/doctor/kibana.js'
import { codesOf } from './facts.js'

const answer = (body: unknown, status = 200): HttpAnswer => ({ status, body, headers: { 'kbn-name': 'k' } })
const about = (number: string | undefined, level = 'available', status = 200) =>
  answer({ ...(number && { version: { number } }), status: { overall: { level } } }, status)

describe('judgement', () => {
  const judge = (facts: Partial<KibanaFacts>) =>
    codesOf(
      judgeKibana({
        ...{ address: 'k:5601', status: about('8.19.8'), view: answer({}), hasLogin: true, isInClear: false },
        ...facts,
      }),
    )
  test('fine', () => expect(judge({})).toEqual(['ok kibana-answers', 'ok kibana-set-up']))
  test.each<[string, HttpAnswer, string]>([
    ['too old', about('8.13.4'), 'fail kibana-too-old'],
    ['nine', about('9.4.3'), 'ok kibana-answers'],
    ['one that tells no version', about(undefined), 'ok kibana-answers'],
    ['degraded', about('8.19.8', 'degraded'), 'ok kibana-answers'],
    ['down', about('8.19.8', 'unavailable', 503), 'fail kibana-down'],
    ['starting', answer('Kibana server is not ready yet', 503), 'fail kibana-down'],
    ['refused', answer({}, 401), 'fail kibana-login-refused'],
    ['another server', { status: 200, body: {}, headers: {} }, 'fail not-kibana'],
    ['a wrong base path', { status: 404, body: undefined, headers: {} }, 'fail not-kibana'],
  ])('%s', (_, status, code) => expect(judge({ status, view: undefined })).toEqual([code]))
  test('not set up, not allowed, in clear, unreachable', () => {
    expect(judge({ view: answer({}, 404) })).toEqual(['ok kibana-answers', 'warn kibana-empty'])
    expect(judge({ view: answer({}, 403) })).toEqual(['ok kibana-answers', 'fail kibana-login-refused'])
    expect(judge({ isInClear: true })).toContain('warn kibana-login-without-tls')
    expect(judge({ isInClear: true, hasLogin: false })).not.toContain('warn kibana-login-without-tls')
    expect(judge({ status: reasonOf({ code: 'ENOTFOUND' }) })).toEqual(['fail kibana-unknown-host'])
  })
})

describe('asking', () => {
  let server: Server | undefined
  afterEach(() => server?.close())

  test('in its space, with the login, and no more than reading', async () => {
    const asked: string[] = []
    const made = createServer((request, response) => {
      asked.push(`${request.method} ${request.url} ${request.headers.authorization}`)
      const isStatus = request.url?.endsWith('/api/status') === true
      response.writeHead(isStatus ? 200 : 404, { 'kbn-name': 'k' })
      response.end(JSON.stringify({ version: { number: '8.19.8' }, status: { overall: { level: 'available' } } }))
    })
    server = made
    await new Promise<void>((resolve) => made.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(made.address() as AddressInfo).port}/base/`
    const config = { kibana: { url, space: 'shops', api_key: 'a2V5' } } as LoadedConfig
    const found = await kibanaCheck.run({ config } as Parameters<typeof kibanaCheck.run>[0])
    expect(codesOf(found)).toEqual(['ok kibana-answers', 'warn kibana-empty'])
    expect(asked).toEqual([
      'GET /base/s/shops/api/status ApiKey a2V5',
      'GET /base/s/shops/api/data_views/data_view/whytimeout-verdicts ApiKey a2V5',
    ])
  })
  test('nothing, where it is not configured', async () => {
    const found = await kibanaCheck.run({ config: {} } as Parameters<typeof kibanaCheck.run>[0])
    expect(codesOf(found)).toEqual(['skip not-configured'])
  })
})
