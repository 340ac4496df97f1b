import { isIP } from 'node:net'
import type { Condition } from '../../schemas/conditions.js'
import { fieldTypes, type IndexKind } from '../../schemas/elasticsearch.js'
import { PHASES, VERDICT_CAUSES } from '../../schemas/vocabulary.js'
import { WhytimeoutError } from '../errors.js'
import { closest } from '../match/closest.js'

const FILTERS = ['cause', 'mechanism', 'site', 'terminal', 'isp', 'gateway', 'endpoint', 'phase', 'state'] as const
type Filter = (typeof FILTERS)[number]
export type Filters = { readonly [K in Filter]: readonly string[] }

const WHO = {
  site: 'whytimeout.site_id',
  terminal: 'whytimeout.terminal_id',
  isp: 'whytimeout.isp',
  gateway: 'whytimeout.gateway',
}
/** Which field an option is about, by what is searched. */
const FIELDS: Readonly<Record<IndexKind, Readonly<Partial<Record<Filter, string>>>>> = {
  verdicts: {
    ...WHO,
    cause: 'whytimeout.verdict.cause',
    mechanism: 'whytimeout.verdict.mechanism',
    phase: 'whytimeout.episode.phase',
    state: 'whytimeout.verdict.state',
  },
  events: { ...WHO, phase: 'whytimeout.phase' },
  incidents: {
    cause: 'whytimeout.incident.cause',
    mechanism: 'whytimeout.incident.mechanism',
    state: 'whytimeout.incident.state',
  },
  health: {},
  'dead-letters': {},
}
const SCOPED = ['site', 'terminal', 'isp'] as const
const KNOWN: Readonly<Partial<Record<Filter, Readonly<Partial<Record<IndexKind, readonly string[]>>>>>> = {
  cause: { verdicts: VERDICT_CAUSES, incidents: VERDICT_CAUSES },
  phase: { verdicts: PHASES, events: PHASES },
  state: { verdicts: ['provisional', 'final'], incidents: ['open', 'closed'] },
}

/** What the options ask for. @throws WhytimeoutError USAGE for a word that no document has, or an option that such documents cannot answer */
export function filterConditions(filters: Filters, kind: IndexKind): readonly Condition[] {
  return FILTERS.flatMap((name) => (filters[name].length === 0 ? [] : conditionsFor(name, filters[name], kind)))
}

function conditionsFor(name: Filter, values: readonly string[], kind: IndexKind): readonly Condition[] {
  const known = KNOWN[name]?.[kind]
  for (const value of values) if (known && !known.includes(value)) refuseWord(value, known, name)
  if (name === 'endpoint' && (kind === 'verdicts' || kind === 'events'))
    return [{ op: 'any', of: values.flatMap(endpointConditions) }]
  const scope = SCOPED.find((s) => s === name)
  if (kind === 'incidents' && scope !== undefined)
    return [
      { field: 'whytimeout.incident.scope', op: 'is', value: scope },
      { field: 'whytimeout.incident.scope_id', op: 'is', value: values },
    ]
  const field = FIELDS[kind][name]
  if (field === undefined) throw new WhytimeoutError('USAGE', `${kind} cannot be searched by --${name}`, `--${name}`)
  return [{ field, op: 'is', value: values }]
}

function refuseWord(value: string, known: readonly string[], name: string): never {
  const near = closest(value, known)
  const hint = near === undefined ? `known: ${known.join(', ')}` : `did you mean "${near}"?`
  throw new WhytimeoutError('USAGE', `no ${name} "${value}"; ${hint}`, `--${name}`)
}

/** `203.0.113.80`, `203.0.113.0/24`, `pay.example`, each with `:port`; `[2001:db8::1]:443`. @returns alternatives */
function endpointConditions(text: string): readonly (readonly Condition[])[] {
  const m = /^(?:\[([^\]]+)\]|([^:]+))(?::(\d{1,5}))?$/.exec(text)
  const host = m?.[1] ?? m?.[2] ?? text
  const port: Condition[] = m?.[3] === undefined ? [] : [{ field: 'destination.port', op: 'is', value: Number(m[3]) }]
  const [address = '', bits] = host.split('/')
  const family = isIP(address)
  if (family > 0) {
    if (bits !== undefined && !(/^\d{1,3}$/.test(bits) && Number(bits) <= (family === 4 ? 32 : 128)))
      throw new WhytimeoutError('USAGE', `"${host}" is no network such as 203.0.113.0/24`, '--endpoint')
    return [[{ field: 'destination.ip', op: 'is', value: host }, ...port]]
  }
  return ['destination.domain', 'service.target.name'].map((field) => [{ field, op: 'is', value: host }, ...port])
}

const SORT_NAMES: Readonly<Record<string, string>> = {
  time: '@timestamp',
  confidence: 'whytimeout.verdict.confidence',
  margin: 'whytimeout.verdict.margin',
  duration: 'event.duration',
  lines: 'whytimeout.evidence.count',
}

/** `time`, `confidence:asc` or any field that can be sorted by. @throws WhytimeoutError USAGE */
export function sortOption(text: string): { readonly field: string; readonly order: 'asc' | 'desc' } {
  const [name = '', order = 'desc'] = text.split(':')
  const field = SORT_NAMES[name] ?? name
  const types = fieldTypes()
  const type = types.get(field)
  if (type === undefined) {
    const near = closest(name, [...Object.keys(SORT_NAMES), ...types.keys()])
    throw new WhytimeoutError(
      'USAGE',
      `no field "${name}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
      '--sort',
    )
  }
  if (['text', 'unindexed', 'flattened', 'object'].includes(type))
    throw new WhytimeoutError('USAGE', `"${field}" cannot be sorted by`, '--sort')
  if (order !== 'asc' && order !== 'desc')
    throw new WhytimeoutError('USAGE', `"${order}" is neither asc nor desc`, '--sort')
  return { field, order }
}
