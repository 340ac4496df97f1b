import { setTimeout as wait } from 'node:timers/promises'
import { fleetCorpus } from '../../bench/corpora/fleet.js'
import { loadConfig } from '../../pipeline/run/config.js'
import { type Stream, startStream } from '../../pipeline/run/stream.js'
import type { Sink } from '../../pipeline/sinks/sink.js'
import { applyTo, type StoredDocument } from '../../pipeline/stream/documents.js'
import type { Kafka } from '../services/kafka.js'
import { placeOn, sendTraffic } from './stage.js'

export type SoakOptions = {
  readonly kafka: Kafka
  readonly terminals: number
  /** Of event time. */
  readonly minutes: number
  /** Event minutes between two faults, each of another kind in turn. */
  readonly faultEvery: number
  readonly said?: (text: string) => void
}
type Sample = {
  /** Event minutes from the begin. */
  readonly minute: number
  /** After a collection, MB. */
  readonly heapMb: number
  readonly lag: number
}
export type Soaked = {
  readonly lines: number
  readonly events: number
  /** Final verdicts that stand. */
  readonly verdicts: number
  readonly late: number
  readonly faults: readonly { readonly kind: FaultKind; readonly minute: number; readonly backMs: number }[]
  readonly samples: readonly Sample[]
  /** Of the heap over the second half, MB an hour of event time. */
  readonly slopeMb: number
  readonly wallS: number
}

const FAULTS = ['store away', 'broker killed', 'process ended', 'poison'] as const
export type FaultKind = (typeof FAULTS)[number]
const LATENESS_S = 20
const AWAY_MS = 3_000

/**
 * Hours of a fleet's traffic through both stages as fast as they take it, with faults in between: a store that is away, a broker that is killed, a
 * process that ends and another that goes on, bytes that are no log. After each the lag must come back to nothing.
 * @throws Error if it does not within two minutes, or if the stream ends by itself
 */
export async function soak(options: SoakOptions): Promise<Soaked> {
  const { kafka, terminals, minutes, faultEvery, said = () => {} } = options
  const corpus = fleetCorpus({ terminals, durationMs: minutes * 60_000, timeouts: 0.02, seed: 7 })
  const place = await placeOn(kafka.address.split(','), corpus, {
    more: `lateness: ${LATENESS_S}s\nrunaway: 7d`,
  })
  const stands = new Map<string, StoredDocument>()
  let awayUntil = 0
  const sink: Sink = {
    store: async (documents) => {
      while (Date.now() < awayUntil) await wait(50)
      // As small as it can be: what is measured is the stream.
      for (const { source, ...d } of documents)
        if (d.index.startsWith('whytimeout-verdicts'))
          applyTo(stands, source === undefined ? d : { ...d, source: { state: stateOf(source) } })
    },
    close: async () => {},
  }
  const begin = async (): Promise<Stream> => {
    const stream = await startStream({
      ...{ config: await loadConfig(place.config, {}), now: Date.now, log: () => {}, sinks: [sink] },
    })
    stream.ended.catch((error: unknown) => {
      failure = error
    })
    return stream
  }
  let failure: unknown
  let stream = await begin()
  const before = { events: 0, late: 0 }
  const counted = () => ({
    events: before.events + (stream.status().parse?.events ?? 0),
    late: before.late + (stream.status().diagnose?.dead_lettered ?? 0),
  })
  const lagOf = (): number => [...stream.status().lag.values()].reduce((sum, n) => sum + n, 0)
  /** Until all is read that was sent. @returns ms */
  const caughtUp = async (): Promise<number> => {
    const began = Date.now()
    // Ends are looked up twice a second: a lag of nothing counts when it lasts.
    for (let calm = 0; calm < 3; await wait(300)) {
      if (failure) throw failure
      const { lag } = stream.status()
      calm = lag.size > 0 && lagOf() === 0 ? calm + 1 : 0
      if (Date.now() - began > 120_000) throw new Error(`the lag does not come back: ${lagOf()}`)
    }
    return Date.now() - began
  }
  const strike: Readonly<Record<FaultKind, () => Promise<void>>> = {
    'store away': async () => {
      awayUntil = Date.now() + AWAY_MS
    },
    'broker killed': async () => {
      await kafka.kill()
      await wait(AWAY_MS)
      await kafka.start()
    },
    'process ended': async () => {
      Object.assign(before, counted())
      await stream.stop()
      stream = await begin()
    },
    poison: async () => {
      const noise = Buffer.from(Array.from({ length: 5_000 }, (_, i) => (i * 7_919) % 251))
      await place.producer.send({ topic: place.raw, acks: -1, messages: [{ key: 'noise', value: noise }] })
    },
  }

  const samples: Sample[] = []
  const faults: { kind: FaultKind; minute: number; backMs: number }[] = []
  const first = corpus.records[0]?.at ?? 0
  const began = performance.now()
  let struck = 0
  let lines = 0
  for (let minute = 0, from = 0; minute < minutes; minute++) {
    const until = first + (minute + 1) * 60_000
    let to = from
    for (; to < corpus.records.length && (corpus.records[to]?.at ?? 0) < until; to++)
      lines += corpus.records[to]?.lines.length ?? 0
    const sending = sendTraffic(place, corpus.records.slice(from, to), { perMessage: 200, stepMs: 15_000 })
    const isFault = minute > 0 && minute % faultEvery === 0
    if (isFault) {
      const kind = FAULTS[struck++ % FAULTS.length] as FaultKind
      await strike[kind]()
      await sending
      const backMs = await caughtUp()
      faults.push({ kind, minute, backMs })
      said(`minute ${minute}: ${kind}; all read again after ${(backMs / 1_000).toFixed(1)} s`)
    } else {
      await sending
      await caughtUp()
    }
    from = to
    globalThis.gc?.()
    samples.push({ minute, heapMb: process.memoryUsage().heapUsed / 1e6, lag: lagOf() })
  }
  const found = counted()
  await stream.stop()
  await place.close()
  const wallS = (performance.now() - began) / 1_000
  const verdicts = [...stands.values()].filter((d) => d.source?.state === 'final').length
  return { lines, ...found, verdicts, faults, samples, slopeMb: slopeOf(samples.slice(samples.length >> 1)), wallS }
}

const stateOf = (source: Readonly<Record<string, unknown>>): string =>
  (source.whytimeout as { verdict: { state: string } }).verdict.state

/** Least squares, an hour. */
function slopeOf(samples: readonly Sample[]): number {
  const mean = (of: (s: Sample) => number) => samples.reduce((sum, s) => sum + of(s), 0) / samples.length
  const [mx, my] = [mean((s) => s.minute), mean((s) => s.heapMb)]
  const xy = samples.reduce((sum, s) => sum + (s.minute - mx) * (s.heapMb - my), 0)
  const xx = samples.reduce((sum, s) => sum + (s.minute - mx) ** 2, 0)
  return (xy / xx) * 60
}
