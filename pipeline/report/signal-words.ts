import type { FactName } from '../../schemas/facts.js'
import type { Bilingual, SignalUse, Where } from '../../schemas/rule.js'
import type { Action, Bind, Role } from '../../schemas/vocabulary.js'
import { toMs } from '../match/load.js'
import { ACTION_WORDS, BIND_WORDS, ROLE_WORDS } from './action-words.js'
import { type Comparison, compared } from './comparison-words.js'
import { FACT_WORDS } from './fact-words.js'

type Condition = Pick<SignalUse, 'where' | 'unless' | 'facts' | 'delta'>
/** Description of a shared signal by its id. */
type Shared = (id: string) => Bilingual | undefined
type Clauses = { readonly what: readonly Bilingual[]; readonly roles: readonly Role[] }

/** Words of a log shown as examples of what a line may say. */
const MAX_QUOTED = 3
const COMPARISONS = new Set<string>(['gt', 'gte', 'lt', 'lte', 'neq'])

/** Fields whose plain name says little. `N` stands for the number or word. */
const FIELD_WORDS: Readonly<Record<string, Bilingual>> = {
  'whytimeout.cpu_wait_percent': {
    en: 'the time that programs wait for the processor, in percent,',
    zh: '等待处理器的时间百分比',
  },
  'error.code': { en: 'the code of the error', zh: '错误码' },
  'whytimeout.cpu_percent': { en: 'processor use in percent', zh: '处理器使用率（%）' },
  'whytimeout.rtt_ms': { en: 'the round trip in milliseconds', zh: '往返时间（毫秒）' },
  'whytimeout.retransmits': { en: 'the number of repeated packets', zh: '重传次数' },
  'whytimeout.rsrp_dbm': { en: 'the signal of the mobile cell in dBm', zh: '移动小区信号强度（dBm）' },
  'whytimeout.signal_dbm': { en: 'the radio signal in dBm', zh: '无线信号强度（dBm）' },
  'dns.response_code': { en: "the name server's answer", zh: '域名服务器返回码' },
  'http.response.status_code': { en: 'the HTTP status', zh: 'HTTP状态码' },
  'haproxy.termination_state': { en: "HAProxy's end state", zh: 'HAProxy终止状态' },
  'destination.port': { en: 'the port called', zh: '目标端口' },
  'network.transport': { en: 'the protocol', zh: '协议' },
  'whytimeout.icmp_code': { en: 'the code of the ICMP message', zh: 'ICMP代码' },
  'rule.name': { en: 'the name of the firewall rule', zh: '防火墙规则名' },
  'event.dataset': { en: 'the format of the line', zh: '日志格式' },
  'event.reason': { en: 'the reason given', zh: '给出的原因' },
  'whytimeout.site_id': { en: 'the site', zh: '门店' },
  'whytimeout.stan': { en: 'the trace number', zh: '流水号' },
  'whytimeout.response_code': { en: 'the response code', zh: '应答码' },
  'event.code': { en: 'the number of the message', zh: '消息编号' },
}
/** Lines that are there for the sake of the measure in them. */
const CARRIERS = new Set<string>(['cpu-usage', 'counter-snapshot', 'other'] satisfies Action[])
const TEXT_FIELDS = new Set(['message', 'error.message', 'event.original'])

/** What a signal sees, as a sentence without its full stop, and where its line must stand. */
export type SignalWords = { readonly what: Bilingual; readonly places: readonly Bilingual[] }

/**
 * A signal in plain words. A description in the rule goes first; else it is made of the condition.
 * Total: a field without words is shown by its name.
 */
export function signalWords(use: SignalUse, shared: Shared): SignalWords {
  const common = use.use === undefined ? undefined : shared(use.use)
  const binds = use.bind === undefined ? [] : [use.bind].flat()
  if (use.description) return { what: use.description, places: [] }
  const early = earlyOf(use)
  if (common) return { what: common, places: [...placeOf([], binds), ...early] }
  const { what, roles } = clausesOf(use)
  const often = (use.at_least ?? 1) > 1 ? [times(use.at_least ?? 1)] : []
  return { what: capital(joined(what, ' and ', '，且')), places: [...placeOf(roles, binds), ...often, ...early] }
}

