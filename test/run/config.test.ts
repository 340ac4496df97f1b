import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { parse } from 'yaml'
import { WhytimeoutError } from '../../pipeline/errors.js'
import { durationMs, loadConfig, pathIn, readConfig } from '../../pipeline/run/config.js'
import { CONFIG_KEYS } from '../../schemas/config-keys.js'

const DIR = mkdtempSync(join(tmpdir(), 'whytimeout-config-'))
const FILE = join(DIR, 'whytimeout.yml')
afterAll(() => rmSync(DIR, { recursive: true }))

const load = (text: string, env: Record<string, string> = {}) => {
  writeFileSync(FILE, text)
  return loadConfig(FILE, env)
}
const refusal = async (text: string | Buffer, env: Record<string, string> = {}): Promise<WhytimeoutError> => {
  writeFileSync(FILE, text)
  const error = await readConfig(FILE, env).then(
    () => expect.fail('it was taken'),
    (e: unknown) => e,
  )
  expect(error).toBeInstanceOf(WhytimeoutError)
  expect((error as WhytimeoutError).code).toBe('CONFIG_INVALID')
  return error as WhytimeoutError
}

const LEAST = `
kafka:         { brokers: ["localhost:9092"], topics: [terminal-logs, gateway-logs] }
elasticsearch: { node: "http://localhost:9200" }
inventory: inventory.csv
origins: origins.yml
http: { port: 9600 }
`

describe('what is taken', () => {
  test('the least, and its defaults', async () => {
    const config = await load(LEAST)
    expect(config.kafka).toEqual({
      brokers: ['localhost:9092'],
      topics: ['terminal-logs', 'gateway-logs'],
      messages: 'lines',
      client_id: 'whytimeout',
      group: 'whytimeout',
      prefix: 'whytimeout',
      ssl: false,
      from_beginning: true,
      session_timeout: '30s',
    })
    expect(config.http).toEqual({ host: '127.0.0.1', port: 9600 })
    expect(pathIn(config, config.inventory)).toBe(join(DIR, 'inventory.csv'))
    expect(pathIn(config, '/etc/i.csv')).toBe('/etc/i.csv')
    expect(config.runaway).toBe('15m')
  })
  test.each([
    [`brokers: ["\${B}"]`, ['a:1', 'b:2', 'c:3']],
    [`brokers: \${B}`, ['a:1', 'b:2', 'c:3']],
    [`brokers: [z:9, "\${B}"]`, ['z:9', 'a:1', 'b:2', 'c:3']],
  ])('brokers: %s', async (line, brokers) =>
    expect((await load(`kafka:\n  topics: t\n  ${line}`, { B: 'a:1, b:2,c:3' })).kafka.brokers).toEqual(brokers),
  )
  test.each([
    ['[a, b, a]', ['a', 'b']],
    [`\${T}`, ['x', 'y']],
    ['/^logs\\./', '/^logs\\./'],
    ["'/^(a|b)$/'", '/^(a|b)$/'],
    [`\${NONE:-/^logs$/}`, '/^logs$/'],
  ])('topics: %s', async (value, topics) =>
    expect((await load(`kafka:\n  brokers: a:1\n  topics: ${value}`, { T: 'x,y' })).kafka.topics).toEqual(topics),
  )

  const filled = async (value: string, env: Record<string, string> = {}) =>
    (await load(`kafka: { brokers: a:1, topics: t }\nalerts:\n  headers:\n    x: ${value}`, env)).alerts?.headers.x
  test.each([
    [`\${A}`, 'one'],
    [`"<\${A}> \${B}"`, `<one> \${A}`], // what is filled in is not looked at again
    [`\${NONE:-two:-three}`, 'two:-three'],
    [`\${EMPTY:-four}`, 'four'],
    [`\${EMPTY}`, ''],
    [`$\${A} costs $5`, `\${A} costs $5`],
    [`\${file:secret.txt}`, 'line one'],
    [`\${file:${join(DIR, 'bom.txt')}}`, 'geheim'],
  ])('%s becomes %s', async (value, expected) => {
    writeFileSync(join(DIR, 'secret.txt'), 'line one\r\n')
    writeFileSync(join(DIR, 'bom.txt'), '\ufeffgeheim\n')
    expect(await filled(value, { A: 'one', B: `\${A}`, EMPTY: '' })).toBe(expected)
  })
  test('switches and numbers from variables', async () => {
    const text = `kafka:\n  brokers: a:1\n  topics: t\n  ssl: \${S}\n  from_beginning: \${F}\nhttp:\n  port: \${P}`
    const config = await load(text, { S: 'true', F: 'false', P: '0' })
    expect([config.kafka.ssl, config.kafka.from_beginning, config.http?.port]).toEqual([true, false, 0])
  })
  test('certificates are found from the folder of the file', async () => {
    const config = await load(
      'kafka: { brokers: a:1, topics: t, ssl: { ca: ca.pem } }\nelasticsearch: { node: "https://e:9200", ca: /x/ca.pem }',
    )
    expect(config.kafka.ssl).toEqual({ ca: join(DIR, 'ca.pem') })
    expect(config.elasticsearch?.ca).toBe('/x/ca.pem')
  })
  test('durations', () =>
    expect(['5ms', '90s', '2m', '24h', '7d', '90', '1.5h', '-1s', ''].map(durationMs)).toEqual([
      5,
      90_000,
      120_000,
      86_400_000,
      604_800_000,
      Number.NaN,
      Number.NaN,
      Number.NaN,
      Number.NaN,
    ]))
  test('the cluster is needed by those who need it only', async () => {
    writeFileSync(FILE, 'elasticsearch: { node: "http://localhost:9200" }')
    expect((await readConfig(FILE, {})).kafka).toBeUndefined()
    await expect(loadConfig(FILE, {})).rejects.toMatchObject({ place: `${FILE}:1`, exitCode: 2 })
  })
})

