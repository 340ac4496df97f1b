import { expect } from 'vitest'
import type { Assigned, Batch, Control, Source } from '../../../pipeline/sources/source.js'
import type { RawMessage } from '../../../pipeline/stream/raw-message.js'
import { freshName, type Topics } from '../../services/topics.js'

export type OpenOptions = {
  readonly group: string
  readonly topics: readonly string[] | RegExp
  readonly fromBeginning?: boolean
  readonly sessionTimeoutMs?: number
  readonly discoverMs?: number
}
/** What a client must bring to be tried. */
export type Trial = {
  /** A source as in a process of its own: nothing shared with others. */
  readonly open: (brokers: string, options: OpenOptions) => Promise<Source>
  /** The shared broker. */
  readonly brokers: () => string
  readonly topics: () => Topics
}

/** A stage that only writes down what it gets. */
export type Reader = {
  readonly source: Source
  readonly group: string
  readonly messages: (RawMessage & { readonly topic: string; readonly partition: number })[]
  readonly batches: Batch[]
  readonly assigned: (readonly Assigned[])[]
  readonly failures: Error[]
  /** What it does with a batch, after writing it down; by default it passes all of it. */
  work: (batch: Batch, control: Control) => Promise<void>
  readonly start: () => Promise<void>
  /** Values as text, of a partition or all. */
  readonly texts: (partition?: number) => string[]
}

export const takeAll = async (batch: Batch, control: Control): Promise<void> => {
  const last = batch.messages.at(-1)
  if (last) control.passed(last.offset)
  await control.alive()
}

const opened: Source[] = []
/** To be called after each test, so that a failed one leaves no consumer behind. */
export const stopReaders = async (): Promise<void> => {
  await Promise.all(opened.splice(0).map((s) => s.stop()))
}

/** @param brokers others than the shared one */
export async function openReader(
  trial: Trial,
  options: Omit<OpenOptions, 'group'> & { readonly group?: string },
  brokers = trial.brokers(),
): Promise<Reader> {
  const group = options.group ?? freshName('group')
  const source = await trial.open(brokers, { sessionTimeoutMs: 6_000, ...options, group })
  opened.push(source)
  const reader: Reader = {
    source,
    group,
    messages: [],
    batches: [],
    assigned: [],
    failures: [],
    work: takeAll,
    start: () =>
      source.run({
        assigned: (partitions) => reader.assigned.push(partitions),
        failed: (error) => reader.failures.push(error),
        batch: async (batch, control) => {
          reader.batches.push(batch)
          for (const m of batch.messages) reader.messages.push({ ...m, topic: batch.topic, partition: batch.partition })
          await reader.work(batch, control)
        },
      }),
    texts: (partition) =>
      reader.messages.filter((m) => partition === undefined || m.partition === partition).map((m) => `${m.value}`),
  }
  return reader
}

export async function startReader(...parameters: Parameters<typeof openReader>): Promise<Reader> {
  const reader = await openReader(...parameters)
  await reader.start()
  return reader
}

/** Waits until it holds. */
export const eventually = (claim: () => unknown, timeout = 30_000) => expect.poll(claim, { timeout, interval: 25 })

export const numbered = (count: number, partition: number, from = 0) =>
  Array.from({ length: count }, (_, i) => ({ partition, value: `${partition}-${from + i}` }))
export const partitionsOf = (assigned: readonly Assigned[] | undefined): number[] =>
  (assigned ?? []).map((a) => a.partition).sort((a, b) => a - b)
