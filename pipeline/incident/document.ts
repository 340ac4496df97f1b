import { createHash } from 'node:crypto'
import type { Incident } from '../../schemas/incident.js'
import type { Remedy } from '../../schemas/vocabulary.js'
import type { Pack } from '../match/pack.js'
import { explain } from './explain.js'
import type { VerdictNote } from './note.js'
import { mechanismOf, type Tally } from './tally.js'

const digest = (text: string): string => createHash('sha256').update(text).digest('base64url').slice(0, 22)
const iso = (ms: number): string => new Date(ms).toISOString()

/** Hash of what is one and of its first verdict, under the first verdict's time: reading again gives it again. */
export const incidentId = (first: VerdictNote): string =>
  `${first.at.toString(36)}-${digest(['incident', first.realm, first.cause, first.scope, first.scopeId, first.id].join('\u241f'))}`

/** Signals whose events are named. */
const MAX_SIGNALS = 5

/** The incident as it is stored. Everything in it follows from its verdicts and the pack. */
export function incidentOf(t: Tally, pack: Pack, state: 'open' | 'closed'): Incident {
  const { first } = t
  const id = incidentId(first)
  const [mechanism, { signals }] = mechanismOf(t)
  const decisive = [...signals].sort(([a, x], [b, y]) => y.bits - x.bits || (a < b ? -1 : 1)).slice(0, MAX_SIGNALS)
  const events = decisive.length > 0 ? decisive.flatMap(([, s]) => s.events) : t.anchors
  const remedy = remedyOf(mechanism, pack)
  return {
    '@timestamp': iso(first.at),
    ecs: { version: '8.17.0' },
    event: {
      id,
      kind: 'alert',
      category: ['network'],
      type: ['info'],
      action: 'timeout-incident',
      module: 'whytimeout',
      dataset: 'whytimeout.incident',
      start: iso(t.start),
      end: iso(t.last),
    },
    whytimeout: {
      realm: first.realm,
      incident: {
        id,
        cause: first.cause,
        mechanism,
        scope: first.scope,
        scope_id: first.scopeId,
        state,
        first: iso(first.at),
        last: iso(t.last),
        verdicts: t.verdicts,
        terminals: t.terminals.size,
        share: Math.round((t.failed / (t.failed + t.ok)) * 1e4) / 1e4,
        evidence: { event_id: [...new Set(events)].sort(), signal: decisive.map(([name]) => name).sort() },
        remedy: { id: [remedy] },
        explain: explain(t, pack, remedy, state === 'open'),
      },
      rules: { generation: t.generation },
    },
  }
}

/** The first that the rule names: what to do before anything else. */
const remedyOf = (mechanism: string, pack: Pack): Remedy =>
  pack.mechanisms.find((m) => m.id === mechanism)?.source.remedies[0] ?? 'check_connection'
