import type { Verdict } from '../../../schemas/verdict.js'
import type { OffsetRange, TopicReader } from '../../sources/kafka-range.js'
import type { Entry } from '../../stream/audit/chain.js'
import type { Recount } from '../../stream/audit/recount.js'
import { createShelf } from '../../stream/audit/shelf.js'
import type { VerdictCheck, VerdictWrite } from '../../stream/audit/verdicts.js'
import type { LateLedger } from '../../stream/late.js'
import { letterOf } from '../../stream/letters.js'
import { decodeBooks, decodeEvent } from '../../stream/messages.js'
import type { RawMessage } from '../../stream/raw-message.js'
import { lateLetterOf, noteOf } from '../rerun/letters.js'

type Progress = (messages: number) => void

/** Entries of the books, and the messages that are none. */
export async function readBooks(
  reader: TopicReader,
  topic: string,
): Promise<{
  readonly entries: readonly Entry[]
  readonly unreadable: readonly { readonly partition: number; readonly offset: bigint }[]
}> {
  const shelf = createShelf()
  const unreadable: { partition: number; offset: bigint }[] = []
  await reader.read(await reader.ranges([topic], undefined), async ({ partition }, messages) => {
    for (const m of messages) {
      const key = m.key ?? ''
      const entry = m.value && entryOf(m)
      if (entry) shelf.take(key, entry)
      else {
        shelf.remove(key)
        if (m.value) unreadable.push({ partition, offset: m.offset })
      }
    }
  })
  return { entries: shelf.entries(), unreadable }
}

function entryOf(m: RawMessage): Entry | undefined {
  try {
    const books = decodeBooks(m.value?.toString('utf8') ?? '')
    const isEntry = typeof books.topic === 'string' && Number.isInteger(books.partition)
    return isEntry ? { ...books, writtenMs: m.timestamp } : undefined
  } catch {
    return undefined
  }
}

export async function readDeadLetters(
  reader: TopicReader,
  ranges: readonly OffsetRange[],
  to: {
    readonly raw: Recount
    readonly events: Recount
    readonly foreign: Recount
    readonly check: VerdictCheck
    readonly ledger?: LateLedger
  },
  progress: Progress,
): Promise<void> {
  await reader.read(ranges, async ({ partition }, messages) => {
    for (const m of messages) {
      const note = noteOf(m)
      if (note) to.ledger?.note(note)
      const letter = letterOf(m)
      if (!letter) continue
      const place = { ...letter.place, offset: Number(letter.place.offset), line: letter.place.line ?? 0 }
      if (letter.stage === 'parse') to.raw.deadLetter(place)
      else if (letter.code === 'LATE') {
        to.events.deadLetter(place)
        if (letter.eventId !== undefined) to.check.late(letter.eventId)
        const late = lateLetterOf(m, partition)
        if (late) to.ledger?.letter(late)
      } else if (letter.stage === 'diagnose') to.foreign.deadLetter(place)
    }
    progress(messages.length)
  })
}

export async function readVerdicts(
  reader: TopicReader,
  ranges: readonly OffsetRange[],
  check: VerdictCheck,
  progress: Progress,
): Promise<void> {
  await reader.read(ranges, async (_, messages) => {
    for (const m of messages) {
      const write = verdictOf(m)
      if (write) check.verdict(write)
    }
    progress(messages.length)
  })
}

/** @returns undefined for what no whytimeout wrote */
function verdictOf(m: RawMessage): VerdictWrite | undefined {
  const { index, id, version, version_type: type } = m.headers
  if (index === undefined || id === undefined || version === undefined) return undefined
  const write = {
    index,
    id,
    version: Number(version),
    versionType: type === 'external_gte' ? ('external_gte' as const) : ('external' as const),
    writtenMs: m.timestamp,
  }
  if (m.value === undefined) return write
  try {
    const { event, whytimeout } = JSON.parse(m.value.toString('utf8')) as Verdict
    return {
      ...write,
      verdict: {
        isFinal: whytimeout.verdict.state === 'final',
        endMs: Date.parse(event.end),
        cited: whytimeout.evidence.event_id,
      },
    }
  } catch {
    return undefined
  }
}

export async function readEvents(
  reader: TopicReader,
  ranges: readonly OffsetRange[],
  to: { readonly raw: Recount; readonly events: Recount; readonly check: VerdictCheck },
  progress: Progress,
): Promise<void> {
  await reader.read(ranges, async ({ topic, partition }, messages) => {
    for (const m of messages) {
      const event = decodeEvent(m.value?.toString('utf8') ?? '')
      if (!event) continue
      to.events.event({ topic, partition, offset: Number(m.offset), line: 0 })
      if (!event.open) to.raw.event(event.raw)
      to.check.event({ partition, offset: m.offset, writtenMs: m.timestamp, event })
    }
    progress(messages.length)
  })
}
