import type { OriginEntry, OriginsFile } from '../../schemas/origin.js'
import type { RuleTest } from '../../schemas/rule.js'
import type { VerdictCause } from '../../schemas/vocabulary.js'
import type { StoredEvent, StoredVerdict } from './results.js'

const DAY_MS = 86_400_000

/**
 * The masked lines that a verdict cites, as a rule test: read again by the real parsers, with what the lines do not say of their
 * origins and terminals. Pure.
 */
export function recordedTest(
  { verdict, events }: StoredVerdict,
  origins: OriginsFile,
  expect: { readonly cause: VerdictCause; readonly mechanism?: string | undefined },
): RuleTest {
  const lines = new Map<string, string[]>()
  for (const e of events) {
    const origin = String(e.whytimeout?.origin ?? '')
    const original = e.event.original
    if (origin === '' || original === undefined) continue
    const known = lines.get(origin) ?? []
    // A record that gave several events is one line.
    if (!known.includes(original)) lines.set(origin, [...known, original])
  }
  const until = new Date(Date.parse(verdict.event.end) + DAY_MS).toISOString()
  const used = [...lines.keys()].sort()
  return {
    name: `recorded: ${verdict.event.id.slice(0, 20)}, ${verdict.whytimeout.episode.phase}`,
    lines: Object.fromEntries(used.map((o) => [o, lines.get(o) ?? []])),
    origins: Object.fromEntries(used.map((o) => [o, { ...bare(origins[o] ?? {}), until }])),
    inventory: terminalsOf(events, origins),
    expect: {
      cause: expect.cause,
      ...(expect.mechanism !== undefined && { mechanism: expect.mechanism }),
      phase: verdict.whytimeout.episode.phase,
    },
  }
}

/** The lines are UTF-8 by now. */
function bare({ charset: _, ...entry }: OriginEntry): OriginEntry {
  return entry
}

/** What the inventory must have said of the terminals in the lines. */
function terminalsOf(events: readonly StoredEvent[], origins: OriginsFile): Record<string, string>[] {
  const rows = new Map<string, Record<string, string>>()
  for (const e of events) {
    const w = e.whytimeout ?? {}
    const id = w.terminal_id
    if (typeof id !== 'string') continue
    const own = w.role === 'terminal' ? origins[String(w.origin)]?.addresses?.[0] : undefined
    const row = {
      terminal_id: id,
      ...texts({
        ip: own ?? (w.role === 'terminal' ? e.source?.ip : undefined),
        site: w.site_id,
        isp: w.isp,
        gateway: w.gateway,
      }),
    }
    rows.set(id, { ...rows.get(id), ...row })
  }
  const all = [...rows.values()].sort((a, b) => ((a.terminal_id ?? '') < (b.terminal_id ?? '') ? -1 : 1))
  const columns = [...new Set(all.flatMap((r) => Object.keys(r)))]
  return all.map((r) => Object.fromEntries(columns.map((c) => [c, r[c] ?? ''])))
}

const texts = (o: Readonly<Record<string, unknown>>): Record<string, string> =>
  Object.fromEntries(Object.entries(o).filter((e): e is [string, string] => typeof e[1] === 'string'))
