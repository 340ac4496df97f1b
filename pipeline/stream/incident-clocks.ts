import type { ClockRecord } from './messages.js'

/** Clocks of the events partitions as they become known: everyone who listens is told the newest of each first. */
export type ClockFeed = {
  readonly take: (record: ClockRecord) => void
  /** @returns how to stop */
  readonly listen: (take: (record: ClockRecord) => void) => () => void
}

/** @param topic the events topic; clocks of others are not passed on */
export function createClockFeed(topic: string): ClockFeed {
  const latest = new Map<number, ClockRecord>()
  const listeners = new Set<(record: ClockRecord) => void>()
  return {
    take: (record) => {
      if (record.topic !== topic) return
      latest.set(record.partition, record)
      for (const listener of listeners) listener(record)
    },
    listen: (take) => {
      listeners.add(take)
      for (const record of latest.values()) take(record)
      return () => listeners.delete(take)
    },
  }
}

/**
 * The watermark of one verdicts partition: the lowest clock of all events partitions, each counted once the verdicts behind it are read.
 * None of them may be left out: whichever has no clock yet may still decide something early.
 */
export type IncidentWatermark = {
  readonly clock: (record: ClockRecord) => void
  /** The events partitions that there are. */
  readonly expect: (partitions: Iterable<number>) => void
  /** The verdicts partition has been read up to this offset. */
  readonly read: (offset: bigint) => void
  /** No final verdict before this (epoch ms) is left to come. Never goes back. */
  readonly value: () => number
}

/** A clock that waits is only late when it is left out: of more than this many, some are. */
const MAX_WAITING = 1_000

/** @param from where it stood before a restart, epoch ms */
export function createIncidentWatermark(verdictsPartition: number, from: number): IncidentWatermark {
  const waiting = new Map<number, ClockRecord[]>()
  const counted = new Map<number, number>()
  let expected: readonly number[] | undefined
  let readTo = 0n
  let highest = from

  const settle = (partition: number, records: ClockRecord[]) => {
    for (let next = records[0]; next && (next.written[verdictsPartition] ?? 0n) <= readTo; next = records[0]) {
      if (next.clock !== undefined) counted.set(partition, next.clock)
      records.shift()
    }
    if (records.length === 0) waiting.delete(partition)
  }

  return {
    clock: (record) => {
      const records = waiting.get(record.partition) ?? []
      waiting.set(record.partition, records)
      if (records.length >= MAX_WAITING) records.splice(1, MAX_WAITING / 2)
      records.push(record)
      settle(record.partition, records)
    },
    expect: (partitions) => {
      expected = [...partitions]
    },
    read: (offset) => {
      if (offset <= readTo) return
      readTo = offset
      for (const [partition, records] of waiting) settle(partition, records)
    },
    value: () => {
      if (expected === undefined || expected.length === 0) return highest
      const lowest = Math.min(...expected.map((p) => counted.get(p) ?? Number.NEGATIVE_INFINITY))
      highest = Math.max(highest, lowest)
      return highest
    },
  }
}
