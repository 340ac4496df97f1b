import { type ChildProcess, spawn } from 'node:child_process'
import { setTimeout as wait } from 'node:timers/promises'
import { streamLag } from '../pipeline/run/rerun/throttle.js'
import { type Place, placeOn, sendTraffic, until } from '../test/integration/stage.js'
import { readPage } from '../test/run/prometheus.js'
import { startKafka } from '../test/services/kafka.js'
import { fleetCorpus } from './corpora/fleet.js'
import { provenance } from './measure/table.js'

/** Benches run at the root of the project. */
const ROOT = process.cwd()
// Hours of a made-up fleet's traffic in fast time through the program as users run it, on a real broker, with faults on the way: whether memory stays
// flat and the lag comes down after each. `npm run bench -- soak [HOURS] [SECONDS]`
const HOURS = Number(process.argv[2] ?? 1)
const SPAN_MS = HOURS * 3_600_000
const SECONDS = Number(process.argv[3] ?? 240)
const STEP_MS = 30_000
/** The made-up fleet; 2 % of its sales are in vain. */
const FLEET = { terminals: 300, durationMs: SPAN_MS, timeouts: 0.02, seed: 7 }
/** A fault must be made good within so much. */
const BACK_MS = 60_000
const LOOK_MS = 250
const NO_BROKER = 'no broker for 5 s'
/** Looks of which the least heap counts. */
const FLOOR_OF = 20

/** The program as users run it, both stages in one process. */
function startProcess(place: Place) {
  const argv = ['dist/pipeline/cli/main.js', 'stream', '--config', place.config]
  const child: ChildProcess = spawn(process.execPath, argv, { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] })
  let written = ''
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      written += chunk.toString('utf8')
    })
  const gone = new Promise<string>((resolve) => child.once('exit', (code, s) => resolve(s ?? String(code))))
  const address = () => /"addresses":\["([^"]+)"/.exec(written)?.[1] ?? 'http://127.0.0.1:1'
  return {
    signal: (s: NodeJS.Signals) => child.kill(s),
    gone,
    written: () => written,
    /** What it says of itself; undefined while it says nothing. */
    look: async (): Promise<Look | undefined> => {
      const page = await fetch(new URL('/metrics', address()), { signal: AbortSignal.timeout(2_000) }).then(
        (r) => r.text(),
        () => undefined,
      )
      if (page === undefined) return undefined
      const families = readPage(page)
      const of = (name: string) => families.get(name)?.samples ?? []
      return {
        heap: of('nodejs_heap_size_used_bytes')[0]?.value ?? Number.NaN,
        resident: of('process_resident_memory_bytes')[0]?.value ?? Number.NaN,
      }
    },
  }
}
type Look = { readonly heap: number; readonly resident: number }

const MB = 2 ** 20
const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
/** Least of every `n`: what is left when garbage has just been collected. */
const floors = (values: readonly number[], n: number): number[] =>
  values.flatMap((_, i) => (i % n === 0 && i + n <= values.length ? [Math.min(...values.slice(i, i + n))] : []))
/** By least squares, of equally spaced values. */
const slope = (values: readonly number[]): number => {
  const mean = (values.length - 1) / 2
  const spread = values.reduce((sum, _, i) => sum + (i - mean) ** 2, 0)
  return values.reduce((sum, v, i) => sum + (i - mean) * v, 0) / spread
}

