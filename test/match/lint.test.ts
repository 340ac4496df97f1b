import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { WhytimeoutError } from '../../pipeline/errors.js'
import { lintPack, untestedSignals } from '../../pipeline/run/rule-checks.js'
import { loadPack } from '../../pipeline/run/rules.js'
import { smallPack } from './small-pack.js'

const GOOD = '  down: { bits: 4, bind: terminal, where: { event.action: link-down } }'
type Broken = Parameters<typeof smallPack>[1]
const complaints = (signals: string, o: Broken = {}): string[] =>
  lintPack(smallPack(signals, o)).map((f) => `${f.place}: ${f.message}`)
/** What lint says of a broken pack and not of a whole one. */
const said = (signals: string, o: Broken = {}): string[] => {
  const usual = new Set(complaints(GOOD).filter((c) => !c.startsWith('pack.yml')))
  return complaints(signals, o).filter((c) => !c.startsWith('pack.yml') && !usual.has(c))
}

test('of a whole pack it asks for a test, a near miss and the digest', () =>
  expect(complaints(GOOD)).toEqual([
    expect.stringMatching(/^pack\.yml: digest is [0-9a-f]{16}: write it down/),
    'hardware_fault/link-flap.yml: no test in which it wins',
    expect.stringContaining('no near miss'),
  ]))

test('an unknown field does not even load, and the nearest is named', () => {
  const broken = () => smallPack(GOOD.replace('event.action', 'event.acton'))
  expect(broken).toThrow(WhytimeoutError)
  expect(broken).toThrow('no field "event.acton"; did you mean "event.action"?')
})

describe('shadowed', () => {
  const pair = (a: string, b: string, where = 'where: { event.action: link-down }') =>
    said(`  one: { group: g, ${a}, ${where} }\n  two: { group: g, ${b}, ${where} }`)
  test('the same seen in a narrower place for fewer bits', () =>
    expect(pair('bits: 5, bind: site', 'bits: 4, bind: [site, endpoint]')).toEqual([
      'hardware_fault/link-flap.yml: shadowed: whenever two is seen, one of the same group weighs at least as much',
    ]))
  test('or in a shorter time, or more often', () => {
    expect(pair('bits: 5, within: 60s', 'bits: 5, within: 5s')[0]).toContain('shadowed')
    expect(pair('bits: 5', 'bits: 3, at_least: 2')[0]).toContain('shadowed')
  })
  test('a wider place for fewer bits, or no group, is no shadow', () => {
    expect(pair('bits: 5, bind: terminal', 'bits: 4, bind: site')).toEqual([])
    expect(pair('bits: 5, within: 5s', 'bits: 4, within: 60s')).toEqual([])
  })
})

describe('contradicting', () => {
  test('two signals that see the same and weigh against each other', () =>
    expect(
      said(
        '  one: { bits: 5, where: { event.action: link-down } }\n  two: { bits: -4, where: { event.action: link-down } }',
      ),
    ).toEqual(['hardware_fault/link-flap.yml: contradicting: one and two see the same and weigh against each other']))
  test.each([
    'facts: { episode.idle_secs|gte: 60, episode.idle_secs|lt: 30 }',
    'facts: { fleet.site_ok|gt: 3, fleet.site_ok|lte: 3 }',
    'facts: { fleet.site_ok: 0, fleet.site_ok|gte: 1 }',
  ])('%s', (condition) =>
    expect(said(`${GOOD}\n  odd: { bits: 2, ${condition} }`)).toEqual([
      expect.stringMatching(/^hardware_fault\/link-flap\.yml odd: contradicts itself: no value of [\w.]+ meets all/),
    ]),
  )
  test('bounds that a value meets are none', () =>
    expect(said(`${GOOD}\n  odd: { bits: 2, facts: { fleet.site_ok|gte: 3, fleet.site_ok|lte: 3 } }`)).toEqual([]))
})

