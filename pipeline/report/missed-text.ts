import type { LogEvent } from '../../schemas/event.js'
import type { FactName } from '../../schemas/facts.js'
import type { Bilingual } from '../../schemas/rule.js'
import type { Missed } from '../../schemas/verdict.js'
import { partsOf } from '../match/load.js'
import type { Pack } from '../match/pack.js'
import { BIND_WORDS } from './action-words.js'
import { type Comparison, compared } from './comparison-words.js'
import { FACT_WORDS } from './fact-words.js'

const MAX_LINE_MISSES = 8
const COMPARISONS = new Set(['gt', 'gte', 'lt', 'lte', 'neq'])
const secs = (ms: number): string => String(Math.round(ms / 100) / 10)

/** Which condition kept a signal from counting, and by how much. */
export function missedWords({ short }: Missed): Bilingual {
  switch (short.kind) {
    case 'fact': {
      const [field = '', modifier = 'is'] = short.fact.split('|')
      const op = (COMPARISONS.has(modifier) ? modifier : 'is') as Comparison
      const wanted = FACT_WORDS[field as FactName]?.compare(op, short.wanted) ?? compared(op, String(short.wanted))
      return {
        en: `not so: ${wanted.en} (${field} = ${short.value})`,
        zh: `不成立：${wanted.zh}（${field} = ${short.value}）`,
      }
    }
    case 'time': {
      const [off, allowed] = [secs(short.off_ms), secs(short.wanted_ms)]
      return short.side === 'before'
        ? {
            en: `a line ${off} s too early (counts from ${allowed} s before)`,
            zh: `日志早了${off}秒（仅计此前${allowed}秒内）`,
          }
        : {
            en: `a line ${off} s too late (counts to ${allowed} s after)`,
            zh: `日志晚了${off}秒（仅计此后${allowed}秒内）`,
          }
    }
    case 'bind':
      return {
        en: `a line of this site, but not ${BIND_WORDS[short.bind].en}`,
        zh: `该门店有此日志，但不属于“${BIND_WORDS[short.bind].zh}”`,
      }
    case 'count':
      return {
        en: `${short.seen} of at least ${short.wanted} lines`,
        zh: `至少需${short.wanted}条，仅有${short.seen}条`,
      }
  }
}

export type LineMiss = {
  readonly signal: string
  readonly key: string
  readonly value: unknown
  readonly wanted: unknown
}

/** Signals that a single line nearly gives: it is of their kind, and one comparison alone does not hold. */
export function lineMisses(event: Readonly<LogEvent>, pack: Pack): LineMiss[] {
  const fields = event as Readonly<Record<string, unknown>>
  return pack.conditions
    .flatMap((c) => {
      if (c.kind !== 'event' || c.test((f) => fields[f])) return []
      return [c.source.where ?? []].flat().flatMap((map) => {
        const parts = partsOf(map)
        const failed = parts.filter((p) => !p.test((f) => fields[f]))
        const [only] = failed
        // Of their kind: something said of the line itself does hold, not just whose line it is.
        const holds = parts.some((p) => p !== only && p.field !== 'whytimeout.role')
        const isKind =
          only?.field === 'event.action' || (only?.field === 'message' && event['event.action'] === 'other')
        return failed.length === 1 && only && holds && !isKind
          ? [{ signal: c.id, key: only.key, value: fields[only.field], wanted: only.wanted }]
          : []
      })
    })
    .slice(0, MAX_LINE_MISSES)
}
