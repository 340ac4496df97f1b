import type { Incident } from '../../../schemas/incident.js'
import type { Summary } from '../../../schemas/summary.js'
import type { Verdict } from '../../../schemas/verdict.js'
import { CAUSES, PHASES, VERDICT_CAUSES } from '../../../schemas/vocabulary.js'
import type { Pack } from '../../match/pack.js'
import { whatAssumed, whyAssumed } from '../assumed-words.js'
import { signalWords } from '../signal-words.js'
import { whyUnread } from '../unread-words.js'
import { CAUSE_NAMES, LOG_NAMES, PHASE_NAMES, SCOPE_NAMES } from '../words.js'
import { factOf, incidentItem, verdictItem } from './detail.js'
import { createFacts, MAX_NAME } from './facts.js'
import { createListing } from './listing.js'
import type { Details, Facts, HeatRow, IncidentItem, LineItem, Model, VerdictItem } from './model.js'
import { createHistogram } from './time-steps.js'

/**
 * Bounds of the page. With all of them reached, and every text as long as it may be, the file has about 25 MB; a hundred thousand
 * verdicts of real logs make about 7 MB.
 */
export type Limits = {
  /** Verdicts listed with everything behind them. */
  readonly listed: number
  /** Verdicts that filters count. */
  readonly counted: number
  readonly incidents: number
  /** Rows of the heatmap, and sites told apart at all. */
  readonly heatRows: number
  readonly sites: number
  /** Terminals told apart. */
  readonly terminals: number
  /** Files and assumptions in the box on quality. */
  readonly files: number
}
export const LIMITS: Limits = {
  listed: 1_000,
  counted: 100_000,
  incidents: 300,
  heatRows: 24,
  sites: 5_000,
  terminals: 200_000,
  files: 60,
}
const MAX_LINE = 400
const MAX_PLACE = 300
const MAX_WORDS = 240

export type CitedLine = {
  readonly id: string
  readonly at: number
  readonly host: string
  readonly text: string
  /** File and line. */
  readonly place: string
}

/** Takes a replay's documents one after the other, each kind sorted by time and id; memory is bounded by the limits. */
export type Report = {
  readonly verdict: (v: Verdict) => void
  readonly incident: (i: Incident) => void
  /** Events that listed verdicts and incidents cite; asked once all of those are in. */
  readonly cites: () => ReadonlySet<string>
  readonly line: (line: CitedLine) => void
  readonly finish: (summary: Summary) => { readonly model: Model; readonly facts: Facts; readonly details: Details }
}

