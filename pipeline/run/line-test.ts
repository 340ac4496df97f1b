import type { LogEvent } from '../../schemas/event.js'
import type { RuleTest } from '../../schemas/rule.js'
import { WhytimeoutError } from '../errors.js'
import type { CompiledMechanism, Pack } from '../match/pack.js'
import { NO_ENRICHMENT } from '../parse/enrich.js'
import { FORMATS } from '../parse/formats/index.js'
import { parseRecord } from '../parse/record.js'
import { STORY_START } from './story.js'

/** How long after the line the attempt of the test ends, and how long it has lasted: the line stands within it. */
const END_AFTER_MS = 1_000
const ATTEMPT_MS = 5_000
/** Fields by which a line may belong to an attempt (schemas/vocabulary.ts, BINDS). */
const TIES = [
  'host.name',
  'source.ip',
  'source.port',
  'destination.ip',
  'destination.port',
  'destination.domain',
  'whytimeout.terminal_id',
  'whytimeout.site_id',
  'whytimeout.isp',
  'whytimeout.gateway',
] as const satisfies readonly (keyof LogEvent)[]

/**
 * A test made of one raw line: an attempt that belongs to it runs out right after, and the signals that the line gives the mechanism must be seen.
 * @throws WhytimeoutError USAGE where the line cannot be read or says nothing to the mechanism
 */
export function lineTest(pack: Pack, mechanism: CompiledMechanism, line: string, now: number): RuleTest {
  const place = 'whytimeout rules new-test --line'
  const outcome = parseRecord(Buffer.from(line, 'utf8').toString('latin1'), {
    formats: FORMATS,
    host: undefined,
    logName: 'line.log',
    entryFor: () => ({}),
    enrichment: NO_ENRICHMENT,
    shownValues: new Set(),
    receivedAtMs: now,
  })
  if (outcome.kind === 'dead') throw new WhytimeoutError('USAGE', `${outcome.code}: ${outcome.detail}`, place)
  const read = outcome.events.map((e) => ({ ...e, signals: new Set(pack.signalsOf(e.event)) }))
  const shown = mechanism.signals.filter((s) => s.bits > 0 && read.some((e) => e.signals.has(s.condition.id)))
  // Of a group only the strongest counts.
  const seen = shown.filter((s) => s.group === undefined || !shown.some((o) => o.group === s.group && o.bits > s.bits))
  const [first] = read
  if (seen.length === 0 || !first)
    throw new WhytimeoutError(
      'USAGE',
      `the line gives no signal to "${mechanism.id}"; whytimeout explain --line shows what it gives`,
      place,
    )
  const ties = TIES.flatMap((f) => (first.event[f] === undefined ? [] : [[f, first.event[f]] as const]))
  const phase = mechanism.source.phases[0] ?? 'response'
  const host = first.event['host.name'] ?? 'host'
  const origin = `${host}/line.log`
  return {
    name: `a line from the field: ${seen.map((s) => s.name).join(', ')}`,
    lines: { [origin]: [first.event['event.original'] ?? line] },
    origins: { [origin]: { until: new Date(now).toISOString() } },
    given: [
      {
        at: `${first.at + END_AFTER_MS - STORY_START}ms`,
        ...Object.fromEntries(ties),
        'event.action': `${phase}-timeout`,
        'event.outcome': 'failure',
        'event.duration': ATTEMPT_MS * 1e6,
        'whytimeout.suffered_by': 'terminal',
      },
    ],
    expect: { mechanism: mechanism.id, signals: seen.map((s) => s.name) },
  }
}
