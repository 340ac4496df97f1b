import { describe, expect, test } from 'vitest'
import { auditText } from '../../pipeline/report/audit.js'
import { letterListText, retryText } from '../../pipeline/report/dead-letters.js'
import { widthOf } from '../../pipeline/report/width.js'
import { AuditReport } from '../../schemas/audit.js'
import type { LetterList, RetryResult } from '../../schemas/dead-letters.js'

const counts = { read: 30, events: 4, filtered: 20, duplicates: 1, dead_lettered: 5 }
const report: AuditReport = AuditReport.parse({
  ok: false,
  chains: [
    { topic: 'logs', partition: 0, from: 0, to: 120, unread: 7, entries: 3, ...counts },
    {
      topic: 'logs',
      partition: 1,
      from: null,
      to: null,
      unread: 9,
      entries: 0,
      read: 0,
      events: 0,
      filtered: 0,
      duplicates: 0,
      dead_lettered: 0,
    },
  ],
  totals: { raw: counts, events: counts },
  recounted: { ranges: 2, of: 3, events: 4, dead_letters: 5 },
  verdicts: { symptoms: 9, final: 6, superseded: 2, late: 1, cited: 30, by_index: {} },
  late: [
    {
      realm: 'default',
      from: '2026-03-06T10:00:00.000Z',
      to: '2026-03-06T10:30:00.000Z',
      letters: 3,
    },
  ],
  late_command: 'whytimeout replay kafka:w.events --late --store',
  findings: [
    {
      code: 'gap-deleted',
      state: 'fail',
      topic: 'logs',
      partition: 0,
      from: 20,
      to: 26,
      what: { en: `deleted ${'and so on '.repeat(20)}`, zh: '删除'.repeat(60) },
      todo: { en: 'raise retention', zh: '调大保留时间' },
    },
    { code: 'recount-partial', state: 'note', topic: 'w.events', partition: -1, what: { en: 'older', zh: '较早' } },
  ],
})
const pages = [
  { lang: 'en', columns: 90, color: false },
  { lang: 'zh', columns: 90, color: false },
] as const

describe('audit for people', () => {
  test.each(pages)('$lang: figures, places, what to do; no line wider than the terminal', (page) => {
    const text = auditText(report, page)
    for (const part of [
      'logs/0',
      '0..120',
      'gap-deleted logs/0 20..26 (6)',
      'recount-partial w.events',
      report.late_command ?? '',
    ])
      expect(text).toContain(part)
    for (const line of text.split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(90)
    expect(text).toContain(page.lang === 'zh' ? '账目有 1 处问题' : '1 thing is wrong')
  })
  test('nothing wrong is said in so many words', () => {
    const text = auditText({ ...report, ok: true, findings: [], late: [], late_command: null }, pages[0])
    expect(text.split('\n').at(-1)).toContain('The books balance')
    expect(text).not.toContain('FAIL')
  })
  test('more than a screen can take is counted', () => {
    const many = Array.from({ length: 70 }, () => report.findings[0] as AuditReport['findings'][number])
    expect(auditText({ ...report, findings: many }, pages[0])).toContain('10 more')
  })
})

const list: LetterList = {
  letters: 3,
  doubles: 1,
  groups: [
    { reason: 'PARSE_NO_TIME', origin: 'till-1/pos.log', letters: 3, first: null, last: '2026-03-06T09:00:00.000Z' },
  ],
  more_groups: 2,
  newest: [
    {
      place: 'logs/0/7:2',
      reason: 'PARSE_NO_TIME',
      detail: '',
      origin: 'till-1/pos.log',
      at: '2026-03-06T09:59:00.000Z',
      tries: 1,
      state: 'sent',
      hidden: 12,
      first: '交易'.repeat(80),
    },
  ],
  late_command: 'whytimeout audit',
}
const NOW = Date.parse('2026-03-06T10:00:00Z')

describe('dead letters for people', () => {
  test.each(pages)('$lang: how many by reason and origin, then the newest', (page) => {
    const text = letterListText(list, page, NOW)
    for (const part of ['PARSE_NO_TIME', 'till-1/pos.log', 'logs/0/7:2', 'whytimeout audit'])
      expect(text).toContain(part)
    expect(text).toContain(page.lang === 'zh' ? '已重发' : 'sent again')
    expect(text).toContain(page.lang === 'zh' ? '60秒前' : '60 s ago')
    for (const line of text.split('\n')) expect(widthOf(line), line).toBeLessThanOrEqual(90)
  })
  test('none', () => expect(letterListText({ ...list, letters: 0 }, pages[0], NOW)).toBe('No dead letters.'))
  test.each(pages)('$lang: what a retry did, and what it cannot', (page) => {
    const result: RetryResult = {
      dry_run: false,
      sent: 2,
      by_topic: { logs: 2 },
      hidden: 1,
      left: { sent: 1, exhausted: 2, cut: 3, late: 4, foreign: 5 },
      places: ['logs/0/7:2'],
      late_command: 'whytimeout audit --config w.yml',
    }
    const text = retryText(result, page)
    expect(text).toContain('logs 2')
    expect(text).toContain('whytimeout audit --config w.yml')
    expect(text.split('\n').length).toBeGreaterThan(8)
    expect(retryText({ ...result, dry_run: true }, page)).toContain(page.lang === 'zh' ? '将重发' : 'Would send')
  })
})
