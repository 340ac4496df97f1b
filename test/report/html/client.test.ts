import { beforeAll, describe, expect, test } from 'vitest'
import type { Pack } from '../../../pipeline/match/pack.js'
import { caseOfVerdict, escalationText, receiverOf } from '../../../pipeline/report/html/client/escalation.js'
import { roundUp, ticks } from '../../../pipeline/report/html/client/format.js'
import { type Filter, parseFragment, writeFragment } from '../../../pipeline/report/html/client/fragment.js'
import { countRows, decodeFacts, hitBy, passing, rowsOf } from '../../../pipeline/report/html/client/rows.js'
import { matching } from '../../../pipeline/report/html/client/search.js'
import { WORDS } from '../../../pipeline/report/html/client/words.js'
import { createReport } from '../../../pipeline/report/html/report.js'
import { loadPack } from '../../../pipeline/run/rules.js'
import { LANGS, VERDICT_CAUSES } from '../../../schemas/vocabulary.js'
import { lineOf, manyIncidents, manyVerdicts, summaryOf } from './many.js'

let pack: Pack
beforeAll(async () => {
  pack = await loadPack()
})
function reported(verdicts: number) {
  const report = createReport(pack)
  for (const v of manyVerdicts({ verdicts, sites: 60 })) report.verdict(v)
  for (const i of manyIncidents({ verdicts, sites: 60 })) report.incident(i)
  for (const id of [...report.cites()].sort()) report.line(lineOf(id))
  return report.finish(summaryOf(verdicts))
}

describe('what the page counts', () => {
  test('without a filter it is what the generator counted', () => {
    const { model, facts } = reported(3_000)
    const rows = decodeFacts(facts)
    const all = passing(rows, {}, model.time.from)
    const counted = countRows(rows, all, model.time, 24)
    expect(counted.timeouts).toBe(3_000)
    expect(counted.causes).toEqual(model.totals.causes)
    expect(counted.overTime).toEqual(model.overTime)
    expect(counted.heat).toEqual(model.heat)
  })
  test('listed verdicts and counted rows answer a filter alike', () => {
    const { model, facts, details } = reported(900)
    const { from } = model.time
    const filters: Filter[] = [
      { cause: 'network_latency' },
      { phase: 'response', confidence: 80 },
      { site: 'SHOP-0013' },
      { site: 'shop-001' },
      { terminal: 'T00131', isp: 'SouthNet' },
      { endpoint: 'pay1.example.net:9443' },
      { span: [Date.parse('2026-03-02T06:00:00Z'), Date.parse('2026-03-03T00:00:00Z')] },
    ]
    for (const filter of filters) {
      const rows = decodeFacts(facts)
      const n = passing(rows, filter, from).length
      expect(n, JSON.stringify(filter)).toBe(passing(rowsOf(details.verdicts, from), filter, from).length)
      expect(n, JSON.stringify(filter)).toBeGreaterThan(0)
      expect(n, JSON.stringify(filter)).toBeLessThan(900)
    }
    expect(passing(decodeFacts(facts), { site: 'SHOP-9999' }, from)).toHaveLength(0)
  })
  test('an incident is hit by rows of its cause and reach in its time', () => {
    const { model, facts, details } = reported(900)
    const rows = decodeFacts(facts)
    const [v] = details.verdicts
    if (!v) throw new Error('no verdict')
    const base = {
      id: 'hit',
      mechanism: 'm',
      realm: 'default',
      isOpen: false,
      timeouts: 1,
      terminals: 1,
      share: 1,
      remedy: [],
      evidence: [],
      explain: v.explain,
    }
    const hit = { ...base, cause: v.cause, scope: 'site' as const, scopeId: v.scopeId, first: v.end, last: v.end }
    const others = [
      { ...hit, id: 'cause', cause: (v.cause + 1) % 10 },
      { ...hit, id: 'site', scopeId: 'SHOP-9999' },
      { ...hit, id: 'late', first: v.end + 1e9, last: v.end + 2e9 },
    ]
    const all = passing(rows, {}, model.time.from)
    expect(hitBy([hit, ...others], rows, all, model.time.from)).toEqual(new Set(['hit']))
    expect(hitBy([hit], rows, passing(rows, { site: 'SHOP-0001' }, model.time.from), model.time.from)).toEqual(
      new Set(),
    )
  })
  test('every word of a text must stand somewhere, in either language', () => {
    const { model, details } = reported(200)
    const found = (text: string) => matching(details.verdicts, text, { model, lines: details.lines }).length
    expect(found('')).toBe(200)
    expect(found('SHOP-0013 TIMED')).toBe(details.verdicts.filter((v) => v.site === 'SHOP-0013').length)
    expect(found('放弃')).toBe(200)
    expect(found('shop-0013 nowhere')).toBe(0)
  })
  test('by the name of a cause its own timeouts, not those that ruled it out', () => {
    const { model, details } = reported(200)
    const found = matching(details.verdicts, '网络延迟', { model, lines: details.lines })
    const own = details.verdicts.filter((v) => VERDICT_CAUSES[v.cause] === 'network_latency')
    expect(own.length).toBeGreaterThan(0)
    expect(found.map((v) => v.id)).toEqual(own.map((v) => v.id))
  })
})

