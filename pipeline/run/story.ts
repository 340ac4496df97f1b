import type { LogEvent } from '../../schemas/event.js'
import { LogEvent as LogEventSchema } from '../../schemas/event.js'
import type { RuleTest } from '../../schemas/rule.js'
import type { Verdict } from '../../schemas/verdict.js'
import type { Role } from '../../schemas/vocabulary.js'
import { createDiagnosis } from '../diagnose/diagnose.js'
import { byTimeThenId, type Observation } from '../diagnose/observation.js'
import { toMs } from '../match/load.js'
import type { Pack } from '../match/pack.js'
import { enrich, enrichmentOf } from '../parse/enrich.js'
import { eventId } from '../parse/event-id.js'
import { BLOCKS, FORMATS } from '../parse/formats/index.js'
import { createFramer } from '../parse/frame.js'
import { type Inventory, parseInventory } from '../parse/inventory.js'
import { parseRecord } from '../parse/record.js'

/** The instant that `at: 0s` stands for in a story. */
export const STORY_START = Date.parse('2026-03-02T12:00:00.000Z')

/** When lines of a story are read, unless one of its origins goes on longer. */
const RECEIVED = Date.parse('2026-12-31T00:00:00Z')

export type StoryResult = { readonly verdicts: readonly Verdict[]; readonly signals: ReadonlySet<string> }

/** Runs a rule's test through the real engine: given events, or raw lines through the real parsers. */
export function tellStory(
  pack: Pack,
  test: Pick<RuleTest, 'given' | 'lines' | 'inventory' | 'hosts' | 'roles' | 'origins'>,
): StoryResult {
  const inventory = test.inventory ? parseInventory(csv(test.inventory), 'inventory') : undefined
  const observations = [...given(pack, test, inventory), ...fromLines(pack, test, inventory)].sort(byTimeThenId)
  const diagnosis = createDiagnosis(pack, 'default')
  const decisions = [...observations.flatMap((o) => diagnosis.step(o)), ...diagnosis.end()]
  const verdicts = decisions.map((d) => d.verdict)
  const seen = verdicts.flatMap((v) =>
    v.whytimeout.detail.considered.flatMap((c) => c.signals.map((s) => `${c.mechanism}/${s.signal}`)),
  )
  return { verdicts, signals: new Set(seen) }
}

const csv = (rows: readonly Readonly<Record<string, string>>[]): string => {
  const names = [...new Set(rows.flatMap((r) => Object.keys(r)))]
  return [names.join(','), ...rows.map((r) => names.map((n) => r[n] ?? '').join(','))].join('\n')
}

const roleOf = (test: Pick<RuleTest, 'roles'>, host: string | undefined): Role | undefined =>
  host === undefined ? undefined : test.roles?.[host]

function given(
  pack: Pack,
  test: Pick<RuleTest, 'given' | 'hosts' | 'roles'>,
  inventory: Inventory | undefined,
): Observation[] {
  return (test.given ?? []).map((item, n) => {
    const { at, ...said } = item
    const time = STORY_START + toMs(at)
    const host = typeof said['host.name'] === 'string' ? said['host.name'] : undefined
    const fields = { ...(host === undefined ? {} : test.hosts?.[host]), ...said }
    const origin = `${host ?? 'host'}/story`
    const role = roleOf(test, host)
    const bare = LogEventSchema.parse({ '@timestamp': new Date(time).toISOString(), ...fields })
    const event: LogEvent = enrich(
      { ...bare, ...(role && { 'whytimeout.role': role }) },
      time,
      {},
      { inventory, siteOfAddress: new Map() },
    )
    return {
      at: time,
      id: eventId(time, origin, JSON.stringify(item), n),
      origin,
      event,
      signals: pack.signalsOf(event),
    }
  })
}

/** Lines by "host/name.log" (or just a name); their times are whatever they state. */
function fromLines(
  pack: Pack,
  test: Pick<RuleTest, 'lines' | 'hosts' | 'roles' | 'origins'>,
  inventory: Inventory | undefined,
): Observation[] {
  const found: Observation[] = []
  const origins = test.origins ?? {}
  const receivedAtMs = Math.max(RECEIVED, ...Object.values(origins).map((o) => Date.parse(o.until ?? '') || 0))
  const enrichment = enrichmentOf(inventory, Object.values(origins))
  for (const [name, lines] of Object.entries(test.lines ?? {})) {
    const [host, logName] = name.includes('/')
      ? [name.slice(0, name.indexOf('/')), name.slice(name.indexOf('/') + 1)]
      : ['host', name]
    const framer = createFramer(BLOCKS)
    const latin1 = lines.flatMap((l) => Buffer.from(l, 'utf8').toString('latin1').split('\n'))
    const records = [...latin1.flatMap((l, i) => framer.push(l, i + 1)), ...framer.flush()]
    for (const record of records) {
      const outcome = parseRecord(record.text, {
        formats: FORMATS,
        host,
        logName,
        entryFor: (origin) => {
          const name = origin.slice(0, origin.indexOf('/'))
          const role = roleOf(test, name) ?? (test.hosts?.[name]?.['whytimeout.role'] as Role | undefined)
          const site = test.hosts?.[name]?.['whytimeout.site_id']
          return { ...origins[origin], ...(role && { role }), ...(typeof site === 'string' && { site }) }
        },
        enrichment,
        shownValues: inventory?.ids ?? new Set(),
        receivedAtMs,
      })
      if (outcome.kind === 'dead')
        throw new Error(`line of ${name} is a dead letter: ${outcome.code} ${outcome.detail}`)
      for (const e of outcome.events)
        found.push({ at: e.at, id: e.id, origin: outcome.origin, event: e.event, signals: pack.signalsOf(e.event) })
    }
  }
  return found
}
