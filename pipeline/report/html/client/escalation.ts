import type { IncidentItem, LineItem, Model, VerdictItem, Words } from '../model.js'

/** What is handed on: the same for an incident and for one timeout. */
export type Case = {
  readonly cause: number
  readonly mechanism: string
  readonly remedy: readonly string[]
  readonly first: number
  readonly last: number
  readonly timeouts: number
  readonly isp?: string
  readonly site?: string
  readonly terminals: readonly string[]
  readonly sources: readonly string[]
  readonly endpoints: readonly string[]
  readonly confidence?: number
  readonly lines: readonly LineItem[]
  /** Kinds of log that would tell more. */
  readonly missing: readonly string[]
}
/** Lines that go along, at most: whoever reads it wants proof, not a log. */
const MAX_LINES = 6
const MAX_NAMES = 8

type Receiver = 'isp' | 'provider' | 'site'
const PROVIDERS = ['review_policy']
/** Who can mend it: the access provider, whoever runs the service, or people at the site. */
export function receiverOf({ cause, remedy }: Pick<Case, 'cause' | 'remedy'>, causes: readonly string[]): Receiver {
  if (remedy.includes('contact_isp')) return 'isp'
  const name = causes[cause]
  return name === 'server_failure' || name === 'provider_policy' || remedy.some((r) => PROVIDERS.includes(r))
    ? 'provider'
    : 'site'
}

const RECEIVERS: Readonly<Record<Receiver, Words>> = {
  isp: { en: 'To the access provider', zh: '致网络运营商' },
  provider: { en: 'To whoever runs the payment service', zh: '致支付服务提供方' },
  site: { en: 'To whoever runs the network of the site', zh: '致门店网络负责人' },
}

/** A text to paste into a ticket, whole by itself: what, when (UTC), where, the lines that show it, what is asked. */
export function escalationText(model: Model, given: Case, lang: 'en' | 'zh'): string {
  const zh = lang === 'zh'
  const mechanism = model.mechanisms[given.mechanism]
  const causes = Object.keys(model.words.causes)
  const cause = Object.values(model.words.causes)[given.cause]?.[lang] ?? ''
  const receiver = receiverOf(given, causes)
  const between = zh ? '、' : ', '
  const names = (list: readonly string[]): string =>
    list.length > MAX_NAMES ? `${list.slice(0, MAX_NAMES).join(between)} … (${list.length})` : list.join(between)
  const row = (en: string, cn: string, value: string | undefined): string[] =>
    value === undefined || value === '' ? [] : [`${zh ? `${cn}：` : `${en}: `}${value}`]
  const time = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19).replace('T', ' ')} UTC`
  return [
    `${RECEIVERS[receiver][lang]}${receiver === 'isp' && given.isp !== undefined ? ` ${given.isp}` : ''}`,
    '',
    zh
      ? `支付终端的TCP连接超时 ${given.timeouts} 次。`
      : `TCP connections of payment terminals timed out: ${given.timeouts} time${given.timeouts === 1 ? '' : 's'}.`,
    ...row(
      'When',
      '时间',
      given.first === given.last ? time(given.first) : `${time(given.first)} ${zh ? '至' : 'to'} ${time(given.last)}`,
    ),
    ...row('Site', '门店', given.site),
    ...row('Terminals', '终端', names(given.terminals)),
    ...row('From', '源地址', names(given.sources)),
    ...row('To', '目标', names(given.endpoints)),
    ...row(
      'Finding',
      '判断',
      mechanism
        ? `${mechanism.name[lang]}${zh ? '（' : ' ('}${cause}${given.confidence === undefined ? '' : `${zh ? '，' : ', '}${Math.round(given.confidence * 100)} %`}${zh ? '）' : ')'}`
        : cause,
    ),
    ...(given.lines.length > 0
      ? [
          '',
          zh ? '日志依据：' : 'Lines that show it:',
          ...given.lines
            .slice(0, MAX_LINES)
            .flatMap((l) => [`  ${new Date(l.at).toISOString()} ${l.host}: ${l.text}`, `    (${l.place})`]),
        ]
      : []),
    ...(mechanism
      ? [
          '',
          `${zh ? '请求：' : 'We ask: '}${mechanism.next[lang]}`,
          `${zh ? '确认方法：' : 'To confirm: '}${mechanism.confirm[lang]}`,
        ]
      : given.missing.length > 0
        ? [
            '',
            `${zh ? '请提供该时段的下列日志：' : 'We ask for these logs of that time: '}${given.missing.map((m) => model.words.logs[m]?.[lang] ?? m).join(between)}`,
          ]
        : []),
  ].join('\n')
}

/** Of one timeout. */
export const caseOfVerdict = (v: VerdictItem, lines: readonly LineItem[]): Case => ({
  cause: v.cause,
  mechanism: v.mechanism,
  remedy: v.remedy,
  first: v.start,
  last: v.end,
  timeouts: 1,
  ...(v.isp !== undefined && { isp: v.isp }),
  ...(v.site !== undefined && { site: v.site }),
  terminals: v.terminal === undefined ? [] : [v.terminal],
  sources: v.source === undefined ? [] : [v.source],
  endpoints: v.endpoint === undefined ? [] : [v.endpoint],
  confidence: v.confidence,
  lines,
  missing: v.missing,
})

/** Of an incident, with the names that its listed timeouts bring. */
export function caseOfIncident(i: IncidentItem, its: readonly VerdictItem[], lines: readonly LineItem[]): Case {
  const all = (get: (v: VerdictItem) => string | undefined): string[] =>
    [...new Set(its.flatMap((v) => get(v) ?? []))].sort()
  const [isp] = all((v) => v.isp)
  const sites = all((v) => v.site)
  const addresses = all((v) => v.source?.replace(/:\d+$/, ''))
  return {
    cause: i.cause,
    mechanism: i.mechanism,
    // The first of its remedies leads; whom to call hangs on all that its mechanism may need.
    remedy: [...new Set([...i.remedy, ...its.flatMap((v) => v.remedy)])],
    first: i.first,
    last: i.last,
    timeouts: i.timeouts,
    ...(isp !== undefined && { isp }),
    ...(sites.length > 0 && { site: sites.slice(0, MAX_NAMES).join(', ') }),
    terminals: all((v) => v.terminal),
    sources: addresses,
    endpoints: all((v) => v.endpoint),
    lines,
    missing: [...new Set(its.flatMap((v) => v.missing))],
  }
}