export function createReport(pack: Pack, limits: Limits = LIMITS): Report {
  const facts = createFacts(limits.counted)
  const listing = createListing<VerdictItem>(limits.listed)
  const overTime = createHistogram(VERDICT_CAUSES.length)
  const bySite = createHistogram(VERDICT_CAUSES.length * (limits.sites + 1))
  /** Place in the histogram by name; the first stands for all that are one too many. */
  const sites = new Map<string | undefined, number>()
  const terminals = new Set<string>()
  const allSites = new Set<string>()
  const causes = VERDICT_CAUSES.map(() => 0)
  const phases = PHASES.map(() => 0)
  const mechanisms = new Set<string>()
  let incidents: IncidentItem[] = []
  let incidentCount = 0
  let first: number | undefined
  let last: number | undefined
  const lines: Record<string, LineItem> = {}
  let wanted: Set<string> | undefined

  const topIncidents = (): IncidentItem[] =>
    [...incidents]
      .sort((a, b) => b.timeouts - a.timeouts || a.first - b.first || (a.id < b.id ? -1 : 1))
      .slice(0, limits.incidents)
  return {
    verdict: (v) => {
      const fact = factOf(v)
      facts.add(fact)
      listing.offer(reach(v), fact.id, () => verdictItem(v))
      causes[fact.cause] = (causes[fact.cause] ?? 0) + 1
      phases[fact.phase] = (phases[fact.phase] ?? 0) + 1
      overTime.add(fact.at, fact.cause)
      if (fact.site !== undefined && allSites.size < limits.terminals) allSites.add(fact.site)
      if (fact.terminal !== undefined && terminals.size < limits.terminals) terminals.add(fact.terminal)
      const name = (fact.site ?? '').slice(0, MAX_NAME)
      const site = sites.get(name) ?? (sites.size < limits.sites ? sites.size + 1 : 0)
      if (site > 0) sites.set(name, site)
      bySite.add(fact.at, site * VERDICT_CAUSES.length + fact.cause)
      const start = Date.parse(v.event.start)
      first = Math.min(first ?? start, start)
      last = Math.max(last ?? fact.at, fact.at)
    },
    incident: (i) => {
      incidentCount++
      incidents.push(incidentItem(i))
      if (incidents.length >= 2 * limits.incidents) incidents = topIncidents()
    },
    cites: () => {
      wanted ??= new Set([
        ...listing.take().items.flatMap(({ item }) => [...item.events, ...item.evidence.map((e) => e.event)]),
        ...topIncidents().flatMap((i) => i.evidence),
      ])
      return wanted
    },
    line: ({ id, at, host, text, place }) => {
      lines[id] = { at, host: host.slice(0, MAX_NAME), place: place.slice(-MAX_PLACE), text: text.slice(0, MAX_LINE) }
    },
    finish: (summary) => {
      const { items, perGroup } = listing.take()
      const verdicts = items.map(({ item }) => item).sort((a, b) => a.end - b.end || (a.id < b.id ? -1 : 1))
      const shown = topIncidents()
      for (const v of verdicts) {
        mechanisms.add(v.mechanism)
        for (const { mechanism } of [...v.considered, ...v.ruledOut, ...(v.missed ?? [])])
          if (mechanism !== undefined) mechanisms.add(mechanism)
      }
      for (const i of shown) mechanisms.add(i.mechanism)
      const evidence = verdicts.length === 0 ? evidenceOf(summary, pack) : []
      for (const e of evidence) mechanisms.add(e.mechanism)
      const time = overTime.axis()
      const counts = VERDICT_CAUSES.map(() => new Array<number>(time.count).fill(0))
      for (const [step, cause, n] of overTime.entries()) (counts[cause] as number[])[step] = n
      const counted = facts.finish(time.from)
      const model: Model = {
        totals: {
          timeouts: causes.reduce((a, b) => a + b, 0),
          terminals: terminals.size,
          sites: allSites.size,
          incidents: incidentCount,
          causes,
          phases,
          ...(first !== undefined && last !== undefined && { first, last }),
        },
        time,
        overTime: counts,
        heat: heatOf(bySite, sites, limits.heatRows, time),
        incidents: shown,
        mechanisms: mechanismWords(pack, mechanisms),
        prevention: Object.fromEntries(CAUSES.map((c) => [c, pack.causes.get(c)?.prevention ?? { en: '', zh: '' }])),
        remedies: pack.remedies,
        words: { causes: CAUSE_NAMES, phases: PHASE_NAMES, scopes: SCOPE_NAMES, logs: LOG_NAMES },
        quality: qualityOf(summary, pack, limits.files),
        evidence,
        sample: {
          listed: verdicts.length,
          ...(perGroup !== undefined && { perReach: perGroup }),
          counted: counted.rows,
          incidents: shown.length,
        },
      }
      return { model, facts: counted, details: { verdicts, lines } }
    },
  }
}

/** As incidents are told apart, but for the time: of each the page lists equally many. */
const reach = ({ whytimeout: { realm, verdict } }: Verdict): string =>
  [realm, verdict.cause, verdict.scope, verdict.scope_id].join('\u0000')

