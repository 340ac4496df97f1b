import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { WhytimeoutError } from '../../pipeline/errors.js'
import { compilePack, type RuleFile } from '../../pipeline/match/load.js'
import type { LogEvent } from '../../schemas/event.js'

const RULE = `id: link-flap
cause: hardware_fault
status: test
name: { en: Flap, zh: 抖动 }
summary: { en: a, zh: 甲 }
references: [ifplugd(8)]
phases: [connect]
signals:
  down: { bits: 4, bind: terminal, where: { event.action: link-down } }
remedies: [check_connection]
next_step: { en: a, zh: 甲 }
confirm: { en: a, zh: 甲 }
`
const CAUSE =
  'id: hardware_fault\nname: { en: a, zh: 甲 }\nsummary: { en: a, zh: 甲 }\nprior: 0\nprevention: { en: a, zh: 甲 }\n'
const PACK =
  'generation: 1\ndigest: ""\nbefore: 20m\nafter: 2m\nlateness: 2m\nunknown_prior: 5\ncalibration: { temperature: 1, fitted_on: x, measure: y }\n'
const REMEDIES = 'check_connection: { text: { en: a, zh: 甲 } }\n'
const files = (rule = RULE, more: RuleFile[] = []): RuleFile[] => [
  { path: 'pack.yml', text: PACK },
  {
    path: 'remedies.yml',
    text: `${REMEDIES}${['optimize_network', 'adjust_firewall', 'update_drivers', 'repair_tcpip_stack', 'disable_applications', 'change_dns', 'contact_isp', 'review_policy', 'use_proxy'].map((r) => `${r}: { text: { en: a, zh: 甲 } }`).join('\n')}\n`,
  },
  { path: 'hardware_fault/cause.yml', text: CAUSE },
  { path: 'hardware_fault/link-flap.yml', text: rule },
  ...more,
]
const complaint = (list: RuleFile[]): string => {
  try {
    compilePack(list)
  } catch (error) {
    if (error instanceof WhytimeoutError) return `${error.place ?? ''} ${error.message}`
  }
  return 'nothing'
}

test('a good pack compiles; conditions carry ids and are found by event', () => {
  const pack = compilePack(files())
  expect(pack.mechanisms.map((m) => m.id)).toEqual(['link-flap'])
  expect(pack.signalsOf({ 'event.action': 'link-down' })).toEqual(['link-flap/down'])
  expect(pack.signalsOf({ 'event.action': 'link-up' })).toEqual([])
})

test('the index passes over no condition that holds, whatever an event lacks', () => {
  const ways = [
    'message|neq: x',
    'message|exists: false',
    'message: null',
    'message: [null, x]',
    'message|contains: x',
    'message|re: ^x',
    'source.port|gte: 3',
    'source.port|gte: 3, message|neq: x',
    'source.ip|fieldref: destination.ip',
    'source.ip|cidr: 10.0.0.0/8, event.action|exists: true',
  ].map((way) => `{ ${way} }`)
  ways.push(`[${ways[4]}, ${ways[6]}]`, `[${ways[4]}, ${ways[0]}]`, `[${ways[6]}, ${ways[7]}]`)
  const signals = ways.map((where, i) => `  s${i}: { bits: 1, bind: terminal, where: ${where} }`).join('\n')
  const pack = compilePack(files(RULE.replace(/ {2}down: .*/, signals)))
  const fields = fc.record(
    {
      message: fc.constantFrom('x', 'X y', 'y'),
      'source.port': fc.constantFrom(2, 3),
      'source.ip': fc.constantFrom('10.0.0.1', '11.0.0.1'),
      'destination.ip': fc.constantFrom('10.0.0.1'),
      'event.action': fc.constantFrom<'link-down'>('link-down'),
    },
    { requiredKeys: [] },
  )
  const held = new Set<string>()
  fc.assert(
    fc.property(fields, (event: Readonly<Record<string, unknown>>) => {
      const found = pack.conditions.filter((c) => c.test((field) => event[field])).map((c) => c.id)
      for (const id of found) held.add(id)
      expect(pack.signalsOf(event as Partial<LogEvent>)).toEqual(found.sort())
    }),
    { numRuns: 1_000 },
  )
  expect(held.size).toBe(ways.length)
})

describe('mistakes are named with file, line and the likely word', () => {
  test.each([
    ['bits: 4', 'bitz: 4', 'hardware_fault/link-flap.yml:9', 'did you mean "bits"?'],
    [
      'event.action:',
      'event.acton:',
      'hardware_fault/link-flap.yml:9',
      'no field "event.acton"; did you mean "event.action"?',
    ],
    ['event.action: link-down', '"message|contans": x', 'hardware_fault/link-flap.yml:9', 'no modifier "contans"'],
    [
      'where: { event.action: link-down }',
      'facts: { fleet.sight_ok: 1 }',
      'hardware_fault/link-flap.yml:9',
      'did you mean "fleet.site_ok"?',
    ],
    [
      'where: { event.action: link-down }',
      'use: link-donw',
      'hardware_fault/link-flap.yml:9',
      'no shared signal "link-donw"',
    ],
    [', where: { event.action: link-down }', '', 'hardware_fault/link-flap.yml:9', 'needs where, facts or delta'],
    ['name: { en: Flap, zh: 抖动 }', 'name: { en: Flap }', 'hardware_fault/link-flap.yml:4', 'zh'],
    ['cause: hardware_fault', 'cause: dns_resolution', 'hardware_fault/link-flap.yml:2', 'stands in the folder'],
    ['id: link-flap', 'id: other', 'hardware_fault/link-flap.yml:1', 'stands in the file'],
    ['phases: [connect]', 'phases: [conect]', 'hardware_fault/link-flap.yml:7', 'phases'],
    ['remedies: [check_connection]', 'remedies: [pray]', 'hardware_fault/link-flap.yml:10', 'remedies'],
    ['bits: 4', 'bits: : 4', 'hardware_fault/link-flap.yml:9', ''],
  ])('%s -> %s', (from, to, place, message) => {
    const said = complaint(files(RULE.replace(from, to)))
    expect(said).toContain(place)
    expect(said).toContain(message)
  })
  test('two findings are both told', () =>
    expect(complaint(files(RULE.replace('bits: 4', 'bitz: 4').replace('status: test', 'status: done')))).toMatch(
      /3 findings/,
    ))
  test('a missing pack.yml is told', () => expect(complaint(files().slice(1))).toContain('pack.yml'))
})

test('the digest changes with what can change a verdict, and not with tests or order', () => {
  const digest = (list: RuleFile[]) => compilePack(list).digest
  const base = digest(files())
  expect(digest(files(RULE.replace('bits: 4', 'bits: 5')))).not.toBe(base)
  expect(digest(files(`${RULE}tests: []\n`))).toBe(base)
  expect(digest([...files()].reverse())).toBe(base)
})

test('one more mechanism does not make its cause likelier', () => {
  const second = RULE.replace('id: link-flap', 'id: second')
  const pack = compilePack(files(RULE, [{ path: 'hardware_fault/second.yml', text: second }]))
  const total = pack.mechanisms.reduce((sum, m) => sum + 2 ** m.priorBits, 0)
  expect(total).toBeCloseTo(1, 9)
})
