import { stringify } from 'yaml'
import type { OriginEntry } from '../../schemas/origin.js'
import type { Bilingual } from '../../schemas/rule.js'
import type { Lang } from '../../schemas/vocabulary.js'
import type { Assumption } from '../parse/infer.js'
import { isZoneFound } from '../parse/infer-zones.js'
import { whyAssumed } from '../report/assumed-words.js'
import type { DraftRow } from './rows.js'
import type { OriginFound, Survey } from './survey.js'
import { ranked } from './votes.js'

/** A file as it would be written, and what a person must decide in it. */
export type Draft = { readonly text: string; readonly decide: readonly Bilingual[] }

const DECIDE: Bilingual = { en: 'DECIDE', zh: '待确认' }
const MAX_NAMED = 8

const comment = (text: string): string => `# ${oneLine(text)}`
const decision = (what: Bilingual, lang: Lang): string =>
  comment(`${DECIDE[lang]}${lang === 'zh' ? '：' : ': '}${what[lang]}`)
/** Names come from logs: nothing in them may end the comment or turn the text around. */
const oneLine = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\u2028\u2029]/gu, '·').slice(0, 400)
const some = (names: readonly string[]): string =>
  names.length <= MAX_NAMED ? names.join(', ') : `${names.slice(0, MAX_NAMED).join(', ')} … (${names.length})`

/** What is known of the servers, by options or answers. */
export type Servers = {
  readonly brokers: readonly string[]
  /** Names, or a pattern between slashes. */
  readonly topics: readonly string[]
  readonly elasticsearch: string | undefined
  /** Paths as the configuration names them. */
  readonly inventory: string
  readonly origins: string
}

export function configDraft({ brokers, topics, elasticsearch, inventory, origins }: Servers, lang: Lang): Draft {
  const noBrokers: Bilingual = {
    en: 'kafka.brokers: where your cluster is (host:port); needed for the stream, not for replay',
    zh: 'kafka.brokers：集群地址（host:port）；实时分析需要，重放文件不需要',
  }
  const noTopics: Bilingual = {
    en: 'kafka.topics: the topics that carry raw logs; names, or a pattern such as /^logs\\./',
    zh: 'kafka.topics：原始日志主题；名称或 /^logs\\./ 之类的正则',
  }
  const noElasticsearch: Bilingual = {
    en: 'elasticsearch.node: where verdicts are stored and searched; take the # away, or leave it out',
    zh: 'elasticsearch.node：结论的存储与检索；需要时去掉#',
  }
  const yaml = (value: unknown): string => stringify(value, { lineWidth: 0 }).trimEnd()
  const [pattern] = topics.filter((t) => t.startsWith('/'))
  const isKnown = { brokers: brokers.length > 0, topics: topics.length > 0, elasticsearch: elasticsearch !== undefined }
  const head: Bilingual = {
    en: 'Drafted by whytimeout init. Every key: docs/reference/config.md. Check: whytimeout doctor --config whytimeout.yml',
    zh: '由whytimeout init生成。全部配置项：docs/reference/config.md。检查：whytimeout doctor --config whytimeout.yml',
  }
  const indent = (text: string): string => text.replace(/^(?=.)/gm, '  ')
  const lines = [
    comment(head[lang]),
    'kafka:',
    ...(isKnown.brokers ? [] : [indent(decision(noBrokers, lang))]),
    // biome-ignore lint/suspicious/noTemplateCurlyInString: a variable of the configuration
    indent(yaml({ brokers: isKnown.brokers ? brokers : '${KAFKA_BROKERS:-localhost:9092}' })),
    ...(isKnown.topics ? [] : [indent(decision(noTopics, lang))]),
    indent(yaml({ topics: pattern ?? (isKnown.topics ? topics : ['terminal-logs']) })),
    ...(isKnown.elasticsearch
      ? [yaml({ elasticsearch: { node: elasticsearch } })]
      : [decision(noElasticsearch, lang), '# elasticsearch:', '#   node: http://localhost:9200']),
    yaml({ inventory }),
    yaml({ origins }),
  ]
  const decide = [
    ...(isKnown.brokers ? [] : [noBrokers]),
    ...(isKnown.topics ? [] : [noTopics]),
    ...(isKnown.elasticsearch ? [] : [noElasticsearch]),
  ]
  return { text: `${lines.join('\n')}\n`, decide }
}

export type Known = {
  readonly entries: ReadonlyMap<string, OriginEntry>
  readonly assumed: readonly Assumption[]
  /** Whether a person has said so already. */
  readonly isGiven: (origin: string, key: keyof OriginEntry) => boolean
}

/** `origins.yml`: what was found out of each log that its lines do not say, and what could not be. */
export function originsDraft(survey: Survey, { entries, assumed, isGiven }: Known, lang: Lang): Draft {
  const zoneless: string[] = []
  const roleless: string[] = []
  const blocks = survey.origins.map((o) => {
    // What ends an archive is wrong tomorrow: a replay finds it out again.
    const { until: _, role, ...known } = entries.get(o.origin) ?? {}
    const why = assumed.find((a) => a.origin === o.origin && a.what === 'zone')?.why
    const hasZone = !o.isZoneless || isZoneFound(why) || isGiven(o.origin, 'zone')
    // Who forwards may be a site's router as well as its provider: a wrong word here would be believed.
    const hasRole = isGiven(o.origin, 'role') || (role !== undefined && role !== 'unknown' && role !== 'provider')
    if (!hasZone) zoneless.push(o.origin)
    if (!hasRole) roleless.push(o.host)
    const { zone, ...rest } = known
    // Not what was only taken for want of a zone: a later look with more logs may find it.
    const entry = { ...rest, ...(hasZone && zone !== undefined && { zone }), ...(hasRole && { role }) }
    return [
      comment(foundText(o, lang)),
      ...(isZoneFound(why) ? [comment(`${ZONE_BY[lang]}${whyAssumed(why ?? '')[lang]}`)] : []),
      ...(hasZone ? [] : [decision(ZONE, lang)]),
      ...(hasRole ? [] : [decision(ROLE, lang)]),
      stringify({ [o.origin]: entry }, { sortMapEntries: true, lineWidth: 0 }).trimEnd(),
    ].join('\n')
  })
  const hosts = [...new Set(roleless)]
  return {
    text: `${[comment(ORIGINS_HEAD[lang]), ...blocks].join('\n\n')}\n`,
    decide: [
      ...list(zoneless, (n) => ({ en: `zone of ${n}: ${ZONE.en}`, zh: `${n} 的时区：${ZONE.zh}` })),
      ...list(hosts, (n) => ({ en: `role of ${n}: ${ROLE.en}`, zh: `${n} 的角色：${ROLE.zh}` })),
    ],
  }
}

