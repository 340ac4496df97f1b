import { readdirSync, readFileSync, statSync } from 'node:fs'
import { basename, join } from 'node:path'
import BayesClassifier from 'natural/lib/natural/classifiers/bayes_classifier.js'
import type { Pack } from '../pipeline/match/pack.js'
import { NO_CAUSE, TextModel } from '../pipeline/match/text-model.js'
import { tellsFailure, tokensOf } from '../pipeline/match/text-tokens.js'
import { NO_ENRICHMENT } from '../pipeline/parse/enrich.js'
import { BLOCKS, FORMATS } from '../pipeline/parse/formats/index.js'
import { createFramer } from '../pipeline/parse/frame.js'
import { parseRecord } from '../pipeline/parse/record.js'
import type { LogEvent } from '../schemas/event.js'
import type { Cause } from '../schemas/vocabulary.js'

/** A line to learn from, or a phrase of the rules. */
export type Lesson = {
  readonly label: Cause | typeof NO_CAUSE
  readonly tokens: readonly string[]
  /** `rules/<mechanism>` or `fixtures/<format>`: what may be held aside. */
  readonly from: string
  readonly mechanism: string | undefined
}

/** A signal as strong as this labels the line that carries it. */
const TELLING_BITS = 4
/** What the model may add to a cause, by what was measured (docs/text-classifier.md). */
const BITS = 1
/** Tokens of fewer lessons than this say more of a sample than of a cause. */
const MIN_LESSONS = 2
const UNREAD = new Set<LogEvent['event.action']>([undefined, 'other', 'request-failed'])

/** Everything there is to learn from: the rules' own words and test lines, and lines of fixtures that exactly one cause's signals know. */
export function lessonsOf(pack: Pack, fixtures: string): Lesson[] {
  const all = [...ruleLessons(pack), ...fixtureLessons(pack, fixtures)]
  const seen = new Map<string, Lesson>()
  for (const lesson of all) {
    if (lesson.tokens.length < 2) continue
    // One line is one lesson, however often and with whatever numbers it was written.
    seen.set(`${lesson.label} ${[...lesson.tokens].sort().join(' ')}`, lesson)
  }
  return [...seen.entries()].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, lesson]) => lesson)
}

function ruleLessons(pack: Pack): Lesson[] {
  return pack.mechanisms.flatMap(({ source: m, cause, signals }) => {
    const telling = new Set(signals.filter((s) => s.bits >= TELLING_BITS).map((s) => s.condition.id))
    const words = Object.values(m.signals)
      .filter((s) => s.bits >= TELLING_BITS)
      .flatMap((s) => [s.where ?? []].flat())
      .flatMap((map) => Object.entries(map))
      .filter(([key]) => /^(error\.)?message\b/.test(key))
      .flatMap(([, value]) => [value].flat().map(String))
    const quoted = m.references.flatMap((r) => [...r.matchAll(/`([^`]+)`/g)].map((x) => x[1] ?? ''))
    const lines = m.tests
      .filter((t) => t.expect.mechanism === m.id || t.expect.cause === cause)
      .flatMap((t) => Object.values(t.lines ?? {}).flat())
      .flatMap((line) => eventsOf([line]))
      .filter((e) => pack.signalsOf(e).some((id) => telling.has(id)))
      .flatMap((e) => e.message ?? [])
    return [...words, ...quoted, ...lines, m.name.en, m.name.zh, m.summary.en, m.summary.zh].map((text) => ({
      label: cause,
      tokens: tokensOf(text),
      from: `rules/${m.id}`,
      mechanism: m.id,
    }))
  })
}

function fixtureLessons(pack: Pack, fixtures: string): Lesson[] {
  return readdirSync(fixtures)
    .sort()
    .flatMap((format) =>
      logsOf(join(fixtures, format)).flatMap((path) =>
        eventsOf(readFileSync(path, 'latin1').split('\n'), basename(path)).flatMap((event): Lesson[] => {
          const label = labelOf(pack, event)
          return label === undefined || event.message === undefined
            ? []
            : [{ ...label, tokens: tokensOf(event.message), from: `fixtures/${format}` }]
        }),
      ),
    )
}

const logsOf = (folder: string): string[] =>
  statSync(folder).isDirectory()
    ? readdirSync(folder)
        .filter((f) => !f.endsWith('.json') && !f.endsWith('.md'))
        .sort()
        .map((f) => join(folder, f))
        .filter((f) => statSync(f).isFile())
    : []

/** The only cause that telling signals of a line speak for; "none" for a failure that no signal knows. */
function labelOf(pack: Pack, event: LogEvent): Pick<Lesson, 'label' | 'mechanism'> | undefined {
  const ids = new Set(pack.signalsOf(event))
  if (ids.size === 0)
    return UNREAD.has(event['event.action']) && tellsFailure(event.message ?? '')
      ? { label: NO_CAUSE, mechanism: undefined }
      : undefined
  const speaking = pack.mechanisms.filter((m) =>
    m.signals.some((s) => s.bits >= TELLING_BITS && ids.has(s.condition.id)),
  )
  const causes = new Set(speaking.map((m) => m.cause))
  const [cause] = causes
  return cause !== undefined && causes.size === 1 ? { label: cause, mechanism: speaking[0]?.id } : undefined
}

function eventsOf(lines: readonly string[], logName = 'line.log'): LogEvent[] {
  const framer = createFramer(BLOCKS)
  return [...lines.flatMap((l, i) => framer.push(l, i + 1)), ...framer.flush()].flatMap((record) => {
    const outcome = parseRecord(record.text, {
      formats: FORMATS,
      host: 'host',
      logName,
      entryFor: () => ({ zone: 'UTC' }),
      enrichment: NO_ENRICHMENT,
      shownValues: new Set(),
      receivedAtMs: Date.parse('2027-01-01T00:00:00Z'),
    })
    return outcome.kind === 'events' ? outcome.events.map((e) => e.event as LogEvent) : []
  })
}

/** Trains natural's Bayes and takes its counts out of it. Equal lessons give equal bytes. */
export function train(lessons: readonly Lesson[], note: string): { model: TextModel; natural: BayesClassifier } {
  const uses = new Map<string, number>()
  for (const { tokens } of lessons) for (const t of tokens) uses.set(t, (uses.get(t) ?? 0) + 1)
  const natural = new BayesClassifier()
  for (const { tokens, label } of lessons) {
    const kept = tokens.filter((t) => (uses.get(t) ?? 0) >= MIN_LESSONS)
    if (kept.length > 0) natural.addDocument(kept, label)
  }
  natural.train()
  const { classFeatures, classTotals } = natural.classifier
  const tokens: Record<string, Record<string, number>> = {}
  for (const [number, token] of Object.keys(natural.features).entries()) {
    const counts: Record<string, number> = {}
    for (const label of Object.keys(classTotals).sort()) {
      const count = classFeatures[label]?.[number]
      if (count !== undefined) counts[label] = count
    }
    tokens[token] = counts
  }
  const sorted = Object.fromEntries(Object.entries(tokens).sort(([a], [b]) => (a < b ? -1 : 1)))
  const totals = Object.fromEntries(Object.entries(classTotals).sort(([a], [b]) => (a < b ? -1 : 1)))
  return { model: TextModel.parse({ note, bits: BITS, totals, tokens: sorted }), natural }
}
