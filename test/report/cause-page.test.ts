import { describe, expect, test } from 'vitest'
import { causePages } from '../../pipeline/report/cause-page.js'
import { signalWords } from '../../pipeline/report/signal-words.js'
import { loadPack } from '../../pipeline/run/rules.js'
import { LogEvent } from '../../schemas/event.js'
import { FACTS } from '../../schemas/facts.js'
import type { SignalUse } from '../../schemas/rule.js'
import { CAUSES } from '../../schemas/vocabulary.js'

const pack = await loadPack()
const pages = causePages(pack)
const CHINESE = /[\u4e00-\u9fff]/

test('a page for each cause and an index, in both languages', () =>
  expect([...pages.keys()].sort()).toEqual(
    ['README', ...CAUSES].flatMap((name) => [`${name}.md`, `${name}.zh.md`]).sort(),
  ))

describe.each([...pages])('%s', (name, text) => {
  const isChinese = name.endsWith('.zh.md')
  test('links lead somewhere', () => {
    const links = [...text.matchAll(/\]\((?<file>[^)#]*)(?:#(?<anchor>[^)]*))?\)/g)]
    expect(links.length).toBeGreaterThan(1)
    for (const { groups } of links) {
      const target = pages.get(groups?.file || name)
      expect(target, groups?.file).toBeDefined()
      if (groups?.anchor) expect(target).toContain(`<a id="${groups.anchor}"></a>`)
    }
  })
  test('speaks of no field and no fact by its name in the program', () => {
    const words = text.match(/[a-z]+\.[a-z_.]+/g) ?? []
    const names = new Set([...Object.keys(LogEvent.shape), ...Object.keys(FACTS)])
    expect(words.filter((word) => names.has(word) && word !== 'message')).toEqual([])
  })
  test('no number is lost on its way into words', () => expect(text).not.toMatch(/NaN|undefined|\[object/))
  test('keeps to its language', () => {
    const evidence = text.split('\n## ').filter((part) => !/^(What this rests on|依据)/.test(part))
    const lines = evidence.flatMap((part) => part.split('\n')).filter((l) => l.startsWith('- '))
    expect(lines.length).toBeGreaterThan(1)
    const plain = lines.map((l) => l.replace(/"[^"]*"|“[^”]*”/g, ''))
    expect(plain.filter((l) => CHINESE.test(l) !== isChinese)).toEqual([])
  })
})

test.each([...pack.causes])('the page of %s tells all of each mechanism, in both languages', (id, cause) => {
  for (const lang of ['en', 'zh'] as const) {
    const text = pages.get(lang === 'en' ? `${id}.md` : `${id}.zh.md`) ?? ''
    expect(text).toContain(cause.prevention[lang])
    for (const { source: m } of pack.mechanisms.filter((x) => x.cause === id)) {
      for (const part of [m.name, m.summary, m.confirm, m.next_step]) expect(text).toContain(part[lang])
      for (const r of m.remedies) {
        expect(text).toContain(pack.remedies[r]?.text[lang])
        if (pack.remedies[r]?.caution) expect(text).toContain(pack.remedies[r].caution[lang])
      }
    }
  }
})

describe('a signal in words', () => {
  const say = (use: Omit<SignalUse, 'bits'>): readonly string[] => {
    const { what, places } = signalWords({ bits: 1, ...use }, (id) => ({ en: `shared ${id}`, zh: `共用${id}` }))
    return [what.en, ...places.map((p) => p.en)]
  }
  test('facts: what is compared, with its unit', () => {
    expect(say({ facts: { 'fleet.site_ok|gte': 1, 'fleet.site_failed': 0 } })).toEqual([
      'Other terminals of the site are served and no other terminal of the site fails',
    ])
    expect(say({ facts: { 'fleet.site_ok|gte': 3 } })[0]).toBe('Other terminals of the site are served (3 or more)')
    expect(say({ facts: { 'fleet.site_ok|lt': 1 } })[0]).toBe('No other terminal of the site is served')
    expect(say({ facts: { 'probe.loss_share|gte': 0.2 } })[0]).toMatch(/is 20 % or more$/)
    expect(say({ facts: { 'server.answer_ms|gte': 1500 } })[0]).toMatch(/is 1\.5 s or more$/)
    expect(say({ facts: { 'server.saw_request': false } })[0]).toBe('The server never received this request')
    expect(say({ facts: { 'server.saw_request|neq': false } })[0]).toBe('The server received this request')
    expect(say({ facts: { 'usual.slowdown_site|exists': false } })[0]).toMatch(/is not known$/)
    expect(say({ facts: [{ 'episode.phase': 'dns' }, { 'gateway.silent': true }] })[0]).toMatch(/, or the otherwise/)
  })
  test('events: what the line says, where, how often, how early', () => {
    expect(say({ where: { 'event.action': 'link-down' }, bind: 'terminal', at_least: 2 })).toEqual([
      'The network link goes down',
      'on this terminal',
      'at least 2 times',
    ])
    expect(
      say({
        where: { 'event.action': 'link-down', 'whytimeout.role': 'gateway' },
        bind: 'gateway',
        within: { before: '2m', after: '5s' },
      }),
    ).toEqual(['The network link goes down', 'in the log of the gateway', 'up to 2 min before'])
    expect(say({ where: { 'event.action': 'other', 'message|contains': ['a', 'b', 'c', 'd'] } })[0]).toBe(
      'A line says "a", "b", "c" or the like',
    )
    expect(say({ delta: { counter: '*crc*', gt: 0 } })[0]).toBe('The counter "crc" grows')
    expect(say({ where: { 'event.action': 'policy-denied' }, unless: { 'network.transport': 'icmp' } })[0]).toBe(
      'A firewall denies a packet, unless the protocol is icmp',
    )
  })
  test('words of the rule go before made ones', () => {
    expect(say({ use: 'x', bind: ['site', 'endpoint'] })).toEqual([
      'shared x',
      'at this site',
      'towards the address that was dialled',
    ])
    expect(say({ where: { 'event.action': 'link-down' }, description: { en: 'Plug out', zh: '拔线' } })).toEqual([
      'Plug out',
    ])
  })
})