const ORIGINS_HEAD: Bilingual = {
  en: 'Drafted by whytimeout init: what the lines of these logs do not say. Keys are host/log, with * and ? as wildcards',
  zh: '由whytimeout init生成：日志行本身未说明的内容。键为 主机/日志，可用 * 和 ?',
}
const ZONE_BY: Bilingual = { en: 'zone by: ', zh: '时区依据：' }
const ZONE: Bilingual = {
  en: 'its times name no zone and no other log tells; UTC until you set zone: (Asia/Shanghai, +08:00)',
  zh: '时间无时区，也无法从其他日志推断；未设置zone（如Asia/Shanghai、+08:00）前按UTC处理',
}
const ROLE: Bilingual = {
  en: 'set role: to terminal, router, provider, gateway, server or dns',
  zh: '请设置role：terminal、router、provider、gateway、server或dns',
}

function foundText(o: OriginFound, lang: Lang): string {
  const formats = ranked(o.formats).map(([id, n]) => `${id} ${n}`)
  const unread = o.unread === 0 ? '' : lang === 'en' ? `, ${o.unread} unread` : `，未能解析 ${o.unread}`
  return `${formats.join(', ')}${unread}`
}

const COLUMNS = ['terminal_id', 'ip', 'mac', 'site', 'isp', 'model', 'merchant', 'gateway', 'wan_ip'] as const

/** `inventory.csv`: a row for each terminal that the logs name. */
export function inventoryDraft(survey: Survey, rows: readonly DraftRow[], lang: Lang): Draft {
  const without = (column: 'ip' | 'site' | 'gateway') =>
    rows.filter((r) => r[column] === undefined).map((r) => r.terminal_id)
  const matched = rows.filter((r) => r.match !== undefined)
  const taken = new Set(rows.map((r) => r.ip))
  const loose = survey.neighbours.filter((n) => !taken.has(n.ip)).map((n) => n.ip)
  const sites = [...new Set(rows.flatMap((r) => (r.site === r.foundSite ? (r.site ?? []) : [])))].sort()
  const decide: Bilingual[] = [
    ...(rows.length === 0
      ? [{ en: 'no line names a terminal: list them here', zh: '日志中没有终端号：请在此列出终端' }]
      : [{ en: 'isp and model of every row: no log says them', zh: '每行的isp和model：日志中没有' }]),
    ...(sites.length > 0
      ? [
          {
            en: `site ${some(sites)}: what belongs together was found, the names are those of routers and addresses; --site FOUND=NAME gives your own`,
            zh: `门店 ${some(sites)}：分组由日志推断，名称取自路由器或公网地址；用 --site 原名=实际名 更改`,
          },
        ]
      : []),
    ...list(without('site'), (n) => ({ en: `site of ${n}`, zh: `${n} 的门店` })),
    ...list(without('ip'), (n) => ({
      en: `ip of ${n}${loose.length > 0 ? `; seen without a terminal: ${some(loose)}` : ''}`,
      zh: `${n} 的ip${loose.length > 0 ? `；未对应终端的地址：${some(loose)}` : ''}`,
    })),
    ...list(
      matched.map((r) => `${r.terminal_id} ${r.ip} (${r.match?.hits}/${r.match?.attempts})`),
      (n) => ({
        en: `check ip of ${n}: known only by its router writing it in the seconds of the terminal's attempts`,
        zh: `核对 ${n} 的ip：仅由路由器日志与终端交易的时间吻合推断`,
      }),
    ),
    ...list(without('gateway'), (n) => ({ en: `gateway of ${n}`, zh: `${n} 的网关` })),
    ...(survey.terminalsLeftOut > 0
      ? [
          {
            en: `${survey.terminalsLeftOut} more terminals are not listed`,
            zh: `另有 ${survey.terminalsLeftOut} 台终端未列出`,
          },
        ]
      : []),
  ]
  const head: Bilingual = {
    en: `Drafted by whytimeout init: ${rows.length} terminals that the logs name. Columns: docs/reference/inventory.md`,
    zh: `由whytimeout init生成：日志中出现的 ${rows.length} 台终端。列说明：docs/reference/inventory.md`,
  }
  const cells = rows.map((r) => {
    const known: Partial<Record<string, unknown>> = r
    return COLUMNS.map((c) => cell(String(known[c] ?? ''))).join(',')
  })
  const lines = [comment(head[lang]), ...decide.map((d) => decision(d, lang)), COLUMNS.join(','), ...cells]
  return { text: `${lines.join('\n')}\n`, decide }
}

const list = (names: readonly string[], say: (names: string) => Bilingual): Bilingual[] =>
  names.length === 0 ? [] : [say(some(names))]

const cell = (text: string): string => (/[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text)
