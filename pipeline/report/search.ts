import type { Bilingual } from '../../schemas/rule.js'
import type { SavedSearch } from '../../schemas/searches.js'
import type { Lang } from '../../schemas/vocabulary.js'
import type { Page } from './text.js'
import { cutTo, pad, widthOf } from './width.js'
import { CAUSE_NAMES, LOG_NAMES, PHASE_NAMES, SCOPE_NAMES } from './words.js'

type Document = Readonly<Record<string, unknown>>

/** Heads of columns; others are headed by the last part of their field's name. */
const HEADS: Readonly<Record<string, Bilingual>> = {
  'event.id': { en: 'id', zh: '编号' },
  '@timestamp': { en: 'time (UTC)', zh: '时间（UTC）' },
  'event.action': { en: 'action', zh: '动作' },
  'event.duration': { en: 'duration', zh: '时长' },
  'host.name': { en: 'host', zh: '主机' },
  'destination.ip': { en: 'destination', zh: '目标地址' },
  'destination.domain': { en: 'domain', zh: '目标域名' },
  'destination.port': { en: 'port', zh: '端口' },
  'service.target.name': { en: 'upstream', zh: '上游' },
  'error.code': { en: 'reason', zh: '原因' },
  message: { en: 'message', zh: '消息' },
  'whytimeout.terminal_id': { en: 'terminal', zh: '终端' },
  'whytimeout.site_id': { en: 'site', zh: '门店' },
  'whytimeout.isp': { en: 'provider', zh: '运营商' },
  'whytimeout.gateway': { en: 'gateway', zh: '网关' },
  'whytimeout.origin': { en: 'log', zh: '日志' },
  'whytimeout.signal.id': { en: 'signals', zh: '信号' },
  'whytimeout.episode.phase': { en: 'phase', zh: '阶段' },
  'whytimeout.verdict.cause': { en: 'cause', zh: '原因' },
  'whytimeout.verdict.mechanism': { en: 'mechanism', zh: '机制' },
  'whytimeout.verdict.confidence': { en: 'confidence', zh: '置信度' },
  'whytimeout.verdict.margin': { en: 'margin', zh: '领先' },
  'whytimeout.verdict.scope': { en: 'scope', zh: '范围' },
  'whytimeout.verdict.scope_id': { en: 'of', zh: '对象' },
  'whytimeout.evidence.missing': { en: 'missing', zh: '缺少' },
  'whytimeout.evidence.count': { en: 'lines', zh: '行数' },
  'whytimeout.remedy.id': { en: 'remedies', zh: '措施' },
  'whytimeout.incident.cause': { en: 'cause', zh: '原因' },
  'whytimeout.incident.mechanism': { en: 'mechanism', zh: '机制' },
  'whytimeout.incident.scope': { en: 'scope', zh: '范围' },
  'whytimeout.incident.scope_id': { en: 'of', zh: '对象' },
  'whytimeout.incident.state': { en: 'state', zh: '状态' },
  'whytimeout.incident.verdicts': { en: 'timeouts', zh: '超时数' },
  'whytimeout.incident.terminals': { en: 'terminals', zh: '终端数' },
  'whytimeout.incident.share': { en: 'share', zh: '占比' },
  'whytimeout.incident.last': { en: 'last (UTC)', zh: '最近（UTC）' },
}
/** Values that have a name of their own, by the last part of the field. */
const NAMES: Readonly<Record<string, Readonly<Record<string, Bilingual>>>> = {
  cause: CAUSE_NAMES,
  phase: PHASE_NAMES,
  scope: SCOPE_NAMES,
  missing: LOG_NAMES,
}
const SHARES = new Set(['confidence', 'margin', 'share'])
const LONGEST = 44
const LEAST_TEXT = 40
const GAP = '  '

const lastOf = (field: string): string => field.slice(field.lastIndexOf('.') + 1)

/** The value of a dotted field of a nested document. */
export const valueAt = (document: Document, field: string): unknown =>
  field.split('.').reduce<unknown>((at, step) => (at as Document | undefined)?.[step], document)

/** Documents as a table: their id, their time, then the columns. Free text is as wide as the page leaves room for. */
export function foundTable(documents: readonly Document[], columns: readonly string[], page: Page): string {
  const fields = ['event.id', '@timestamp', ...columns].filter(
    // A column that is empty all the way tells nothing.
    (f, i, all) => all.indexOf(f) === i && documents.some((d) => cell(valueAt(d, f), f, page.lang) !== ''),
  )
  const rows = [
    fields.map((f) => HEADS[f]?.[page.lang] ?? lastOf(f)),
    ...documents.map((d) => fields.map((f) => cell(valueAt(d, f), f, page.lang))),
  ]
  const widths = fields.map((_, i) => Math.min(LONGEST, Math.max(...rows.map((r) => widthOf(r[i] as string)))))
  const text = fields.indexOf('message')
  if (text >= 0) {
    const others = widths.reduce((sum, w, i) => sum + (i === text ? 0 : w + GAP.length), 0)
    widths[text] = Math.max(LEAST_TEXT, page.columns - others)
  }
  return rows
    .map((row) =>
      row
        .map((value, i) => pad(cutTo(value, widths[i] as number), widths[i] as number))
        .join(GAP)
        .trimEnd(),
    )
    .join('\n')
}

function cell(value: unknown, field: string, lang: Lang): string {
  if (value === undefined || value === null) return ''
  if (Array.isArray(value)) return value.map((v) => cell(v, field, lang)).join(', ')
  const last = lastOf(field)
  if (typeof value === 'number' && SHARES.has(last)) return `${Math.round(value * 100)} %`
  if (typeof value === 'number' && field === 'event.duration') return `${(value / 1e9).toFixed(1)} s`
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(value)) return value.slice(0, 19).replace('T', ' ')
  return NAMES[last]?.[String(value)]?.[lang] ?? String(value).replace(/\s+/g, ' ')
}

/** The named searches: what each asks. */
export function searchList(searches: readonly SavedSearch[], page: Page): string {
  const width = Math.max(...searches.map((s) => s.id.length))
  return searches
    .map(({ id, question, since }) => {
      const back = since === undefined ? '' : page.lang === 'en' ? ` (last ${since})` : `（最近${since}）`
      return `${pad(id, width)}  ${question[page.lang]}${back}`
    })
    .join('\n')
}
