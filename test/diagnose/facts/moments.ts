import { open } from '../../../pipeline/diagnose/episode.js'
import type { FactValue } from '../../../pipeline/diagnose/facts/fact.js'
import { factsOf } from '../../../pipeline/diagnose/facts/index.js'
import { isStatement, Known } from '../../../pipeline/diagnose/known.js'
import { byTimeThenId, isSymptom, type Observation } from '../../../pipeline/diagnose/observation.js'
import { Window } from '../../../pipeline/diagnose/window.js'
import { eventId } from '../../../pipeline/parse/event-id.js'
import type { LogEvent } from '../../../schemas/event.js'
import type { FactName } from '../../../schemas/facts.js'

const START = Date.parse('2026-03-02T12:00:00.000Z')
export type Line = Partial<LogEvent> & { readonly at: number }

const HOSTS: Readonly<Record<string, Partial<LogEvent>>> = {
  t1: { 'whytimeout.role': 'terminal', 'whytimeout.terminal_id': 'T1', 'whytimeout.site_id': 'S1' },
  t2: { 'whytimeout.role': 'terminal', 'whytimeout.terminal_id': 'T2', 'whytimeout.site_id': 'S1' },
  t9: { 'whytimeout.role': 'terminal', 'whytimeout.terminal_id': 'T9', 'whytimeout.site_id': 'S2' },
  r1: { 'whytimeout.role': 'router', 'whytimeout.site_id': 'S1' },
  r2: { 'whytimeout.role': 'router', 'whytimeout.site_id': 'S2' },
  g1: { 'whytimeout.role': 'gateway', 'whytimeout.suffered_by': 'gateway', 'whytimeout.site_id': 'S1' },
  acq: { 'whytimeout.role': 'server' },
}

/** A line of a host, `at` seconds after noon. */
export const line = (
  at: number,
  host: string,
  action: LogEvent['event.action'],
  more: Partial<LogEvent> = {},
): Line => ({
  at,
  'host.name': host,
  'event.action': action,
  'whytimeout.gateway': 'g1',
  ...HOSTS[host],
  ...more,
})
export const sale = (at: number, host: string, ms: number, more: Partial<LogEvent> = {}): Line =>
  line(at, host, 'request-succeeded', {
    'event.outcome': 'success',
    'event.duration': ms * 1e6,
    'destination.ip': '192.0.2.10',
    'destination.port': 7001,
    ...more,
  })
/** T1's attempt of five seconds, given up at `at`. */
export const timeout = (at: number, more: Partial<LogEvent> = {}): Line =>
  line(at, 't1', 'response-timeout', {
    'event.outcome': 'failure',
    'event.duration': 5e9,
    'destination.ip': '192.0.2.10',
    'destination.port': 7001,
    ...more,
  })

/** The facts of the last timeout among the lines, twenty minutes back and two on. */
export function factsAmong(lines: readonly Line[]): (name: FactName) => FactValue | undefined {
  const seen: Observation[] = lines.map(({ at, ...event }, n) => {
    const time = START + at * 1000
    const origin = `${event['host.name']}/log`
    return {
      at: time,
      id: eventId(time, origin, JSON.stringify(event), n),
      origin,
      event: { ...event, '@timestamp': new Date(time).toISOString() },
      signals: [],
    }
  })
  const known = new Known()
  const window = new Window(known)
  for (const o of seen.sort(byTimeThenId)) {
    const sighting = window.add(o)
    if (sighting && isStatement(sighting)) known.add(o, sighting)
  }
  const symptom = seen.findLast((o) => isSymptom(o.event))
  if (!symptom) throw new Error('no timeout among the lines')
  const { facts } = factsOf(open(symptom, undefined), window, symptom.at - 1_200_000, symptom.at + 120_000)
  return (name) => facts.get(name)?.value
}
