import type { TopicMessage, TopicWriter } from '../../pipeline/sinks/topic-writer.js'
import type { Source } from '../../pipeline/sources/source.js'
import type { RawMessage } from '../../pipeline/stream/raw-message.js'

/** Thrown where a process is to end, as kill -9 would end it: nothing after it happens. */
export class Crash extends Error {}

export type MemoryKafka = ReturnType<typeof createMemoryKafka>
type Stored = RawMessage & { readonly headers: Readonly<Record<string, string>> }

/** Topics, commits and groups in memory, stepped by hand, so that any order of things can be tried. What it cannot show is tried on a real broker. */
export function createMemoryKafka(partitionsOf: Readonly<Record<string, number>>) {
  const topics = new Map(
    Object.entries(partitionsOf).map(([name, n]) => [name, Array.from({ length: n }, (): Stored[] => [])]),
  )
  const commits = new Map<string, { offset: bigint; metadata: string | undefined }>()
  let nowMs = 0
  /** Operations until the running process ends. */
  let fuse = Number.POSITIVE_INFINITY
  const burn = () => {
    if (--fuse < 0) throw new Crash()
  }
  const partition = (topic: string, p: number): Stored[] => topics.get(topic)?.[p] as Stored[]
  const append = (topic: string, p: number, m: Omit<RawMessage, 'offset'>): bigint => {
    const log = partition(topic, p)
    log.push({ ...m, offset: BigInt(log.length) })
    return BigInt(log.length)
  }
  const hash = (key: string): number => [...key].reduce((h, c) => (h * 31 + c.charCodeAt(0)) >>> 0, 7)

  const writer: Pick<TopicWriter, 'send'> = {
    send: async (topic: string, messages: readonly TopicMessage[]) => {
      burn()
      const next = new Map<number, bigint>()
      for (const m of messages) {
        const key = m.key === null ? undefined : Buffer.from(m.key)
        const p = m.partition ?? hash(key?.toString('latin1') ?? '') % (topics.get(topic)?.length ?? 1)
        next.set(
          p,
          append(topic, p, {
            timestamp: m.timestamp ?? nowMs,
            key: key?.toString('utf8'),
            value: m.value === null ? undefined : Buffer.from(m.value),
            headers: Object.fromEntries(
              Object.entries(m.headers ?? {}).map(([name, v]) => [name, String(Array.isArray(v) ? v[0] : v)]),
            ),
            wire: { key: key ?? null, headers: m.headers },
          }),
        )
      }
      return next
    },
  }

  /** A source over some partitions, all of them this one process's; `deliver` hands it the next messages. @param begin  where a group without a commit does */
  const source = (group: string, names: readonly string[], begin = 0n) => {
    let handlers: Parameters<Source['run']>[0] | undefined
    const at = new Map<string, bigint>()
    const all = names.flatMap((topic) =>
      Array.from({ length: topics.get(topic)?.length ?? 0 }, (_, p) => ({ topic, partition: p })),
    )
    const port: Source = {
      run: async (h) => {
        handlers = h
        for (const { topic, partition: p } of all)
          at.set(`${topic}/${p}`, commits.get(`${group} ${topic}/${p}`)?.offset ?? begin)
        h.assigned(all)
      },
      committed: async (topic, p) => commits.get(`${group} ${topic}/${p}`),
      commit: async (topic, p, c) => {
        burn()
        commits.set(`${group} ${topic}/${p}`, c)
        return true
      },
      isMember: () => true,
      stop: async () => {},
    }
    const deliver = async (topic: string, p: number, most: number): Promise<number> => {
      const key = `${topic}/${p}`
      const from = Number(at.get(key) ?? 0n)
      const messages = partition(topic, p).slice(from, from + most)
      if (messages.length === 0 || !handlers) return 0
      await handlers.batch(
        { topic, partition: p, messages, next: (messages.at(-1) as Stored).offset + 1n },
        {
          alive: async () => {},
          isCurrent: () => true,
          passed: (offset) => at.set(key, offset + 1n),
          defer: () => {},
        },
      )
      return messages.length
    }
    return { port, deliver, all }
  }

  return {
    append,
    writer,
    source,
    topics: () => [...topics.keys()],
    /** What a group has committed, by `topic/partition`. */
    commits: (group: string) =>
      new Map(
        [...commits].flatMap(([key, c]) =>
          key.startsWith(`${group} `) ? [[key.slice(group.length + 1), c] as const] : [],
        ),
      ),
    partition: (topic: string, p: number): readonly Stored[] => partition(topic, p),
    messages: (topic: string) => (topics.get(topic) ?? []).flat(),
    ends: (topic: string) =>
      new Map((topics.get(topic) ?? []).map((log, p) => [p, { low: 0n, high: BigInt(log.length) }])),
    tick: (ms: number) => {
      nowMs += ms
    },
    now: () => nowMs,
    setNow: (ms: number) => {
      nowMs = ms
    },
    /** The process ends at its nth write, commit or store from now; never without an argument. */
    crashAfter: (operations = Number.POSITIVE_INFINITY) => {
      fuse = operations
    },
    burn,
  }
}
