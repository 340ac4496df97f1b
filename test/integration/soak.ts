import { join } from 'node:path'
import { setTimeout as wait } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { fleetCorpus } from '../../bench/corpora/fleet.js'
import { streamLag } from '../../pipeline/run/rerun/throttle.js'
import { readPage } from '../run/prometheus.js'
import type { Kafka } from '../services/kafka.js'
import { type Program, startProgram } from './program.js'
import { placeOn, sendTraffic, until } from './stage.js'

/** A made-up fleet; 2 % of its sales are in vain. */
const FLEET = { terminals: 300, timeouts: 0.02, seed: 7 }
const STEP_MS = 30_000
/** A fault must be made good within so much. */
const BACK_MS = 60_000
/** A record may go on until its log has been quiet for the lateness, by the wall clock: only then it is written and committed. */
const LATENESS_MS = 30_000
/** Records behind that count as none: a step of the traffic. */
const LEAST_USUAL = 1_000
const LOOK_MS = 250
/** What lives is known after a collection that is asked for: what V8 begins by itself leaves compiled patterns, some 60 MB, or not, as it likes. */
const COLLECT_EVERY_LOOKS = 8
/** Fewer in a half tell nothing. */
const LEAST_COLLECTIONS = 10
/** MB; far above what lives, and low enough that it is collected often. */
const OLD_SPACE_MB = 256
const MB = 2 ** 20
/** Loaded into the program before it starts. */
const COLLECTOR = pathToFileURL(join(process.cwd(), 'test/integration/collect.mjs')).href

export type Soak = {
  readonly records: number
  readonly seconds: number
  readonly faults: readonly {
    readonly name: string
    /** Records not read when it ended; undefined of a group without members. */
    readonly lag: number | undefined
    /** Records behind without a fault: traffic goes on, and commits trail it. */
    readonly usual: number
    readonly backAfterSeconds: number
  }[]
  /** MB that live after full collections: the median of the first and of the second half of what follows the first third, which fills windows, neighbours, standing facts. */
  readonly heap: readonly [number, number]
  /** MB an hour of events. */
  readonly slope: number
  /** That the figures above stand on. */
  readonly collections: number
  readonly resident: number
  /** How the program ended when asked to. */
  readonly exit: string
}

/**
 * Hours of a made-up fleet's traffic in fast time through the program as users run it, on a real broker, with faults on the way.
 * @param seconds  of wall time that the traffic takes
 * @throws when the lag does not come down after a fault
 */