describe('the fragment', () => {
  test('brings back what is seen', () => {
    const filter: Filter = {
      cause: 'unknown',
      site: 'a&b=c#d/é 中',
      phase: 'tls',
      confidence: 80,
      text: '</script>',
      span: [Date.parse('2026-03-06T08:00:00Z'), Date.parse('2026-03-06T09:00:00Z')],
    }
    const view = { lang: 'zh', theme: 'dark', zone: 'local', filter } as const
    expect(parseFragment(writeFragment(view))).toEqual(view)
  })
  test('what it says wrong is left out', () =>
    expect(parseFragment('cause=weather&phase=x&confidence=-3&span=a/b&lang=fr&theme=pink&site=')).toEqual({
      filter: {},
    }))
})

describe('what is handed on', () => {
  test('names the time in UTC, the lines with their places, and what is asked, in both languages', () => {
    const { model, details } = reported(50)
    const v = details.verdicts.find((x) => x.mechanism === 'lossy-line')
    if (!v) throw new Error('no such verdict')
    const lines = v.events.flatMap((id) => details.lines[id] ?? [])
    for (const lang of LANGS) {
      const text = escalationText(model, caseOfVerdict(v, lines), lang)
      expect(text).toContain(new Date(v.start).toISOString().slice(0, 19).replace('T', ' '))
      expect(text).toContain('logs/router/wan-monitor.log:37')
      expect(text).toContain(v.site)
      expect(text).toContain(model.mechanisms['lossy-line']?.next[lang])
      expect(text).toContain(lang === 'en' ? 'To the access provider NorthNet' : '致网络运营商 NorthNet')
    }
  })
  test.each([
    ['network_latency', ['check_connection', 'contact_isp'], 'isp'],
    ['provider_policy', ['review_policy'], 'provider'],
    ['server_failure', ['use_proxy'], 'provider'],
    ['hardware_fault', ['update_drivers'], 'site'],
  ] as const)('%s with %j goes to %s', (cause, remedy, receiver) =>
    expect(receiverOf({ cause: VERDICT_CAUSES.indexOf(cause), remedy }, VERDICT_CAUSES)).toBe(receiver),
  )
})

test('every word of the page is there in both languages', () => {
  for (const [word, [en, zh]] of Object.entries(WORDS)) {
    expect(en, word).toMatch(/\S/)
    expect(zh, word).toMatch(word === 'language' || word === 'of' ? /\S/ : /[\u4e00-\u9fff]/)
  }
})
test('everything a report can say has both languages', () => {
  const { model } = reported(50)
  const pairs: [string, { en: string; zh: string }][] = [
    ...Object.values(model.words).flatMap((list) => Object.entries(list)),
    ...Object.entries(model.prevention),
    ...Object.entries(model.remedies).map(([id, r]): [string, { en: string; zh: string }] => [id, r.text]),
  ]
  for (const [id, words] of pairs) expect(`${words.en}|${words.zh}`, id).toMatch(/[a-z].*\|.*[\u4e00-\u9fff]/s)
})

describe('the axis of time', () => {
  test.each([60_000, 3_600_000, 86_400_000, 30 * 86_400_000, 3_000 * 86_400_000])(
    '%d ms have few, round ticks',
    (length) => {
      const from = Date.parse('2026-03-02T00:00:07Z')
      const marks = ticks(from, from + length, 8)
      expect(marks.length).toBeGreaterThanOrEqual(1)
      expect(marks.length).toBeLessThanOrEqual(9)
      for (const { at } of marks) expect(at % 1_000).toBe(0)
    },
  )
  test('the top of the scale is round, and not below', () => {
    for (const n of [1, 3, 6, 7, 11, 99, 1_234]) {
      expect(roundUp(n)).toBeGreaterThanOrEqual(n)
      expect(roundUp(n)).toBeLessThanOrEqual(2 * n)
    }
  })
})
