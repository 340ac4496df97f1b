import type { Verdict } from '../../../schemas/verdict.js'
import { createDiagnosis, type Decision, type Diagnosis } from '../../diagnose/diagnose.js'
import type { Known } from '../../diagnose/known.js'
import type { Pack } from '../../match/pack.js'
import { verdictDocument } from '../../stream/documents.js'
import { createSorter, type Sorter } from '../sort.js'
import type { Spooled } from '../spool.js'
import { MEMORY_BYTES } from './references.js'
import { factsOfVerdict, type VerdictFacts } from './stored.js'

/** An event in the part of the log that one span reads; one that two spans read is there twice. */
export type SpanEvent = Spooled & { readonly span: number }

/** A verdict as decided anew. */
export type DecidedVerdict = {
  readonly span: number
  readonly id: string
  readonly index: string
  readonly realm: string
  readonly version: number
  readonly text: string
  readonly facts: VerdictFacts
  /** Ids that verdicts on its other symptoms have or had. */
  readonly superseded: readonly string[]
}

type InSpan = { readonly span: number; readonly id: string }
export const bySpanThenId = (a: InSpan, b: InSpan): number =>
  a.span - b.span || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0)

export const spanEvents = (dir: string, maxItems = 100_000): Sorter<SpanEvent> =>
  createSorter<SpanEvent>({
    dir,
    compare: (a, b) => a.span - b.span || a.at - b.at || (a.id < b.id ? -1 : a.id > b.id ? 1 : a.n - b.n),
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as SpanEvent,
    sizeOf: (e) => 1_500 + 4 * (e.event['event.original']?.length ?? 0),
    maxItems,
    maxBytes: MEMORY_BYTES,
  })

export const decidedVerdicts = (dir: string): Sorter<DecidedVerdict> =>
  createSorter<DecidedVerdict>({
    dir,
    compare: bySpanThenId,
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as DecidedVerdict,
    sizeOf: (v) => 500 + 2 * v.text.length,
    maxItems: 20_000,
    maxBytes: MEMORY_BYTES,
  })

export const toDecided = (
  { verdict, superseded }: Pick<Decision, 'verdict' | 'superseded'>,
  span = 0,
): DecidedVerdict => {
  const { index, id, realm, version } = verdictDocument(verdict)
  return { span, id, index, realm, version, text: JSON.stringify(verdict), facts: factsOfVerdict(verdict), superseded }
}

export type Told = { readonly span: number; readonly decision: Decision; readonly cited: readonly Spooled[] }

/**
 * Decides each span by itself, from nothing: whoever takes the verdicts leaves out those at its begin, where the attempts that were open
 * before are not known.
 * @param events  by span, time, id
 * @param knownOf  what the sources of a span's realm said before it
 * @param readTo  until when (epoch ms) a span's events are all there; what is open then is not decided
 */
export async function* decideSpans(
  pack: Pack,
  events: AsyncGenerator<SpanEvent>,
  knownOf: (span: number) => Known<Spooled>,
  readTo: (span: number) => number,
): AsyncGenerator<Told> {
  let current: { span: number; diagnosis: Diagnosis; known: Known<Spooled>; recent: Map<string, Spooled> } | undefined
  function* told(decisions: readonly Decision[]): Generator<Told> {
    if (!current) return
    const { span, known, recent } = current
    for (const decision of decisions)
      yield { span, decision, cited: decision.cited.flatMap((id) => recent.get(id) ?? known.get(id) ?? []) }
  }
  for await (const { span, ...e } of events) {
    if (current?.span !== span) {
      if (current) yield* told(current.diagnosis.advance(readTo(current.span)))
      const known = knownOf(span)
      current = { span, diagnosis: createDiagnosis(pack, e.realm, known), known, recent: new Map() }
    }
    const { diagnosis, recent } = current
    if (recent.has(e.id)) continue
    recent.set(e.id, e)
    yield* told(diagnosis.step(e))
    const horizon = diagnosis.horizon()
    for (const [id, old] of recent) {
      if (old.at >= horizon) break
      recent.delete(id)
    }
  }
  if (current) yield* told(current.diagnosis.advance(readTo(current.span)))
}

/** What is under one id in two sorted lists. */
export async function* joined<A extends InSpan, B extends InSpan>(
  left: AsyncGenerator<A>,
  right: AsyncGenerator<B>,
): AsyncGenerator<{ readonly left?: A; readonly right?: B }> {
  let [a, b] = [await left.next(), await right.next()]
  while (!a.done || !b.done) {
    const order = a.done ? 1 : b.done ? -1 : bySpanThenId(a.value, b.value)
    yield { ...(order <= 0 && !a.done && { left: a.value }), ...(order >= 0 && !b.done && { right: b.value }) }
    const [useA, useB] = [order <= 0, order >= 0]
    if (useA) a = await left.next()
    if (useB) b = await right.next()
  }
}

export const verdictOfText = (text: string): Verdict => JSON.parse(text) as Verdict