export async function soak(kafka: Kafka, { hours, seconds }: { hours: number; seconds: number }): Promise<Soak> {
  const spanMs = hours * 3_600_000
  const corpus = fleetCorpus({ ...FLEET, durationMs: spanMs })
  const place = await placeOn([kafka.address], corpus, { more: `http: { port: 0 }\nlateness: ${LATENESS_MS / 1_000}s` })
  const admin = place.client.admin()
  await admin.connect()
  const start = () =>
    startProgram(place.config, undefined, [
      `--max-old-space-size=${OLD_SPACE_MB}`,
      '--expose-gc',
      '--import',
      COLLECTOR,
    ])
  const firstProcess = start()
  let running = firstProcess
  const looks: Look[] = []
  const faults: Soak['faults'][number][] = []
  let isOver = false
  let isFirstProcess = true
  const lagNow = () => streamLag(admin, place.prefix, [place.raw], `${place.prefix}.events`).catch(() => undefined)
  const watching = (async () => {
    for (let i = 0; !isOver; await wait(LOOK_MS)) {
      const seen = await look(running)
      if (!seen || !isFirstProcess) continue
      looks.push(seen)
      if (++i % COLLECT_EVERY_LOOKS === 0) running.signal('SIGUSR2')
    }
  })()
  const comesDownTo = (most: number, after: string, ms: number) =>
    until(async () => {
      const lag = await lagNow()
      return lag !== undefined && lag <= most
        ? undefined
        : `lag ${lag} after: ${after}\n${running.written().slice(-2_000)}`
    }, ms)
  const strike = async ({ name, deed }: Fault) => {
    const before: number[] = []
    for (; before.length < 20; await wait(LOOK_MS)) before.push((await lagNow()) ?? 0)
    const usual = Math.max(LEAST_USUAL, median(before))
    await deed()
    const lag = await lagNow()
    const ended = Date.now()
    await comesDownTo(usual, name, BACK_MS)
    faults.push({ name, lag, usual, backAfterSeconds: (Date.now() - ended) / 1_000 })
  }
  const freeze = async () => {
    running.signal('SIGSTOP')
    // Longer than the session timeout: the group has gone on without it.
    await wait(8_000)
    running.signal('SIGCONT')
  }
  const due: Fault[] = [
    { at: 0.25, name: 'frozen for 8 s', deed: freeze },
    {
      at: 0.4,
      name: 'no broker for 5 s',
      holdsTraffic: true,
      deed: async () => {
        await kafka.kill()
        await wait(5_000)
        await kafka.start()
      },
    },
    { at: 0.55, name: 'frozen for 8 s once more', deed: freeze },
    {
      at: 0.85,
      name: 'kill -9',
      deed: async () => {
        isFirstProcess = false
        running.signal('SIGKILL')
        await running.gone
        running = start()
      },
    },
  ]
  const first = corpus.records[0]?.at ?? 0
  const began = Date.now()
  let struck = Promise.resolve()
  try {
    await sendTraffic(place, corpus.records, {
      perMessage: 20,
      stepMs: STEP_MS,
      between: async (at) => {
        const share = (at - first) / spanMs
        const fault = due[0]
        if (fault && share >= fault.at) {
          due.shift()
          struck = struck.then(() => strike(fault))
          // Awaited below; until then its failure is nobody's.
          struck.catch(() => {})
          if (fault.holdsTraffic) await struck
        }
        const early = began + share * seconds * 1_000 - Date.now()
        if (early > 0) await wait(early)
      },
    })
    await struck
    await comesDownTo(0, 'the end of the traffic', BACK_MS + 2 * LATENESS_MS)
    isOver = true
    await watching
    running.signal('SIGTERM')
    const exit = await running.gone
    const collected = livingIn(firstProcess.written())
    const settled = collected.slice(Math.floor(collected.length / 3))
    const [early, late] = [settled.slice(0, settled.length >> 1), settled.slice(settled.length >> 1)]
    if (early.length < LEAST_COLLECTIONS)
      throw new Error(`${early.length} and ${late.length} full collections tell nothing of the heap`)
    const hoursAMs = hours / (seconds * 1_000)
    return {
      records: corpus.records.length,
      seconds: (Date.now() - began) / 1_000,
      faults,
      heap: [median(early.map((c) => c.heap / MB)), median(late.map((c) => c.heap / MB))],
      slope: slopeOf(settled.map((c) => [c.at * hoursAMs, c.heap / MB])),
      collections: settled.length,
      resident: median(looks.map((l) => l.resident / MB)),
      exit,
    }
  } finally {
    isOver = true
    running.signal('SIGKILL')
    await admin.disconnect().catch(() => {})
    await place.close().catch(() => {})
  }
}

/** What a run showed, a line each. */
export const soakLines = (s: Soak): string[] => [
  ...s.faults.map(
    (f) =>
      `${f.name}: lag ${f.lag ?? 'of a group without members'}, after ${f.backAfterSeconds.toFixed(1)} s again at most ${f.usual}`,
  ),
  `heap after ${s.collections} full collections: ${s.heap[0].toFixed(0)} MB, later ${s.heap[1].toFixed(0)} MB, slope ${s.slope.toFixed(1)} MB an hour of events; ` +
    `resident ${s.resident.toFixed(0)} MB; ${s.records} records in ${s.seconds.toFixed(0)} s; ended with ${s.exit}`,
]

type Fault = {
  /** Share of the span. */
  readonly at: number
  readonly name: string
  readonly deed: () => Promise<void>
  /** Who sends waits for a broker that is away. */
  readonly holdsTraffic?: boolean
}
type Look = { readonly resident: number }
/** What a full collection left, in bytes, and when it was asked for, in ms. */
type Collected = { readonly at: number; readonly heap: number }

/** What it says of itself; undefined while it says nothing. */
async function look(program: Program): Promise<Look | undefined> {
  const page = await fetch(new URL('/metrics', program.url()), { signal: AbortSignal.timeout(2_000) }).then(
    (r) => r.text(),
    () => undefined,
  )
  if (page === undefined) return undefined
  return {
    resident: readPage(page).get('process_resident_memory_bytes')?.samples[0]?.value ?? Number.NaN,
  }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
/** What collect.mjs wrote between the program's own lines. */
const livingIn = (written: string): Collected[] =>
  [...written.matchAll(/^\{"event":"test\.collected","at":(\d+),"heap":(\d+)\}$/gm)].map(([, at, heap]) => ({
    at: Number(at),
    heap: Number(heap),
  }))
/** By least squares. */
const slopeOf = (points: readonly (readonly [number, number])[]): number => {
  const mean = points.reduce((sum, [x]) => sum + x, 0) / points.length
  const spread = points.reduce((sum, [x]) => sum + (x - mean) ** 2, 0)
  return points.reduce((sum, [x, y]) => sum + (x - mean) * y, 0) / spread
}
