import { WhytimeoutError } from '../../errors.js'
import type { Pack } from '../../match/pack.js'
import type { Sink } from '../../sinks/sink.js'
import type { TopicWriter } from '../../sinks/topic-writer.js'
import { keptSince } from '../../sources/kafka-range.js'
import { MAX_REVISION, repaired, type StoredDocument } from '../../stream/documents.js'
import {
  dueUntil,
  isDue,
  type LateMinute,
  type LateSpan,
  MINUTE_MS,
  type RepairNote,
  spansOf,
} from '../../stream/late.js'
import { createSorter, type Sorter } from '../sort.js'
import { noteMessage, readLedger, type StreamClock, streamClocks } from './letters.js'
import { recountHours } from './recount.js'
import { MEMORY_BYTES } from './references.js'
import { type Change, coldStart, type PassOptions, repairPass } from './repair-pass.js'
import { documentsIn, storeIn } from './store-in.js'

export type RepairOptions = Pick<
  PassOptions,
  'reader' | 'topics' | 'pack' | 'dir' | 'bufferItems' | 'slackMs' | 'progress'
> & {
  /** Of all that decides what comes out; must be the stream's. */
  readonly digest: string
  /** Undefined: nothing is stored, nothing noted. */
  readonly store?: {
    /** The verdicts topic is the last. */
    readonly sinks: readonly Sink[]
    readonly writer: Pick<TopicWriter, 'send'>
  }
  /** Told of every change, by span and id. */
  readonly onChange?: (change: Change) => Promise<void> | void
}
export type Repair = {
  /** Late events: decided again now, still to wait for the stream, given up because what they need is deleted. */
  readonly letters: { readonly repaired: number; readonly waiting: number; readonly gone: number }
  readonly spans: readonly LateSpan[]
  readonly new: number
  readonly changed: number
  readonly withdrawn: number
  readonly same: number
  /** Spans around which the stored verdicts differ from those decided anew, for another reason than late events. */
  readonly doubtful: readonly LateSpan[]
  readonly revision: number
}

/** Margins around a span, in units of `after`: the next is tried where the stored verdicts do not agree with those decided anew. */
const MARGINS = [6, 24, 96] as const

/**
 * Decides again what late events have changed, and stores it. Only what the stream has decided is touched, so that the two never write
 * the same verdict. Running again changes nothing: what stands is compared, not written twice.
 * @throws WhytimeoutError INPUTS_DIFFER
 */
export async function repairLate(o: RepairOptions): Promise<Repair> {
  const { reader, topics, pack } = o
  const { ledger, read } = await readLedger(reader, topics.deadLetters)
  const clocks = await streamClocks(reader, topics.clocks, topics.events)
  checkInputs(clocks, pack, o.digest, topics.clocks)
  const revision = Math.min(ledger.revision() + 1, MAX_REVISION)
  const kept = (await keptSince(reader, [topics.events, topics.verdicts])) ?? Number.NEGATIVE_INFINITY
  const { due, waiting, gone } = byFate(ledger.pending(), clocks, pack, kept)
  const changes = changesIn(o.dir)
  const events = documentsIn(o.dir)
  try {
    const passes = await allPasses({ ...o, revision, changes, events }, { due, waiting, kept }, clocks)
    const counts = { new: 0, changed: 0, withdrawn: 0 }
    for await (const c of changes.sorted()) {
      counts[c.kind]++
      await o.onChange?.(c)
    }
    const letters = {
      repaired: sum(passes.spans),
      waiting: sum(waiting) + sum(passes.postponed),
      gone: sum(gone),
    }
    if (o.store && due.length + gone.length > 0) {
      const hours = await recountHours({ ...o, spans: passes.spans, decidedOf: (s) => decidedOf(clocks, s), kept })
      await writeAll(o.store.sinks, changes, events, hours, pack.generation, revision)
      const until = untilOf(clocks, passes.postponed, pack)
      const note: RepairNote = { revision, read, until, letters: letters.repaired, ...counts, gone: letters.gone }
      await o.store.writer.send(topics.deadLetters, [noteMessage(note)])
    }
    return { letters, ...counts, same: passes.same, spans: passes.spans, doubtful: passes.doubtful, revision }
  } finally {
    await Promise.all([changes.close(), events.close()])
  }
}

const sum = (items: readonly { readonly letters: number }[]): number => items.reduce((n, m) => n + m.letters, 0)
const marginMs = (pack: Pack, step: number): number => (MARGINS[step] ?? 0) * pack.afterMs

/** The stream's own verdicts and the repaired ones must come from the same rules, inventory and origins. */
function checkInputs(clocks: ReadonlyMap<number, StreamClock>, pack: Pack, digest: string, place: string): void {
  for (const c of clocks.values())
    if (c.digest !== digest)
      throw new WhytimeoutError(
        'INPUTS_DIFFER',
        c.generation === pack.generation
          ? 'the stream runs with other rules, inventory, origins or lateness'
          : `the stream runs generation ${c.generation} of the rules, this is ${pack.generation}`,
        place,
      )
}

