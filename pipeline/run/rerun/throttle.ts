import { setTimeout as wait } from 'node:timers/promises'
import type { Admin } from 'kafkajs'
import type { TopicReader } from '../../sources/kafka-range.js'
import { decodeNote } from '../../stream/messages.js'
import { type Account, adapt, book, startPace } from '../../stream/pace.js'
import { endsOf } from '../topics.js'

/** Bytes a second that may be read now. */
export type Speed = { readonly rate: () => number; readonly stop: () => void }

export const fixedSpeed = (rate: number): Speed => ({ rate: () => rate, stop: () => {} })

const LOOK_MS = 2_000

/** Follows the stream's lag. A look that fails changes nothing. */
export function adaptiveSpeed(lag: () => Promise<number | undefined>): Speed {
  let pace = startPace()
  let timer: NodeJS.Timeout | undefined
  let isStopped = false
  const look = async (): Promise<void> => {
    await lag().then(
      (l) => {
        pace = adapt(pace, l)
      },
      () => {},
    )
    if (!isStopped) timer = setTimeout(() => void look(), LOOK_MS)
  }
  void look()
  return {
    rate: () => pace.rate,
    stop: () => {
      isStopped = true
      clearTimeout(timer)
    },
  }
}

/**
 * Unread messages of the stream's groups. The diagnosing group commits what a restart must read again; what it has read it notes beside that.
 * @returns undefined while neither group has a member: the stream does not run
 */
export async function streamLag(
  admin: Admin,
  group: string,
  rawTopics: readonly string[] | RegExp,
  eventsTopic: string,
): Promise<number | undefined> {
  const [parse, diagnose] = [`${group}-parse`, `${group}-diagnose`]
  const { groups } = await admin.describeGroups([parse, diagnose])
  if (groups.every((g) => g.members.length === 0)) return undefined
  const ends = [...(await endsOf(admin, rawTopics)), ...(await endsOf(admin, [eventsTopic]))]
  const topics = [...new Set(ends.map((e) => e.topic))]
  const read = new Map<string, bigint>()
  for (const { topic, partitions } of await admin.fetchOffsets({ groupId: parse, topics }))
    for (const p of partitions) if (p.offset !== '-1') read.set(`${topic}/${p.partition}`, BigInt(p.offset))
  for (const { topic, partitions } of await admin.fetchOffsets({ groupId: diagnose, topics: [eventsTopic] }))
    for (const p of partitions) {
      const noted = decodeNote(p.metadata ?? undefined).resume?.read
      if (p.offset !== '-1') read.set(`${topic}/${p.partition}`, noted ?? BigInt(p.offset))
    }
  return ends.reduce((sum, e) => {
    const at = read.get(`${e.topic}/${e.partition}`)
    return sum + Number(e.high - (at === undefined || at < e.low ? e.low : at))
  }, 0)
}

/** A reader that waits after every part for as long as the speed asks. */
export function throttled(reader: TopicReader, speed: Speed): TopicReader {
  let account: Account = { paidUntil: 0 }
  return {
    ranges: reader.ranges,
    read: (ranges, take) =>
      reader.read(ranges, async (range, messages) => {
        await take(range, messages)
        const bytes = messages.reduce((sum, m) => sum + (m.value?.length ?? 0), 0)
        const booked = book(account, bytes, speed.rate(), performance.now())
        account = booked.account
        if (booked.waitMs > 0) await wait(booked.waitMs)
      }),
  }
}
