import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Pack } from '../../../pipeline/match/pack.js'
import { WHY_TERMINAL } from '../../../pipeline/parse/infer.js'
import { whatAssumed, whyAssumed } from '../../../pipeline/report/assumed-words.js'
import { page } from '../../../pipeline/report/html/page.js'
import { createReport, LIMITS, type Limits } from '../../../pipeline/report/html/report.js'
import { loadPack } from '../../../pipeline/run/rules.js'
import { VERDICT_CAUSES } from '../../../schemas/vocabulary.js'
import { type Crowd, lineOf, manyIncidents, manyVerdicts, summaryOf } from './many.js'

let pack: Pack
beforeAll(async () => {
  pack = await loadPack()
})
function reported(crowd: Crowd, limits: Limits = LIMITS) {
  const report = createReport(pack, limits)
  for (const v of manyVerdicts(crowd)) report.verdict(v)
  for (const i of manyIncidents(crowd)) report.incident(i)
  for (const id of [...report.cites()].sort()) report.line(lineOf(id, crowd.text))
  return report.finish(summaryOf(crowd.verdicts, crowd.text))
}
const htmlOf = (crowd: Crowd, limits?: Limits): string => [...page(reported(crowd, limits))].join('\n')
const blockOf = <T>(html: string, name: string): T =>
  JSON.parse(
    new RegExp(`<script type="application/json" id="${name}-json">([\\s\\S]*?)</script>`).exec(html)?.[1] ?? '',
  ) as T
const sum = (list: readonly number[]): number => list.reduce((a, b) => a + b, 0)

describe('counts', () => {
  test('every verdict is in each picture', () => {
    const { model } = reported({ verdicts: 2_000 })
    expect(model.totals.timeouts).toBe(2_000)
    expect(sum(model.totals.causes)).toBe(2_000)
    expect(sum(model.totals.phases)).toBe(2_000)
    expect(sum(model.overTime.map(sum))).toBe(2_000)
    expect(sum(model.heat.map((r) => r.timeouts))).toBe(2_000)
    for (const row of model.heat) expect(sum(row.cells.filter((_, i) => i % 3 === 2))).toBe(row.timeouts)
    expect(model.overTime).toHaveLength(VERDICT_CAUSES.length)
    for (const row of model.overTime) expect(row).toHaveLength(model.time.count)
  })
  test('more sites than rows: the last row has the rest', () => {
    const { model } = reported({ verdicts: 3_000, sites: 60 })
    expect(model.heat).toHaveLength(LIMITS.heatRows)
    expect(model.heat.at(-1)).not.toHaveProperty('name')
    expect(model.totals.sites).toBe(60)
  })
  test('an axis of a year is as long as one of an hour', () => {
    for (const days of [0.04, 1, 30, 365, 4_000]) {
      const { model } = reported({ verdicts: 400, days })
      expect(model.time.count, `${days} days`).toBeLessThanOrEqual(200)
      expect(sum(model.overTime.map(sum)), `${days} days`).toBe(400)
    }
  })
  test('no verdict: a page that says so', () => {
    const html = htmlOf({ verdicts: 0 })
    expect(html).toContain('No TCP timeout in these logs.')
    expect(html).toContain('没有发现TCP超时')
  })
})

describe('bounds', () => {
  const limits: Limits = { ...LIMITS, listed: 100, counted: 500, incidents: 10 }
  test('what is listed is as large as its limit, of every reach equally many, and says so', () => {
    const { model, facts, details } = reported({ verdicts: 5_000 }, limits)
    expect(details.verdicts.length).toBeLessThanOrEqual(100)
    expect(details.verdicts.length).toBeGreaterThan(50)
    expect(facts.rows).toBe(500)
    expect(model.incidents).toHaveLength(10)
    expect(model.totals.incidents).toBe(100)
    expect(model.sample).toEqual({
      listed: details.verdicts.length,
      perReach: model.sample.perReach,
      counted: 500,
      incidents: 10,
    })
    const groups = new Map<string, number>()
    for (const v of details.verdicts)
      groups.set(`${v.cause} ${v.scopeId}`, (groups.get(`${v.cause} ${v.scopeId}`) ?? 0) + 1)
    expect(Math.max(...groups.values())).toBe(model.sample.perReach)
  })
  test('the choice does not hang on the order they come in', () => {
    const all = [...manyVerdicts({ verdicts: 3_000 })]
    const listedOf = (verdicts: typeof all): string[] => {
      const report = createReport(pack, limits)
      for (const v of verdicts) report.verdict(v)
      return report.finish(summaryOf(3_000)).details.verdicts.map((v) => v.id)
    }
    const expected = listedOf(all)
    expect(listedOf([...all].reverse())).toEqual(expected)
    expect(listedOf([...all].sort((a, b) => (a.event.id < b.event.id ? 1 : -1)))).toEqual(expected)
  })
  test('more reaches than places: one each, until the places are taken', () => {
    const { details, model } = reported({ verdicts: 4_000, sites: 400 }, { ...limits, listed: 20 })
    expect(details.verdicts).toHaveLength(20)
    expect(model.sample.perReach).toBe(1)
  })
  test('a hundred thousand verdicts: a page of less than 10 MB', () => {
    const html = htmlOf({ verdicts: 100_000, sites: 300, days: 30 })
    expect(Buffer.byteLength(html)).toBeLessThan(10_000_000)
    expect(blockOf<{ totals: { timeouts: number } }>(html, 'model').totals.timeouts).toBe(100_000)
  })
  test('texts as long as logs can make them are cut', () => {
    const html = htmlOf({ verdicts: 300, text: 'x'.repeat(20_000) }, limits)
    expect(Buffer.byteLength(html)).toBeLessThan(2_000_000)
  })
})