/** Which late minutes can be repaired now, which later, and which never: what their verdicts need is no longer kept. */
function byFate(
  minutes: readonly LateMinute[],
  clocks: ReadonlyMap<number, StreamClock>,
  pack: Pack,
  kept: number,
): { due: LateMinute[]; waiting: LateMinute[]; gone: LateMinute[] } {
  const found = { due: [] as LateMinute[], waiting: [] as LateMinute[], gone: [] as LateMinute[] }
  for (const m of minutes) {
    if (!isDue(m, decidedOf(clocks, m), pack, marginMs(pack, 0))) found.waiting.push(m)
    else if (coldStart({ from: m.at - pack.afterMs }, pack, marginMs(pack, 0)) < kept) found.gone.push(m)
    else found.due.push(m)
  }
  return found
}

type Passes = {
  readonly spans: readonly LateSpan[]
  readonly doubtful: readonly LateSpan[]
  /** Wait until the stream has decided more around them. */
  readonly postponed: readonly LateMinute[]
  readonly same: number
}

/** Realms in which a span does not settle are tried again with more around their spans. */
async function allPasses(
  o: RepairOptions & Pick<PassOptions, 'revision' | 'changes' | 'events'>,
  { due, waiting, kept }: { due: readonly LateMinute[]; waiting: readonly LateMinute[]; kept: number },
  clocks: ReadonlyMap<number, StreamClock>,
): Promise<Passes> {
  const { pack } = o
  let left = due
  let same = 0
  const spans: LateSpan[] = []
  const doubtful: LateSpan[] = []
  const postponed: LateMinute[] = []
  for (let step = 0; left.length > 0; step++) {
    const [margin, wider] = [marginMs(pack, step), marginMs(pack, step + 1)]
    const tried = spansOf(left, pack, margin)
    const passed = await repairPass({
      ...o,
      spans: tried,
      marginMs: margin,
      openFrom: (s) => {
        const open = [...waiting, ...postponed].filter((m) => m.realm === s.realm).map((m) => m.at)
        return Math.min(Number.POSITIVE_INFINITY, ...open) - pack.afterMs
      },
      mustTake: (s) => step === MARGINS.length - 1 || coldStart(s, pack, wider) < kept,
    })
    same += passed.same
    spans.push(...tried.filter((s) => !passed.unsettled.includes(s)))
    doubtful.push(...passed.doubtful)
    const realms = new Set(passed.unsettled.map((s) => s.realm))
    const again = left.filter((m) => realms.has(m.realm))
    const isReady = (m: LateMinute) => isDue(m, decidedOf(clocks, m), pack, wider)
    left = again.filter(isReady)
    postponed.push(...again.filter((m) => !isReady(m)))
  }
  return { spans, doubtful, postponed, same }
}

const decidedOf = (clocks: ReadonlyMap<number, StreamClock>, m: Pick<LateMinute, 'events'>): number =>
  clocks.get(m.events)?.decided ?? Number.NEGATIVE_INFINITY

/** Up to which event time the letters of each events partition are settled; what waits stays ahead of it. */
function untilOf(
  clocks: ReadonlyMap<number, StreamClock>,
  postponed: readonly LateMinute[],
  pack: Pack,
): Record<number, number> {
  return Object.fromEntries(
    [...clocks].map(([partition, { decided }]) => {
      const first = postponed.filter((m) => m.events === partition).map((m) => m.at)
      return [partition, Math.min(dueUntil(decided, pack, marginMs(pack, 0)) + MINUTE_MS, ...first) - 1]
    }),
  )
}

/**
 * The verdicts topic is written last: while it has not told of a change, the next repair finds it again, and what other sinks have of it
 * already is written once more.
 */
async function writeAll(
  sinks: readonly Sink[],
  changes: Sorter<Change>,
  events: Sorter<StoredDocument>,
  hours: readonly StoredDocument[],
  generation: number,
  revision: number,
): Promise<void> {
  const verdicts = async function* (): AsyncGenerator<StoredDocument> {
    for await (const { text, ...c } of changes.sorted())
      yield repaired({ ...c, ...(text !== undefined && { source: JSON.parse(text) }) }, generation, revision)
  }
  const others = sinks.slice(0, -1)
  const topic = sinks.slice(-1)
  for (const [to, from] of [
    [others, () => stored(events.sorted())],
    [others, verdicts],
    [others, () => ended(events.sorted())],
    [others, () => each(hours)],
    [topic, verdicts],
  ] as const)
    await storeIn(to, from())
}

async function* stored(documents: AsyncGenerator<StoredDocument>): AsyncGenerator<StoredDocument> {
  for await (const d of documents) if (d.source) yield d
}
async function* each<T>(items: Iterable<T>): AsyncGenerator<T> {
  yield* items
}
async function* ended(documents: AsyncGenerator<StoredDocument>): AsyncGenerator<StoredDocument> {
  for await (const d of documents) if (!d.source) yield d
}

const changesIn = (dir: string): Sorter<Change> =>
  createSorter<Change>({
    dir,
    compare: (a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0),
    encode: JSON.stringify,
    decode: (line) => JSON.parse(line) as Change,
    sizeOf: (c) => 1_000 + 2 * (c.text?.length ?? 0),
    maxItems: 20_000,
    maxBytes: MEMORY_BYTES,
  })