const kafka = await startKafka()
try {
  const corpus = fleetCorpus(FLEET)
  const place = await placeOn([kafka.address], corpus, { more: 'http: { port: 0 }\nlateness: 60s' })
  const admin = place.client.admin()
  await admin.connect()
  let running = startProcess(place)
  const steady: Look[] = []
  const told: string[] = []
  let isOver = false
  let isSteady = true
  const lagNow = () => streamLag(admin, place.prefix, [place.raw], `${place.prefix}.events`).catch(() => undefined)
  const watching = (async () => {
    for (; !isOver; await wait(LOOK_MS)) {
      const seen = await running.look()
      if (seen && isSteady) steady.push(seen)
    }
  })()
  const comesDownTo = (most: number, after: string) =>
    until(async () => {
      const lag = await lagNow()
      return lag !== undefined && lag <= most
        ? undefined
        : `lag ${lag} after: ${after}\n${running.written().slice(-2_000)}`
    }, BACK_MS)
  /** Traffic goes on meanwhile, and commits trail it: caught up is as near to the end as before the fault. */
  const strike = async (name: string, deed: () => Promise<void>) => {
    const usual: number[] = []
    for (; usual.length < 20; await wait(LOOK_MS)) usual.push((await lagNow()) ?? 0)
    await deed()
    const peak = await lagNow()
    const ended = Date.now()
    await comesDownTo(Math.max(...usual), name)
    told.push(
      `${name}: lag ${peak ?? 'of a group without members'}, after ${((Date.now() - ended) / 1_000).toFixed(1)} s again at most ${Math.max(...usual)} as before`,
    )
  }
  const freeze = async () => {
    running.signal('SIGSTOP')
    // Longer than the session timeout: the group has gone on without it.
    await wait(8_000)
    running.signal('SIGCONT')
  }
  const FAULTS: readonly (readonly [number, string, () => Promise<void>])[] = [
    [0.25, 'frozen for 8 s', freeze],
    [
      0.4,
      NO_BROKER,
      async () => {
        await kafka.kill()
        await wait(5_000)
        await kafka.start()
      },
    ],
    [0.55, 'frozen for 8 s once more', freeze],
    [
      0.85,
      'kill -9',
      async () => {
        isSteady = false
        running.signal('SIGKILL')
        await running.gone
        running = startProcess(place)
      },
    ],
  ]
  const first = corpus.records[0]?.at ?? 0
  const began = Date.now()
  const struck: Promise<void>[] = []
  let next = 0
  await sendTraffic(place, corpus.records, {
    perMessage: 20,
    stepMs: STEP_MS,
    between: async (at) => {
      const share = (at - first) / SPAN_MS
      const fault = FAULTS[next]
      if (fault && share >= fault[0]) {
        next++
        struck.push((struck.at(-1) ?? Promise.resolve()).then(() => strike(fault[1], fault[2])))
        // Who sends waits for a broker that is away.
        if (fault[1] === NO_BROKER) await struck.at(-1)
      }
      const due = began + share * SECONDS * 1_000
      if (due > Date.now()) await wait(due - Date.now())
    },
  })
  await Promise.all(struck)
  await comesDownTo(0, 'the end of the traffic')
  isOver = true
  await watching
  running.signal('SIGTERM')
  const ended = await running.gone
  if (ended !== '0') told.push(`ended by ${ended}: ${running.written().slice(-2_000)}`)

  // The first third fills what it keeps: windows, neighbours, standing facts.
  const heap = floors(
    steady.map((s) => s.heap / MB),
    20,
  )
  const settled = heap.slice(Math.floor(heap.length / 3))
  const half = settled.length >> 1
  const [before, after] = [median(settled.slice(0, half)), median(settled.slice(half))]
  const hours = ((settled.length * FLOOR_OF * LOOK_MS) / 1_000 / SECONDS) * HOURS
  told.push(
    `heap after collections ${before.toFixed(0)} MB, later ${after.toFixed(0)} MB, slope ${((slope(settled) * settled.length) / hours).toFixed(1)} MB an hour of events; ` +
      `resident ${(median(steady.map((s) => s.resident)) / MB).toFixed(0)} MB; ${corpus.records.length} records in ${Math.round((Date.now() - began) / 1_000)} s`,
  )
  console.log(`${provenance()}\n${told.join('\n')}`)
  await admin.disconnect()
  await place.close()
} finally {
  await kafka.stop()
}
process.exit(0)
