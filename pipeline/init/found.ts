import type { OriginEntry } from '../../schemas/origin.js'
import type { Lang } from '../../schemas/vocabulary.js'
import { pad, wrap } from '../report/width.js'
import { hostsOf } from './rows.js'
import type { Survey } from './survey.js'

const MAX_LISTED = 8

/** What logs show of a network, for the person who set out to describe it. */
export function foundText(
  survey: Survey,
  entries: ReadonlyMap<string, OriginEntry>,
  page: { readonly lang: Lang; readonly columns: number },
): string {
  const zh = page.lang === 'zh'
  const width = Math.min(page.columns, 110)
  const share = (n: number) =>
    `${((n / Math.max(1, survey.records)) * 100).toFixed(n * 100 < survey.records ? 1 : 0)} %`
  const row = (en: string, cn: string, values: readonly string[]): string[] => {
    const listed = values.slice(0, MAX_LISTED)
    const more = values.length - listed.length
    if (listed.length === 0) listed.push(zh ? '无' : 'none')
    if (more > 0) listed.push(zh ? `另有 ${more}` : `${more} more`)
    return wrap(listed.join(', '), width - 14).map((l, i) => (i === 0 ? pad(zh ? cn : en, 14) : ' '.repeat(14)) + l)
  }
  const role = (r: OriginEntry['role']) => [...hostsOf(entries, r)].sort()
  const zones = new Map<string, Set<string>>()
  for (const [origin, { zone }] of entries)
    if (zone !== undefined) zones.set(zone, (zones.get(zone) ?? new Set()).add(origin.slice(0, origin.indexOf('/'))))
  const hosts = [...new Set(survey.origins.map((o) => o.host))]
  return [
    zh
      ? `${survey.records} 条记录，${survey.origins.length} 个日志，${hosts.length} 台主机`
      : `${survey.records} records in ${survey.origins.length} logs of ${hosts.length} hosts`,
    ...row('formats', '格式', [
      ...survey.formats.map(([id, n]) => `${id} ${share(n)}`),
      ...(survey.unread > 0 ? [`${zh ? '未能解析' : 'unread'} ${share(survey.unread)}`] : []),
    ]),
    ...row(
      'terminals',
      '终端',
      survey.terminals.map((t) => t.id),
    ),
    ...row('gateways', '网关', role('gateway')),
    ...row('servers', '服务器', role('server')),
    ...row('routers', '路由器', role('router')),
    ...row(
      'endpoints',
      '目标地址',
      survey.endpoints.map(([e, n]) => `${e} (${n})`),
    ),
    ...row(
      'zones',
      '时区',
      [...zones].sort(([a], [b]) => (a < b ? -1 : 1)).map(([z, h]) => `${z} ${[...h].join(' ')}`),
    ),
  ].join('\n')
}