describe('whytimeout.example.yml', () => {
  const path = join(import.meta.dirname, '../../whytimeout.example.yml')
  const env = { KAFKA_PASSWORD: 'a', ELASTICSEARCH_API_KEY: 'b', ALERT_TOKEN: 'c', KIBANA_API_KEY: 'd' }
  test('loads, given the variables it names', async () => {
    const config = await loadConfig(path, env)
    expect(config.kafka.brokers).toEqual(['localhost:9092'])
    expect(config.alerts?.headers).toEqual({ authorization: 'Bearer c' })
    await expect(loadConfig(path, {})).rejects.toMatchObject({ message: expect.stringContaining('KAFKA_PASSWORD') })
  })
  test('shows every key, and defaults as they are', async () => {
    const text = readFileSync(path, 'utf8')
    // Alternatives stand in comments.
    const shown = parse(
      text.replaceAll(/^( *)# ((?:cloud_id|username|password|rules|socket|token): .*)$/gm, '$1$2'),
    ) as Record<string, unknown>
    for (const key of CONFIG_KEYS.values()) {
      const value = key.path.split('.').reduce<unknown>((at, step) => (at as Record<string, unknown>)?.[step], shown)
      expect(value, key.path).toBeDefined()
      if (key.default !== undefined && !['kafka.ssl', 'alerts.headers'].includes(key.path))
        expect(JSON.stringify(value), key.path).toBe(key.default)
    }
  })
})

test('every key says what it takes and what it means, in both languages', () => {
  expect(CONFIG_KEYS.size).toBeGreaterThan(30)
  for (const key of CONFIG_KEYS.values()) {
    expect(key.takes, key.path).not.toBe('')
    expect(key.description, key.path).toMatch(/^\S.+\.$/)
    expect(key.zh, key.path).toMatch(/[\u4e00-\u9fff]/)
  }
})

describe('what is refused: what, where, the fix', () => {
  const K = 'kafka: { brokers: a:1, topics: t }\n'
  test.each<[string, string, number, string]>([
    ['mistyped', 'kafka:\n  topics: t\n  broker: a:1', 3, 'no key "kafka.broker"; did you mean "brokers"?'],
    ['camel case', `${K}http:\n  Port: 1`, 3, 'no key "http.Port"; did you mean "port"?'],
    ['misplaced', `${K}brokers: b:1`, 2, 'no key "brokers"; it belongs in kafka'],
    ['unknown', `${K}\nzebra: 1`, 3, 'no key "zebra"; known: kafka, elasticsearch, inventory'],
    [
      'in a choice',
      'kafka: { topics: t, brokers: a:1,\n  ssl: { cu: x } }',
      2,
      'no key "kafka.ssl.cu"; did you mean "ca"?',
    ],
    ['no colon', 'kafka:\n  brokers a:1\n  topics: t', 2, 'the colon after a key is missing'],
    ['missing', 'kafka:\n  topics: t', 1, 'kafka.brokers is missing: give host:port'],
    [
      'empty',
      `${K}elasticsearch:\n  node: http://e:1\n  api_key:`,
      4,
      'elasticsearch.api_key is empty: give the encoded key',
    ],
    [
      'empty variable',
      `${K}elasticsearch:\n  node: http://e:1\n  api_key: \${E}`,
      4,
      `is empty (it comes from \${E}): give`,
    ],
    [
      'number for text',
      'kafka:\n  brokers: a:1\n  topics: t\n  group: 12',
      4,
      'must be text, not a number; put it in quotes',
    ],
    ['number for duration', `${K}drain: 20`, 2, 'drain must be a duration such as 20s, up to 1h, not a number'],
    ['list for map', 'kafka: [a]', 1, 'kafka must be a map, not a list'],
    ['text for map', 'kafka: here', 1, 'kafka must be a map'],
    ['map for text', `${K}rules: { a: 1 }`, 2, 'rules must be the path of a folder, not a map'],
    ['no port', 'kafka:\n  topics: t\n  brokers:\n    - a:1\n    - b', 5, 'kafka.brokers must be host:port'],
    ['port too large', 'kafka: { topics: t, brokers: "a:65536" }', 1, 'kafka.brokers must be host:port'],
    ['empty list', 'kafka: { topics: t, brokers: [] }', 1, 'kafka.brokers must be host:port'],
    ['IPv6', 'kafka: { topics: t, brokers: "[::1]:9092" }', 1, 'kafka.brokers must be host:port'],
    ['a scheme', 'kafka: { topics: t, brokers: "kafka://a:1" }', 1, 'kafka.brokers must be host:port'],
    ['topic name', 'kafka:\n  brokers: a:1\n  topics:\n    - ok\n    - no way', 5, 'kafka.topics must be names'],
    ['no pattern', "kafka: { brokers: a:1, topics: '/(/' }", 1, 'kafka.topics must be names'],
    ['pattern with flags', "kafka: { brokers: a:1, topics: '/a/i' }", 1, 'kafka.topics must be names'],
    ['its own output', 'kafka: { brokers: a:1, prefix: p, topics: [l, p.books] }', 1, 'takes in p.books'],
    ['duration too short', 'kafka: { brokers: a:1, topics: t, session_timeout: 10ms }', 1, 'from 1s to 30m'],
    ['duration too long', `${K}lateness: 30d`, 2, 'lateness must be a duration such as 90s, 2m or 24h, up to 7d'],
    ['no such level', `${K}log_level: loud`, 2, 'log_level must be debug, info, warn or error'],
    [
      'port from a variable',
      `${K}http:\n  port: \${P}`,
      3,
      `http.port must be a port, 0 to 65535 (it comes from \${P})`,
    ],
    ['no variable', `${K}rules: \${NOPE}`, 2, 'the environment variable NOPE is not set'],
    ['inherited name', `${K}rules: \${constructor}`, 2, 'the environment variable constructor is not set'],
    ['open variable', `${K}rules: \${NOPE`, 2, `a \${ is not closed`],
    ['nested default', `${K}rules: \${A:-\${B}}`, 2, `\${ } takes NAME, NAME:-text or file:PATH`],
    ['no secret file', `${K}rules: \${file:none.txt}`, 2, `the file of \${file:none.txt}: no such file`],
    ['a folder', `${K}rules: \${file:.}`, 2, `the file of \${file:.}: a folder`],
    ['twice', `${K}kafka: 1`, 2, 'this key stands twice'],
    ['tab', 'kafka:\n\tbrokers: a:1', 2, 'a tab; indent with spaces'],
    ['flow variable', `kafka: { brokers: \${B}, topics: t }`, 1, 'this is not YAML'],
    ['double quotes', 'kafka: { brokers: a:1, topics: "/^a\\./" }', 1, 'use single quotes'],
    ['tag', `${K}rules: !secret x`, 2, 'tags such as !name are not known'],
    ['alias of nothing', `${K}rules: *x`, 1, 'an alias'],
    ['key of a list', `${K}? [a, b]\n: c`, 2, 'a key must be a word'],
    ['two documents', `${K}---\na: 1`, 2, 'a second document'],
    ['empty file', '', 1, 'the file must be a map'],
    ['a list', '- a', 1, 'the file must be a map'],
    ['certificate without key', 'kafka: { brokers: a:1, topics: t, ssl: { cert: c.pem } }', 1, 'needs kafka.ssl.key'],
    ['two addresses', `${K}elasticsearch:\n  node: http://e:1\n  cloud_id: a:bbbbbbbbbbbb`, 4, 'leave one out'],
    ['no address', `${K}elasticsearch: { api_key: abc }`, 2, 'elasticsearch needs node or cloud_id'],
    [
      'two logins',
      `${K}elasticsearch: { node: "http://e:1", api_key: a, username: u, password: p }`,
      2,
      'leave one out',
    ],
    ['half a login', `${K}elasticsearch: { node: "http://e:1", username: u }`, 2, 'needs elasticsearch.password'],
    [
      'two logins to Kibana',
      `${K}kibana: { url: "http://k:1", api_key: a, username: u, password: p }`,
      2,
      'leave one out',
    ],
    ['a space by its title', `${K}kibana: { url: "http://k:1", space: My Space }`, 2, 'kibana.space must be'],
    ['no scheme', `${K}elasticsearch: { node: "localhost:9200" }`, 2, 'elasticsearch.node must be http(s)://host:port'],
    ['user in address', `${K}elasticsearch: { node: "http://u:p@e:1" }`, 2, 'without user and password'],
    ['no header', `${K}alerts:\n  headers:\n    "a b": c`, 4, 'alerts.headers must be a map of header names'],
  ])('%s', async (_, text, line, said) => {
    const error = await refusal(text, { P: '96000', E: '', B: 'a:1' })
    expect(error.place).toBe(`${FILE}:${line}`)
    expect(error.message).toContain(said)
    expect(error.message).not.toContain('\n')
  })
  test('a certificate where its path belongs', async () => {
    writeFileSync(join(DIR, 'key.pem'), '-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n-----END PRIVATE KEY-----\n')
    const { message } = await refusal(`${K}elasticsearch:\n  node: http://e:1\n  ca: \${file:key.pem}`)
    expect(message).toBe(`elasticsearch.ca must be the path of a PEM file (it comes from \${file:key.pem})`)
  })
  test('__proto__ is a key like any other', async () => {
    expect((await refusal(`${K}__proto__: { a: 1 }`)).place).toBe(`${FILE}:2`)
    expect((await refusal('kafka: { brokers: a:1, topics: t, __proto__: { a: 1 } }')).message).toContain('no such key')
  })
  test('a bomb of aliases', async () => {
    const levels = Array.from(
      { length: 8 },
      (_, i) =>
        `a${i}: &a${i} [${Array(9)
          .fill(i === 0 ? 'x' : `*a${i - 1}`)
          .join(',')}]`,
    )
    expect((await refusal(`${levels.join('\n')}\n${K}`)).message).toMatch(/alias|no key|no such key/)
  })
  test('other encodings', async () => {
    expect((await refusal(Buffer.from(LEAST, 'utf16le'))).message).toMatch(/map of keys|UTF-8|YAML/)
    expect((await refusal(Buffer.concat([Buffer.from(K), Buffer.from([0xd6, 0xd5])]))).message).toContain('not UTF-8')
  })
  test('no file', async () => {
    await expect(loadConfig(join(DIR, 'none.yml'), {})).rejects.toMatchObject({ message: 'no such file' })
    await expect(loadConfig(DIR, {})).rejects.toMatchObject({ message: 'a folder, not a file' })
  })
})

describe('no message holds a secret', () => {
  const paths = [...CONFIG_KEYS.values()].filter((k) => !k.isMap).map((k) => k.path.split('.'))
  const nest = (path: readonly string[], value: string): string =>
    path
      .map((step, i) => `${'  '.repeat(i)}${step}:`)
      .join('\n')
      .concat(value)
  /** Ways to get a secret into the file, right and wrong. */
  const writings: readonly ((path: readonly string[], secret: string) => string)[] = [
    (path, s) => nest(path, ` ${s}`),
    (path, s) => nest(path, ` '${s.replaceAll("'", "''")}'`),
    (path, s) => nest(path, ` ${JSON.stringify(s)}`),
    (path, s) => nest(path, s),
    (path, s) => nest(path.slice(0, -1), ` ${s}`),
    (path, s) => nest(path.slice(0, -1), ` { ${s} }`),
    (path, s) => nest(path.slice(0, -1), ` { ${path.at(-1)}:${s} }`),
    (path, s) => nest(path, ` [${s}, ${s}]`),
    (path, s) => nest(path, ` { ${s}: 1 }`),
    (path, s) => nest(path, ` |\n    ${s}\n   ${s}`),
    (path, s) => nest(path, ` *${s}`),
    (path, s) => nest(path, ` !${s}`),
    (path, s) => nest(path, ` "${s}`),
    (path, s) => nest(path, ` \${${s}`),
    (path, s) => `${s}\n${nest(path, ` ${s}`)}`,
    (path) => nest(path, ` \${SECRET}`),
    (path) => nest(path, ` \${file:secret.bin}`),
    (path) => nest(path, ` "x \${SECRET} \${file:secret.bin}"`),
    (path, s) => `? ${s}\n${nest(path, ` ${s}`)}`,
  ]
  const secrets = fc
    .tuple(fc.string({ minLength: 1, maxLength: 12, unit: 'grapheme' }), fc.integer({ min: 10_000, max: 99_999 }))
    // Digits in the middle: a word of the messages is never taken for the secret.
    .map(([text, n]) => `${text.replace(/[\r\n\0]/g, '_')}7${n}9`)
  test('whatever it is, wherever it stands', async () => {
    let refused = 0
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...paths),
        fc.constantFrom(...writings),
        secrets,
        async (path, write, secret) => {
          writeFileSync(join(DIR, 'secret.bin'), secret)
          writeFileSync(FILE, write(path, secret))
          const core = /7\d{5}9$/.exec(secret)?.[0] as string
          try {
            await readConfig(FILE, { SECRET: secret })
          } catch (error) {
            refused++
            expect(error).toBeInstanceOf(WhytimeoutError)
            const { message, place, code } = error as WhytimeoutError
            expect(code).toBe('CONFIG_INVALID')
            expect(message).not.toContain(core)
            expect(place).toMatch(/whytimeout\.yml:\d+$/)
          }
        },
      ),
      { numRuns: 1_500 },
    )
    expect(refused).toBeGreaterThan(500)
  })
})
