import type { TrafficRecord } from '../../test/stream/traffic.js'

/** Traffic to measure with: records by time, and what the stream must know about their origins. */
export type Corpus = {
  readonly name: string
  /** What it is made of, in a line, for the tables. */
  readonly about: string
  readonly records: readonly TrafficRecord[]
  readonly inventoryText: string
  readonly originsText: string
  /** How far apart in event time the lines of one full message may lie, ms: the stream's lateness must be more. */
  readonly spreadMs: number
}

/** One message as a shipper would send it: lines of one log, stamped when its last line was written. */
export type CorpusMessage = {
  readonly host: string
  readonly log: string
  readonly value: Buffer
  readonly at: number
}

type Packing = { readonly host: string; readonly log: string; lines: string[]; first: number; at: number }

/** Lines of a log packed by `perMessage`, or fewer where a log is too quiet for that: a shipper does not wait for ever. In the order of sending. */
export function messagesOf(corpus: Corpus, perMessage: number): readonly CorpusMessage[] {
  const open = new Map<string, Packing>()
  const done: CorpusMessage[] = []
  const send = (m: Packing) => {
    done.push({ host: m.host, log: m.log, value: Buffer.from(m.lines.join('\n'), 'latin1'), at: m.at })
    m.lines = []
  }
  let swept = Number.NEGATIVE_INFINITY
  for (const r of corpus.records) {
    if (r.at - swept > corpus.spreadMs / 4) {
      swept = r.at
      for (const m of open.values()) if (m.lines.length > 0 && r.at - m.first > corpus.spreadMs / 2) send(m)
    }
    const key = `${r.host}/${r.log}`
    const m = open.get(key) ?? { host: r.host, log: r.log, lines: [], first: r.at, at: r.at }
    open.set(key, m)
    for (const line of r.lines) {
      if (m.lines.length === 0) m.first = r.at
      m.lines.push(line)
      m.at = r.at
      if (m.lines.length >= perMessage) send(m)
    }
  }
  for (const m of open.values()) if (m.lines.length > 0) send(m)
  return done
}

export const bytesOf = (corpus: Corpus): number =>
  corpus.records.reduce((sum, r) => sum + r.lines.reduce((n, l) => n + l.length + 1, 0), 0)
export const linesOf = (corpus: Corpus): number => corpus.records.reduce((sum, r) => sum + r.lines.length, 0)

/** A small generator of even numbers in [0, 1): equal seeds, equal corpora. */
export const randomOf = (seed: number): (() => number) => {
  let s = (seed * 2_654_435_761 + 1) >>> 0
  return () => {
    s = (s * 1_664_525 + 1_013_904_223) >>> 0
    return s / 2 ** 32
  }
}