describe('the file', () => {
  test('the same documents, the same bytes', () => {
    const crowd = { verdicts: 1_500 }
    expect(htmlOf(crowd)).toBe(htmlOf(crowd))
  })
  test('loads nothing, and allows its own script and style only', () => {
    const html = htmlOf({ verdicts: 20 })
    expect(html).not.toMatch(/\b(?:src|href)="(?!#)/)
    const policy = /Content-Security-Policy" content="([^"]+)"/.exec(html)?.[1] ?? ''
    expect(policy).toContain("default-src 'none'")
    const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
    const [, script] = /<script>([\s\S]*?)<\/script>/.exec(html) ?? []
    const [, style] = /<style>([\s\S]*?)<\/style>/.exec(html) ?? []
    expect(script?.length).toBeGreaterThan(10_000)
    expect(policy).toContain(`script-src ${hashOf(script ?? '')}`)
    expect(policy).toContain(`style-src ${hashOf(style ?? '')}`)
    expect(policy).not.toContain('unsafe')
  })
  test('markup from logs stays text', () => {
    const planted = '</script><script>alert(1)</script><img src=x onerror=alert(2)><!--\u2028'
    const html = htmlOf({ verdicts: 120, text: planted })
    expect(html.match(/<script[^>]*>/g)).toHaveLength(5)
    expect(html.match(/<\/script/g)).toHaveLength(5)
    expect(html).not.toMatch(/<img|<!--|\u2028/)
    expect(JSON.stringify(blockOf(html, 'verdicts'))).toContain('alert(1)')
    expect(JSON.stringify(blockOf(html, 'lines'))).toContain('alert(1)')
  })
  test('the sentence is there in both languages before any script', () => {
    const html = htmlOf({ verdicts: 1 })
    expect(html).toMatch(
      /<span lang="en">1 timeout at 1 terminal of 1 site on 2026-03-01, 23:59–00:00|<span lang="en">1 timeout at 1 terminal/,
    )
    expect(html).toMatch(/<span lang="zh-CN" hidden>[^<]*共 1 次超时/)
  })
})

describe('without a timeout', () => {
  test('the page holds what could make one, and why records could not be read', async () => {
    const report = createReport(pack)
    const summary = { ...summaryOf(0), evidence: { 'gateway-hangs': 3, 'no-such': 9 }, unread: { PARSE_NO_TIME: 2 } }
    const { model } = report.finish(summary)
    expect(model.evidence).toEqual([{ mechanism: 'gateway-hangs', cause: 'server_failure', lines: 3 }])
    expect(model.mechanisms['gateway-hangs']?.next.en).toBeTruthy()
    expect(model.quality.unread).toEqual([[{ en: 'without a time', zh: '没有时间' }, 2]])
  })
  test('whatever is assumed of logs is said in both languages', async () => {
    const folder = join(import.meta.dirname, '../../../pipeline/parse')
    const sources = (await readdir(folder)).filter((f) => f.startsWith('infer'))
    const text = (await Promise.all(sources.map((f) => readFile(join(folder, f), 'utf8')))).join('\n')
    const said = [
      ...text.matchAll(/'(zone|site|role|addresses|until|skew_ms|bystander)',\s+(["'])(.+?)\2,?\s+\)/g),
    ].map(([, what = '', , why = '']) => [what, why] as const)
    expect(said.length).toBeGreaterThan(1)
    for (const [what, why] of [...said, ...Object.values(WHY_TERMINAL).map((why) => ['terminal', why] as const)]) {
      expect(whatAssumed(what).zh, what).toMatch(/\p{Script=Han}/u)
      expect(whyAssumed(why).zh, why).toMatch(/\p{Script=Han}/u)
    }
  })
})
