import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { loadConfig } from '../../pipeline/run/config.js'
import { runDoctor } from '../../pipeline/run/doctor/doctor.js'
import { elasticsearchCheck } from '../../pipeline/run/doctor/elasticsearch.js'
import { runCli } from '../cli/run-cli.js'
import { type Elasticsearch, startElasticsearch } from '../services/elasticsearch.js'
import { canRun } from './elasticsearch-server.js'

const DIR = mkdtempSync(join(tmpdir(), 'whytimeout-doctor-es-'))
const CONFIG = join(DIR, 'whytimeout.yml')
const PASSWORD = 'tester-secret-1'
afterAll(() => rmSync(DIR, { recursive: true }))

describe.runIf(canRun())('doctor and a real Elasticsearch with passwords', () => {
  let server: Elasticsearch
  beforeAll(async () => {
    server = await startElasticsearch({ password: PASSWORD })
  })
  afterAll(() => server?.stop())

  const write = (login: string, node = server.url) =>
    writeFileSync(CONFIG, `kafka: { brokers: "127.0.0.1:1", topics: t }\nelasticsearch:\n  node: ${node}\n${login}`)
  const states = async () => {
    const { findings } = await runDoctor({
      config: await loadConfig(CONFIG, {}),
      now: Date.now,
      checks: [elasticsearchCheck],
    })
    expect(JSON.stringify(findings)).not.toContain(PASSWORD)
    return findings.map((f) => `${f.state} ${f.code}`)
  }
  const tester = `  username: tester\n  password: ${PASSWORD}`
  test('before setup, after it, and when a template was changed by hand', async () => {
    write(tester)
    const lives = ['ok elasticsearch-answers', 'ok elasticsearch-healthy']
    expect(await states()).toEqual([...lives, 'fail templates-missing'])
    expect((await runCli(['setup', 'elasticsearch', '--config', CONFIG])).exit).toBe(0)
    expect(await states()).toEqual([...lives, 'ok templates-there'])
    const headers = {
      'content-type': 'application/json',
      authorization: `Basic ${Buffer.from(`tester:${PASSWORD}`).toString('base64')}`,
    }
    const body = JSON.stringify({ index_patterns: ['whytimeout-events-*'], priority: 300, _meta: { version: 1 } })
    const put = await fetch(`${server.url}/_index_template/whytimeout-events`, { method: 'PUT', headers, body })
    expect(put.status).toBe(200)
    expect(await states()).toEqual([...lives, 'fail templates-differ'])
    expect((await runCli(['setup', 'elasticsearch', '--config', CONFIG])).exit).toBe(0)
    expect(await states()).toEqual([...lives, 'ok templates-there'])
  })
  test('a wrong password, none, and nobody there', async () => {
    write('  username: tester\n  password: wrong-secret-2')
    expect(await states()).toEqual(['fail elasticsearch-login-refused'])
    write('')
    expect(await states()).toEqual(['fail elasticsearch-login-refused'])
    write('  api_key: bm90OmEta2V5')
    expect(await states()).toEqual(['fail elasticsearch-login-refused'])
    write(tester, 'http://127.0.0.1:1')
    expect(await states()).toEqual(['fail elasticsearch-refused'])
    write(tester, server.url.replace('http:', 'https:'))
    expect(await states()).toEqual(['fail elasticsearch-tls-none'])
  })
})
