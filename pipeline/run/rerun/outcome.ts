import type { Health } from '../../../schemas/health.js'
import { WhytimeoutError } from '../../errors.js'
import type { Pack } from '../../match/pack.js'
import type { Sink } from '../../sinks/sink.js'
import { healthDocument, replaced, type StoredDocument, takesEffect } from '../../stream/documents.js'
import type { Sorter } from '../sort.js'
import type { Spooled } from '../spool.js'
import { type DecidedVerdict, decidedVerdicts, joined } from './decided.js'
import { type Ended, endedIn, type Names } from './ended.js'
import { eventsAfter, type Reference, referencesIn } from './references.js'
import { documentsIn, storeIn } from './store-in.js'
import type { StoredVerdict, StoredVerdicts } from './stored.js'

/** What storing would do, by the verdicts topic. */
export type Plan = {
  readonly new: number
  readonly changed: number
  readonly same: number
  /** Another is stored that the rules of versions keep: raise the generation to overwrite it. */
  readonly kept: number
  /** Ends of verdicts whose timeout has another now. */
  readonly merged: number
  /** Ends of verdicts that are not found any more. */
  readonly removed: number
  /** Some of those removed. */
  readonly examples: readonly StoredVerdict[]
}

export type Outcome = {
  readonly pack: Pack
  readonly dir: string
  /** [from, to) by the anchor's time, epoch ms. */
  readonly from: number
  readonly to: number
  /** Verdicts of the range; those around it, for what lies across its edges. */
  readonly decided: Sorter<DecidedVerdict>
  readonly outside: Sorter<DecidedVerdict>
  /** Events that any of them cites, by id. */
  readonly events: Sorter<Spooled>
  readonly stored: StoredVerdicts
  readonly health: Pick<Sorter<Health>, 'sorted'>
  readonly replace: boolean
  /** Events that verdicts of a much later time may cite. */
  readonly stays: ReadonlySet<string>
  /** Until when (epoch ms) the stream has decided: it may still cite events near the end. */
  readonly decidedUntil: number
}
export type Prepared = {
  readonly plan: Plan
  readonly store: (sinks: readonly Sink[]) => Promise<number>
  readonly close: () => Promise<void>
}

/**
 * Prepares storing what a bounded replay has decided. A timeout belongs to the range by its anchor. With `replace`, stored verdicts of the
 * range that are not found any more end; one that now has its anchor across an edge is stored too, so that an edge neither loses a
 * timeout nor leaves it two verdicts.
 * @throws WhytimeoutError GENERATION_NOT_RAISED
 */
export async function prepare(o: Outcome): Promise<Prepared> {
  const { pack, dir } = o
  const ended = endedIn(dir)
  const refs = referencesIn(dir)
  const removals = documentsIn(dir)
  const verdicts = decidedVerdicts(dir)
  const plan = { new: 0, changed: 0, same: 0, kept: 0, merged: 0, removed: 0, examples: [] as StoredVerdict[] }
  for await (const v of o.decided.sorted()) await ended.add(v, true)
  if (o.replace) for await (const v of o.outside.sorted()) await ended.add(v, false)
  const across = await walkStored(o, plan, ended, { refs, removals, verdicts })
  for await (const v of o.outside.sorted()) if (across.has(v.id)) await verdicts.add(v)
  for await (const v of verdicts.sorted())
    for (const event of v.facts.cited) await refs.add({ event, kind: 'need', realm: v.realm })
  const documents = async function* (): AsyncGenerator<StoredDocument> {
    const horizon = o.decidedUntil - pack.beforeMs - pack.afterMs
    for await (const d of eventsAfter(refs, o.events, { pack, revision: 0, stays: o.stays }))
      if (d.source || timeOfId(d.id) < horizon) yield d
    for await (const { index, id, realm, version, text } of verdicts.sorted())
      yield { index, id, realm, version, versionType: 'external', source: JSON.parse(text) }
    for await (const hour of o.health.sorted()) yield healthDocument(hour, pack.generation)
    yield* ended.documents(across)
    yield* removals.sorted()
  }
  return {
    plan,
    store: (sinks) => storeIn(sinks, documents()),
    close: async () => {
      await Promise.all([ended.close(), refs.close(), removals.close(), verdicts.close()])
    },
  }
}
const timeOfId = (id: string): number => Number.parseInt(id.slice(0, id.indexOf('-')), 36)

const NO_NAMES: Names = { own: undefined, given: undefined, other: [] }
/** As many are shown before they are removed. */
const MAX_EXAMPLES = 10
type Mutable<T> = { -readonly [K in keyof T]: T[K] }

/**
 * Compares with what is stored.
 * @returns ids of decided verdicts outside the range that take the place of a stored one in it
 */
async function walkStored(
  o: Outcome,
  plan: Mutable<Plan> & { examples: StoredVerdict[] },
  ended: Ended,
  out: { refs: Sorter<Reference>; removals: Sorter<StoredDocument>; verdicts: Sorter<DecidedVerdict> },
): Promise<ReadonlySet<string>> {
  const { pack } = o
  const across = new Set<string>()
  const inRange = (v: StoredVerdict): boolean => v.facts !== undefined && v.facts.at >= o.from && v.facts.at < o.to
  const refer = async (kind: Reference['kind'], v: StoredVerdict) => {
    for (const event of v.facts?.cited ?? []) await out.refs.add({ event, kind, realm: v.realm })
  }
  const walk = async (v: StoredVerdict | undefined, names: Names): Promise<void> => {
    const { own, given, other } = names
    if (o.replace && v?.text !== undefined && inRange(v) && v.generation >= pack.generation)
      throw new WhytimeoutError(
        'GENERATION_NOT_RAISED',
        `verdicts of generation ${v.generation} are stored for that time, and this is ${pack.generation}`,
        '--generation',
      )
    if (own) {
      const write = { version: own.version, versionType: 'external' as const }
      if (v?.text === own.text) plan.same++
      else if (!takesEffect(write, v)) {
        plan.kept++
        if (v) await refer('cite', v)
        return
      } else if (v?.text === undefined) plan.new++
      else plan.changed++
      // Also where the topic has it already: a sink that is newer than it may not.
      await out.verdicts.add(own)
      if (v) await refer('drop', v)
      return
    }
    if (v?.text === undefined) return
    if (given !== undefined) {
      if (takesEffect({ version: given, versionType: 'external' }, v)) plan.merged++
      await refer('drop', v)
    } else if (o.replace && inRange(v) && other.length > 0) {
      for (const id of other) across.add(id)
      plan.merged++
      await refer('drop', v)
    } else if (o.replace && inRange(v)) {
      plan.removed++
      if (plan.examples.length < MAX_EXAMPLES) plan.examples.push(v)
      await out.removals.add(replaced(v, pack.generation))
      await refer('drop', v)
    } else await refer('cite', v)
  }
  const spanned = async function* (): AsyncGenerator<StoredVerdict & { span: number }> {
    for await (const v of o.stored.sorted()) yield { ...v, span: 0 }
  }
  for await (const { left, right } of joined(ended.byId(), spanned())) await walk(right, left ?? NO_NAMES)
  return across
}
