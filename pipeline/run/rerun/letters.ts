import type { TopicMessage } from '../../sinks/topic-writer.js'
import type { TopicReader } from '../../sources/kafka-range.js'
import { createLateLedger, type LateLedger, type LateLetter, type RepairNote } from '../../stream/late.js'
import { clockKey, decodeClock } from '../../stream/messages.js'
import type { RawMessage } from '../../stream/raw-message.js'

/** A message of the dead-letter topic that is no letter: what a repair has settled. */
const NOTE = { header: 'whytimeout.note', value: 'repaired' } as const

export const noteMessage = (note: RepairNote): TopicMessage => ({
  key: 'repair',
  value: JSON.stringify(note, (_, value: unknown) => (typeof value === 'bigint' ? value.toString() : value)),
  headers: { [NOTE.header]: NOTE.value },
})

/** @returns undefined for a letter, or for what no repair wrote */
export function noteOf(m: Pick<RawMessage, 'headers' | 'value'>): RepairNote | undefined {
  if (m.headers[NOTE.header] !== NOTE.value) return undefined
  try {
    const raw = JSON.parse(m.value?.toString('utf8') ?? '') as RepairNote & { read: Record<string, string> }
    return {
      ...raw,
      read: Object.fromEntries(Object.entries(raw.read).map(([p, offset]) => [Number(p), BigInt(offset)])),
      until: Object.fromEntries(Object.entries(raw.until).map(([p, at]) => [Number(p), at])),
    }
  } catch {
    return undefined
  }
}

/** @param partition  of the dead-letter topic. @returns undefined for a letter of another kind */
export function lateLetterOf(
  m: Pick<RawMessage, 'headers' | 'value' | 'key' | 'offset'>,
  partition: number,
): LateLetter | undefined {
  if (m.headers['__connect.errors.exception.class.name'] !== 'LATE') return undefined
  try {
    const { at } = JSON.parse(m.value?.toString('utf8') ?? '') as { at?: string }
    const time = Date.parse(at ?? '')
    const events = Number(m.headers['__connect.errors.partition'])
    if (Number.isNaN(time) || Number.isNaN(events)) return undefined
    return { partition, offset: m.offset, realm: m.key ?? '', events, at: time }
  } catch {
    return undefined
  }
}

/** Reads the dead-letter topic to its end. */
export async function readLedger(
  reader: TopicReader,
  topic: string,
): Promise<{ readonly ledger: LateLedger; readonly read: Readonly<Record<number, bigint>> }> {
  const ledger = createLateLedger()
  const ranges = await reader.ranges([topic], undefined)
  await reader.read(ranges, async ({ partition }, messages) => {
    for (const m of messages) {
      const letter = lateLetterOf(m, partition)
      if (letter) ledger.letter(letter)
      const note = noteOf(m)
      if (note) ledger.note(note)
    }
  })
  return { ledger, read: Object.fromEntries(ranges.map((r) => [r.partition, r.to])) }
}

export type StreamClock = {
  /** No verdict with an earlier first symptom is left to come, epoch ms. */
  readonly decided: number
  readonly generation: number
  readonly digest: string
}

/** How far the stream has decided each partition of the events topic, by the clocks topic; empty if it never ran. */
export async function streamClocks(
  reader: TopicReader,
  clocksTopic: string,
  eventsTopic: string,
): Promise<ReadonlyMap<number, StreamClock>> {
  const clocks = new Map<number, StreamClock>()
  await reader.read(await reader.ranges([clocksTopic], undefined), async (_, messages) => {
    for (const m of messages) {
      if (!m.value || !m.key?.startsWith(clockKey(eventsTopic, 0).slice(0, -1))) continue
      const { partition, clock, generation, digest } = decodeClock(m.value.toString('utf8'))
      clocks.set(partition, { decided: clock ?? Number.NEGATIVE_INFINITY, generation, digest })
    }
  })
  return clocks
}