describe('dead', () => {
  test.each([
    [
      'an action that no parser gives',
      '{ bits: 2, where: { event.action: link-dwn } }',
      'event.action is never "link-dwn"',
    ],
    ['a role that there is not', '{ bits: 2, where: { message: x, whytimeout.role: [gateway, hub] } }', 'never "hub"'],
    ['a phase in which it does not act', '{ bits: 2, facts: { episode.phase: dns } }', 'asks for a phase (dns)'],
    ['a phase that there is not', '{ bits: 2, facts: { episode.phase: [connect, http] } }', 'never "http"'],
    ['a signal without weight', '{ bits: 0, where: { message: x } }', 'odd weighs nothing'],
    [
      'an exception that takes all',
      '{ bits: 2, where: { event.action: link-down, message: x }, unless: { event.action: link-down } }',
      '`unless` takes away all',
    ],
  ])('%s', (_, signal, message) => {
    const findings = said(`${GOOD}\n  odd: ${signal}`)
    expect(findings).toEqual([expect.stringContaining(message)])
    expect(findings[0]).toContain(': dead: ')
  })
  test('a mechanism for which nothing speaks', () =>
    expect(said('  down: { bits: -4, where: { event.action: link-down } }')).toEqual([
      'hardware_fault/link-flap.yml: dead: no signal speaks for it, so it can never win',
    ]))
  test('a shared signal that nobody uses', () =>
    expect(said(GOOD, { shared: 'x:\n  description: { en: a, zh: 甲 }\n  where: { message: x }\n' })).toEqual([
      'signals/: shared signal "x" is used by no mechanism',
    ]))
})

test.each([
  ['\\d+:\\d+', 1],
  ['(a|b)c?', 1],
  ['(?i:x', 1],
  ['link (down|lost)', 0],
])('a regex must have a literal to look for first: %s', (pattern, findings) => {
  const signals = `${GOOD}\n  odd: { bits: 2, where: { message|re: '${pattern}' } }`
  // A pattern that does not compile does not load.
  if (pattern === '(?i:x') expect(() => smallPack(signals)).toThrow('regex does not compile')
  else expect(said(signals).filter((c) => c.includes('has no literal part'))).toHaveLength(findings)
})

describe('both languages', () => {
  test('without zh it does not load', () =>
    expect(() => smallPack(GOOD, { change: (m) => m.replace(', zh: 抖动', '') })).toThrow('name.zh'))
  test.each([
    ['English in its place', { change: (m: string) => m.replace('抖动', 'Flap') }, 'name: zh is not Chinese: "Flap"'],
    [
      'half-width marks in Chinese',
      { change: (m: string) => m.replace('抖动', '抖动(某处)反复') },
      'name: zh has half-width marks; write',
    ],
    [
      'Chinese in the place of English',
      { change: (m: string) => m.replace('en: Flap', 'en: 抖动') },
      'name: en is not English',
    ],
    [
      'in a cause',
      {
        cause:
          'id: hardware_fault\nname: { en: a, zh: 甲 }\nsummary: { en: a, zh: b }\nprior: 0\nprevention: { en: a, zh: 甲 }\n',
      },
      'hardware_fault/cause.yml: summary: zh is not Chinese',
    ],
  ])('%s', (_, broken, message) => expect(said(GOOD, broken)).toEqual([expect.stringContaining(message)]))
  test('the rules of the project say in both what logs may hide and what may be mistaken', async () => {
    const { mechanisms } = await loadPack(join(import.meta.dirname, '../../rules'))
    const bare = mechanisms.flatMap(({ source: { id, blind_spots, false_positives } }) =>
      [...blind_spots, ...false_positives].flatMap((note) => (typeof note === 'string' ? [`${id}: ${note}`] : [])),
    )
    expect(bare, 'write { en: …, zh: … }').toEqual([])
  })
})

test('a supporting signal that no test shows', () => {
  const story = `tests:
  - name: it wins
    given:
      - { at: 28s, host.name: t1, whytimeout.terminal_id: T1, event.action: link-down }
      - { at: 30s, host.name: t1, whytimeout.terminal_id: T1, event.action: connect-timeout, event.duration: 5000000000 }
    expect: { mechanism: link-flap }
`
  const pack = smallPack(`${GOOD}\n  other: { bits: 2, where: { event.action: nic-error } }`, {
    change: (m) => m + story,
  })
  expect(untestedSignals(pack)).toEqual([{ place: 'hardware_fault/link-flap.yml', message: 'no test shows other' }])
})
