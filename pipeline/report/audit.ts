import type { AuditChain, AuditFinding, AuditReport, AuditState } from '../../schemas/audit.js'
import type { Page } from './text.js'
import { pad, widthOf, wrap } from './width.js'

const MARKS: Readonly<Record<AuditState, { readonly en: string; readonly zh: string; readonly color: number }>> = {
  fail: { en: 'FAIL', zh: '失败', color: 31 },
  warn: { en: 'WARN', zh: '警告', color: 33 },
  note: { en: 'NOTE', zh: '说明', color: 36 },
}
const COLUMNS = {
  en: ['partition', 'offsets', 'entries', 'read', 'events', 'filtered', 'duplicates', 'dead', 'unread'],
  zh: ['分区', '位点', '账目', '读取', '事件', '过滤', '重复', '死信', '未读'],
}
/** Partitions and findings shown; the rest is in `--json`. */
const MAX_ROWS = 40
const MAX_FINDINGS = 60
const MAX_SPANS = 20

/** What an audit found, for people: the chains, what was counted again, late events with their repair, then what is wrong. */
export function auditText(report: AuditReport, page: Page): string {
  const zh = page.lang === 'zh'
  const fails = report.findings.filter((f) => f.state === 'fail').length
  const verdict = report.ok
    ? zh
      ? '账目平衡：没有缺口，没有重叠，存储的数据与账目一致。'
      : 'The books balance: no gap, no overlap, and what is stored is what they say.'
    : zh
      ? `账目有 ${fails} 处问题。`
      : `${fails} ${fails === 1 ? 'thing is' : 'things are'} wrong with the books.`
  const findings = report.findings.slice(0, MAX_FINDINGS).flatMap((f) => ['', ...findingText(f, page)])
  const more = report.findings.length - MAX_FINDINGS
  return [
    ...chainTable(report, page),
    '',
    ...sums(report, page),
    ...late(report, page),
    ...findings,
    ...(more > 0 ? ['', zh ? `另有 ${more} 项，见 --json` : `${more} more: see --json`] : []),
    '',
    page.color ? `\u001b[1m${verdict}\u001b[0m` : verdict,
  ].join('\n')
}

function chainTable({ chains, totals }: AuditReport, page: Page): string[] {
  const zh = page.lang === 'zh'
  const figures = (c: Omit<AuditChain, 'topic' | 'partition' | 'from' | 'to' | 'unread' | 'entries'>) =>
    [c.read, c.events, c.filtered, c.duplicates, c.dead_lettered].map(String)
  const row = (c: AuditChain) => [
    `${c.topic}/${c.partition}`,
    c.to === null ? '-' : `${c.from}..${c.to}`,
    String(c.entries),
    ...figures(c),
    String(c.unread),
  ]
  const shown = chains.slice(0, MAX_ROWS)
  const rows = [
    COLUMNS[page.lang],
    ...shown.map(row),
    [zh ? '原始日志合计' : 'all raw', '', '', ...figures(totals.raw), ''],
    [zh ? '事件合计' : 'all events', '', '', ...figures(totals.events), ''],
  ]
  const widths = COLUMNS.en.map((_, i) => Math.max(...rows.map((r) => widthOf(r[i] ?? ''))))
  const left = (text: string, i: number) => pad(text, widths[i] ?? 0)
  const right = (text: string, i: number) => ' '.repeat(Math.max(0, (widths[i] ?? 0) - widthOf(text))) + text
  const lines = rows.map((r) =>
    r
      .map((cell, i) => (i < 2 ? left(cell, i) : right(cell, i)))
      .join('  ')
      .trimEnd(),
  )
  const hidden = chains.length - shown.length
  return [
    ...lines,
    ...(hidden > 0 ? [zh ? `另有 ${hidden} 个分区，见 --json` : `${hidden} more partitions: see --json`] : []),
  ]
}

function sums({ recounted: r, verdicts: v }: AuditReport, page: Page): string[] {
  const text =
    page.lang === 'zh'
      ? [
          `重新计数：${r.of} 条账目中的 ${r.ranges} 条，${r.events} 个事件，${r.dead_letters} 封死信。`,
          `已判定的超时症状 ${v.symptoms} 个：${v.final} 个有最终结论，${v.superseded} 个并入其他症状的结论，${v.late} 个迟到；核对了 ${v.cited} 个被引用的事件。`,
        ]
      : [
          `Counted again: ${r.ranges} of ${r.of} entries of raw partitions, ${r.events} events, ${r.dead_letters} dead letters.`,
          `Symptoms that are decided: ${v.symptoms}; ${v.final} have a final verdict, ${v.superseded} belong to another symptom's, ${v.late} came late. Events that verdicts cite: ${v.cited} looked up.`,
        ]
  return text.flatMap((line) => wrap(line, page.columns))
}

function late({ late, late_command }: AuditReport, page: Page): string[] {
  if (late.length === 0 || late_command === null) return []
  const letters = late.reduce((sum, l) => sum + l.letters, 0)
  const head =
    page.lang === 'zh'
      ? `迟到的事件 ${letters} 个，尚未补判。执行：`
      : `${letters} late ${letters === 1 ? 'event waits' : 'events wait'} for a repair. Run:`
  const spans = late.slice(0, MAX_SPANS).map((l) => `    ${l.realm}  ${l.from} .. ${l.to}  ${l.letters}`)
  const more = late.length - spans.length
  return ['', ...wrap(head, page.columns), `  ${late_command}`, ...spans, ...(more > 0 ? [`    + ${more}`] : [])]
}

function findingText(f: AuditFinding, page: Page): string[] {
  const mark = MARKS[f.state]
  const place = f.partition < 0 ? f.topic : `${f.topic}/${f.partition}`
  const offsets = f.from === undefined || f.to === undefined ? '' : ` ${f.from}..${f.to} (${f.to - f.from})`
  const label = page.color ? `\u001b[${mark.color}m${mark[page.lang]}\u001b[0m` : mark[page.lang]
  return [
    `${label} ${f.code} ${place}${offsets}`,
    ...wrap(f.what[page.lang], page.columns - 2).map((l) => `  ${l}`),
    ...(f.todo ? wrap(f.todo[page.lang], page.columns - 5).map((l, i) => `  ${i === 0 ? '-> ' : '   '}${l}`) : []),
  ]
}
