import fc from 'fast-check'
import { createDiagnosis, type Decision } from '../../pipeline/diagnose/diagnose.js'
import { byTimeThenId } from '../../pipeline/diagnose/observation.js'
import type { Pack } from '../../pipeline/match/pack.js'
import { eventId } from '../../pipeline/parse/event-id.js'
import { applyTo, finalDocuments, type StoredDocument } from '../../pipeline/stream/documents.js'
import type { StreamEvent } from '../../pipeline/stream/messages.js'
import type { LogEvent } from '../../schemas/event.js'

export const T0 = Date.parse('2026-11-20T08:00:00Z')
export const MINUTE_MS = 60_000
const NS_PER_MS = 1e6

/** An event of the fleet, `at` in ms after T0. */
export type Line = {
  readonly at: number
  readonly kind: 'storm' | 'attempt' | 'served' | 'noise'
  readonly who: number
}

/**
 * `storm`: a gateway's waits without any id, which are cut into episodes by nothing but their begin. `attempt`: a terminal's timeout, seen by
 * its own log; retries follow at once. `served`: a neighbour's success. `noise`: evidence of several causes.
 */
export function eventOf(pack: Pack, { at, kind, who }: Line, realm = 'default'): StreamEvent {
  const terminal = `T${who}`
  const gateway = { 'host.name': 'gw1', 'whytimeout.role': 'gateway' } as const
  const own = {
    'host.name': `till-${who}`,
    'whytimeout.role': 'terminal',
    'whytimeout.terminal_id': terminal,
    'whytimeout.site_id': `s${who % 2}`,
    'destination.ip': '203.0.113.7',
    'destination.port': 5000,
  } as const
  const fields: Record<Line['kind'], Partial<LogEvent>> = {
    // One connection, used again and again: what overlaps is one attempt.
    storm: {
      ...gateway,
      'event.action': 'response-timeout',
      'event.duration': 20_000 * NS_PER_MS,
      'source.ip': '198.51.100.9',
      'source.port': 40_000,
    },
    attempt: {
      ...own,
      'event.action': who % 2 === 0 ? 'connect-timeout' : 'response-timeout',
      'event.duration': 30_000 * NS_PER_MS,
    },
    served: {
      ...own,
      'event.action': 'request-succeeded',
      'event.outcome': 'success',
      'event.duration': 80 * NS_PER_MS,
    },
    noise: { ...own, ...NOISE[who % NOISE.length] },
  }
  const time = T0 + at
  const origin = `${kind === 'storm' ? 'gw1' : `till-${who}`}/${kind === 'noise' ? 'kernel' : 'app'}.log`
  const text = `${kind} ${who} ${at}`
  const id = eventId(time, origin, text, 0)
  const event = {
    '@timestamp': new Date(time).toISOString(),
    'event.kind': 'event',
    'event.id': id,
    'whytimeout.origin': origin,
    message: text,
    ...fields[kind],
  } as LogEvent
  return {
    at: time,
    id,
    n: 0,
    origin,
    realm,
    event,
    signals: pack.signalsOf(event),
    raw: { topic: 'raw', partition: 0, offset: 0, line: 0 },
    received: time,
  }
}
const NOISE: readonly Partial<LogEvent>[] = [
  { 'event.action': 'link-down' },
  { 'event.action': 'dns-failed', 'event.outcome': 'failure', 'dns.response_code': 'SERVFAIL' },
  { 'event.action': 'policy-denied', 'event.type': ['connection', 'denied'] },
  { 'event.action': 'connection-reset', 'event.outcome': 'failure' },
]

/** All verdicts of these events, as a replay decides them. */
export function decide(
  pack: Pack,
  events: readonly StreamEvent[],
): { decision: Decision; cited: readonly StreamEvent[] }[] {
  const byId = new Map(events.map((e) => [e.id, e]))
  const decisions = [...new Set(events.map((e) => e.realm))].flatMap((realm) => {
    const diagnosis = createDiagnosis(pack, realm)
    const own = [...byId.values()].filter((e) => e.realm === realm).sort(byTimeThenId)
    return [...own.flatMap((e) => diagnosis.step(e)), ...diagnosis.end()]
  })
  return decisions.map((decision) => ({ decision, cited: decision.cited.map((id) => byId.get(id) as StreamEvent) }))
}
export const documentsOf = (pack: Pack, events: readonly StreamEvent[]): StoredDocument[] =>
  decide(pack, events).flatMap(({ decision, cited }) => [...finalDocuments(decision, cited)])
export const storeOf = (documents: readonly StoredDocument[], store = new Map<string, StoredDocument>()) => {
  for (const d of documents) applyTo(store, d)
  return store
}

/** Some hours: storms of some length, terminals that retry at once, evidence between. */
export const fleetLines = (spanMs: number) =>
  fc
    .record({
      storms: fc.array(
        fc.record({
          at: fc.nat(spanMs),
          minutes: fc.integer({ min: 1, max: 45 }),
          gap: fc.constantFrom(700, 950, 1_400, 45_000),
        }),
        { maxLength: 2 },
      ),
      attempts: fc.array(fc.record({ at: fc.nat(spanMs), who: fc.nat(4), retries: fc.nat(12) }), { maxLength: 25 }),
      served: fc.array(fc.record({ at: fc.nat(spanMs), who: fc.nat(4) }), { maxLength: 60 }),
      noise: fc.array(fc.record({ at: fc.nat(spanMs), who: fc.nat(7) }), { maxLength: 40 }),
    })
    .map(({ storms, attempts, served, noise }): Line[] => [
      ...storms.flatMap(({ at, minutes, gap }) =>
        Array.from(
          { length: Math.ceil((minutes * MINUTE_MS) / gap) },
          (_, i): Line => ({ at: at + i * gap, kind: 'storm', who: 0 }),
        ),
      ),
      ...attempts.flatMap(({ at, who, retries }) =>
        Array.from({ length: retries + 1 }, (_, i): Line => ({ at: at + i * 30_100, kind: 'attempt', who })),
      ),
      ...served.map((x): Line => ({ ...x, kind: 'served' })),
      ...noise.map((x): Line => ({ ...x, kind: 'noise' })),
    ])

/** Minutes of a gateway's waits, several a second. */
export const stormLines = (minutes: number): Line[] =>
  Array.from({ length: (minutes * MINUTE_MS) / 700 }, (_, i): Line => ({ at: i * 700, kind: 'storm', who: 0 }))