function heatOf(
  bySite: ReturnType<typeof createHistogram>,
  sites: ReadonlyMap<string | undefined, number>,
  rows: number,
  time: Model['time'],
): HeatRow[] {
  const causes = VERDICT_CAUSES.length
  const nameOf = new Map([...sites].map(([name, i]) => [i, name]))
  const axis = bySite.axis()
  const cells = new Map<number, Map<number, number>>()
  const total = new Map<number, number>()
  for (const [step, key, n] of bySite.entries()) {
    const site = Math.floor(key / causes)
    // Its steps may have grown beyond those of the other picture; they begin at or before it.
    const at = Math.min(
      time.count - 1,
      Math.max(0, Math.floor((axis.from + step * axis.stepMs - time.from) / time.stepMs)),
    )
    const own = cells.get(site) ?? new Map<number, number>()
    cells.set(site, own)
    const slot = at * causes + (key % causes)
    own.set(slot, (own.get(slot) ?? 0) + n)
    total.set(site, (total.get(site) ?? 0) + n)
  }
  const ranked = [...total].sort(
    ([a, x], [b, y]) =>
      Number(a === 0) - Number(b === 0) || y - x || ((nameOf.get(a) ?? '') < (nameOf.get(b) ?? '') ? -1 : 1),
  )
  const fits = ranked.length <= rows && !total.has(0)
  const single = fits ? ranked : ranked.slice(0, rows - 1)
  const rest = fits ? [] : ranked.slice(rows - 1)
  const flat = (own: ReadonlyMap<number, number>): number[] =>
    [...own].sort(([a], [b]) => a - b).flatMap(([slot, n]) => [Math.floor(slot / causes), slot % causes, n])
  const others = new Map<number, number>()
  for (const [site] of rest)
    for (const [slot, n] of cells.get(site) ?? []) others.set(slot, (others.get(slot) ?? 0) + n)
  return [
    ...single.map(([site, timeouts]) => ({
      name: nameOf.get(site) ?? '',
      timeouts,
      cells: flat(cells.get(site) ?? new Map()),
    })),
    ...(rest.length > 0 ? [{ timeouts: rest.reduce((sum, [, n]) => sum + n, 0), cells: flat(others) }] : []),
  ]
}

const mechanismWords = (pack: Pack, used: ReadonlySet<string>): Model['mechanisms'] => {
  const described = new Map(pack.conditions.flatMap((c) => (c.description ? [[c.id, c.description] as const] : [])))
  return Object.fromEntries(
    pack.mechanisms
      .filter((m) => used.has(m.id))
      .map((m) => [
        m.id,
        {
          name: m.source.name,
          summary: m.source.summary,
          next: m.source.next_step,
          confirm: m.source.confirm,
          signals: Object.fromEntries(
            m.signals.flatMap((s) => {
              const use = m.source.signals[s.name]
              const words = use ? signalWords(use, (id) => described.get(id)).what : s.condition.description
              return words ? [[s.name, { en: words.en.slice(0, MAX_WORDS), zh: words.zh.slice(0, MAX_WORDS) }]] : []
            }),
          ),
        },
      ]),
  )
}

const MAX_EVIDENCE = 6
const evidenceOf = ({ evidence }: Summary, pack: Pack): Model['evidence'] =>
  Object.entries(evidence)
    .flatMap(([id, lines]) => {
      const found = pack.mechanisms.find((m) => m.id === id)
      return found ? [{ mechanism: id, cause: found.cause, lines }] : []
    })
    .sort((a, b) => b.lines - a.lines || (a.mechanism < b.mechanism ? -1 : 1))
    .slice(0, MAX_EVIDENCE)

const qualityOf = (s: Summary, pack: Pack, most: number): Model['quality'] => ({
  books: s.books,
  unparsedShare: s.unparsed_share,
  unread: Object.entries(s.unread).map(([code, n]) => [whyUnread(code), n] as const),
  formats: Object.entries(s.formats),
  genericShare: s.generic_share,
  notTimeouts: Object.entries(s.not_timeouts),
  assumed: s.assumed.slice(0, most).map((a) => ({
    origin: a.origin.slice(0, MAX_PLACE),
    what: whatAssumed(a.what),
    value: a.value.slice(0, MAX_PLACE),
    why: whyAssumed(a.why.slice(0, MAX_PLACE)),
  })),
  moreAssumed: Math.max(0, s.assumed.length - most),
  files: s.files.slice(0, most).map((f) => ({
    path: f.path.slice(-MAX_PLACE),
    read: f.books.read,
    unparsed: f.books.dead_lettered,
    generic: f.generic_share,
  })),
  moreFiles: Math.max(0, s.files.length - most),
  rules: { generation: pack.generation, digest: pack.digest },
})