/** How long before the attempt its line may stand, where that is a minute or more. */
function earlyOf({ within }: SignalUse): Bilingual[] {
  const before = typeof within === 'object' ? within.before : within
  const minutes = before === undefined || before === 'window' ? 0 : toMs(before) / 60_000
  return minutes < 1 ? [] : [{ en: `up to ${Math.round(minutes)} min before`, zh: `此前${Math.round(minutes)}分钟内` }]
}

const times = (n: number): Bilingual => ({ en: `at least ${n} times`, zh: `至少${n}次` })

/** Signals in words, the weightiest first; those that see the same in several places are one. */
export function inWords(uses: readonly SignalUse[], shared: Shared): Bilingual[] {
  const byWhat = new Map<string, { what: Bilingual; places: Map<string, Bilingual> }>()
  for (const use of [...uses].sort((a, b) => Math.abs(b.bits) - Math.abs(a.bits))) {
    const { what, places } = signalWords(use, shared)
    const one = byWhat.get(what.en) ?? { what, places: new Map<string, Bilingual>() }
    const place = joined(places, ', ', '，')
    if (place.en !== '') one.places.set(place.en, place)
    byWhat.set(what.en, one)
  }
  return [...byWhat.values()].map(({ what, places }) => {
    if (places.size === 0) return what
    const at = joined([...places.values()], '; or ', '；或')
    return { en: `${what.en} (${at.en})`, zh: `${what.zh}（${at.zh}）` }
  })
}

function clausesOf(c: Condition): Clauses {
  if (c.delta) return { what: [growth(c.delta)], roles: [c.delta.role ?? []].flat().filter((r) => r !== 'unknown') }
  if (c.facts) return { what: [alternatives(c.facts, factClauses)], roles: [] }
  if (!c.where) return { what: [], roles: [] }
  const roles = Array.isArray(c.where) ? [] : rolesOf(c.where)
  const main = alternatives(c.where, eventClauses)
  if (!c.unless) return { what: [main], roles }
  const not = alternatives(c.unless, eventClauses)
  return { what: [{ en: `${main.en}, unless ${not.en}`, zh: `${main.zh}（除非${not.zh}）` }], roles }
}

const alternatives = (where: Where, say: (fields: Fields) => Bilingual[]): Bilingual =>
  joined(
    [where].flat().map((fields) => joined(say(fields), ' and ', '，且')),
    ', or ',
    '，或',
  )

type Fields = Exclude<Where, readonly unknown[]>

function factClauses(fields: Fields): Bilingual[] {
  return Object.entries(fields).map(([key, value]) => {
    const { field, op, modifiers } = split(key)
    const say = FACT_WORDS[field as FactName]
    if (modifiers.includes('exists') && say) return say.known(value !== false)
    return say ? say.compare(op, value) : bare(field, op, value)
  })
}

function eventClauses(fields: Fields): Bilingual[] {
  const quotes = Object.entries(fields).filter(([k]) => TEXT_FIELDS.has(split(k).field))
  return Object.entries(fields).flatMap(([key, value]) => {
    const { field, op } = split(key)
    // Who wrote the line is said elsewhere.
    if (field === 'whytimeout.role' || value === null) return []
    if (field === 'event.outcome')
      return [value === 'failure' ? { en: 'it fails', zh: '结果为失败' } : { en: 'it succeeds', zh: '结果为成功' }]
    // Where words or a measure decide, the kind of line only narrows down where to look for them.
    if (field === 'event.action') {
      const isCarrier = quotes.length > 0 || (CARRIERS.has(String(value)) && Object.keys(fields).length > 1)
      return isCarrier ? [] : [actions([value].flat().map(String))]
    }
    if (field === 'whytimeout.suffered_by')
      return [{ en: `it was the ${value} that waited`, zh: value === 'gateway' ? '等待方为网关' : '等待方为终端' }]
    if (TEXT_FIELDS.has(field)) return [quoted([value].flat().map(String))]
    return [bare(field, op, value)]
  })
}

const actions = (list: readonly string[]): Bilingual =>
  joined(
    list.map((a) => ACTION_WORDS[a as Action] ?? { en: a, zh: a }),
    ' or ',
    '或',
  )

function quoted(all: readonly string[]): Bilingual {
  const shown = all.slice(0, MAX_QUOTED)
  const more = all.length > shown.length
  return {
    en: `a line says ${shown.map((t) => `"${t}"`).join(', ')}${more ? ' or the like' : ''}`,
    zh: `日志出现${shown.map((t) => `“${t}”`).join('、')}${more ? '等字样' : ''}`,
  }
}

function growth({ counter, gt = 0, lt, times, level }: NonNullable<Condition['delta']>): Bilingual {
  const names = [counter].flat().map((c) => c.replaceAll('*', ' ').trim().replace(/\s+/g, ' … '))
  const name = names.slice(0, MAX_QUOTED).join('" or "')
  const zh = names.slice(0, MAX_QUOTED).join('”或“')
  if (lt !== undefined) return { en: `the reading "${name}" is below ${lt}`, zh: `读数“${zh}”低于${lt}` }
  if (level) return { en: `the reading "${name}" is above ${gt}`, zh: `读数“${zh}”高于${gt}` }
  const fast = times === undefined ? '' : `, ${times} times as fast as usual`
  const quick = times === undefined ? '' : `，速度为平时的${times}倍`
  return gt === 0
    ? { en: `the counter "${name}" grows${fast}`, zh: `计数器“${zh}”增长${quick}` }
    : { en: `the counter "${name}" grows by more than ${gt}${fast}`, zh: `计数器“${zh}”增长超过${gt}${quick}` }
}

function bare(field: string, op: Comparison, value: unknown): Bilingual {
  const name = FIELD_WORDS[field] ?? { en: `\`${field}\``, zh: `\`${field}\`` }
  const all = [value].flat().map(String)
  const en = compared(op, all.join(' or ')).en
  return { en: `${name.en} is ${en}`, zh: `${name.zh}${compared(op, all.join('或')).zh}` }
}

function split(key: string): { field: string; op: Comparison; modifiers: string[] } {
  const [field = '', ...modifiers] = key.split('|')
  return { field, op: (modifiers.find((m) => COMPARISONS.has(m)) ?? 'is') as Comparison, modifiers }
}

const rolesOf = (fields: Fields): Role[] =>
  [fields['whytimeout.role'] ?? []].flat().filter((r): r is Role => r !== null && r !== 'unknown')

/** Where the line must stand. The log named says it all where the tie is the same machine. */
function placeOf(roles: readonly Role[], binds: readonly Bind[]): Bilingual[] {
  const inLog = roles.map((r) => ROLE_WORDS[r as Exclude<Role, 'unknown'>])
  const isSaid = (b: Bind) =>
    b === 'realm' || (b === 'gateway' && roles.includes('gateway')) || (b === 'terminal' && roles.includes('terminal'))
  const ties = binds.filter((b) => !(roles.length > 0 && isSaid(b))).map((b) => BIND_WORDS[b])
  return [
    ...(inLog.length > 0
      ? [{ en: `in the log of ${joined(inLog, ' or ', '或').en}`, zh: `${joined(inLog, ' or ', '或').zh}日志` }]
      : []),
    ...ties,
  ]
}

const joined = (list: readonly Bilingual[], en: string, zh: string): Bilingual => ({
  en: list.map((b) => b.en).join(en),
  zh: list.map((b) => b.zh).join(zh),
})
const capital = (b: Bilingual): Bilingual => ({ en: b.en.charAt(0).toUpperCase() + b.en.slice(1), zh: b.zh })
