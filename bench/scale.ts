import { createDiagnoser } from '../pipeline/stream/diagnoser.js'
import { decodeEvent, type StreamEvent } from '../pipeline/stream/messages.js'
import { eventsOf } from './corpora/events.js'
import { fleetCorpus } from './corpora/fleet.js'
import { provenance, table } from './measure/table.js'

// What one diagnose process bears: a normal time, then every terminal failing at once. `npm run bench -- scale [TERMINALS,TERMINALS…]`
const sizes = (process.argv[2] ?? '250,500,1000,2000').split(',').map(Number)
const MINUTE_MS = 60_000
const CALM_MS = 12 * MINUTE_MS
const OUT_MS = 4 * MINUTE_MS

type Phase = { events: number; decisions: number; cpuS: number }

async function measure(terminals: number) {
  const corpus = fleetCorpus({
    terminals,
    timeouts: 0.002,
    seed: 1,
    durationMs: CALM_MS + OUT_MS + 4 * MINUTE_MS,
    outage: [CALM_MS, CALM_MS + OUT_MS],
    salesOnly: true,
  })
  const { pack, latenessMs, events } = await eventsOf(corpus)
  const begin = events[0]?.at ?? 0
  const phases: Phase[] = ['calm', 'outage: provisional', 'finals'].map(() => ({ events: 0, decisions: 0, cpuS: 0 }))
  const diagnoser = createDiagnoser(pack, { offset: 0n, resume: undefined })
  const timed = (phase: Phase, work: () => number) => {
    const cpu = process.cpuUsage()
    phase.decisions += work()
    const { user, system } = process.cpuUsage(cpu)
    phase.cpuS += (user + system) / 1e6
  }
  let offset = 0n
  globalThis.gc?.()
  const before = process.memoryUsage().heapUsed
  let [heap, open, held] = [0, 0, 0]
  for (let at = 0, second = begin; at < events.length; second += 1_000) {
    const isOut = second >= begin + CALM_MS
    const batch: StreamEvent[] = []
    for (; at < events.length && (events[at]?.at ?? 0) < second + 1_000; at++)
      batch.push(decodeEvent(events[at]?.text ?? '') as StreamEvent)
    const phase = phases[isOut ? 1 : 0] as Phase
    phase.events += batch.length
    timed(phase, () => batch.reduce((n, e) => n + diagnoser.read(offset++, e, false).length, 0))
    timed((isOut ? phases[2] : phase) as Phase, () => diagnoser.advance(second - latenessMs).length)
    if (second === begin + Math.floor((CALM_MS + OUT_MS) / 1_000) * 1_000) {
      globalThis.gc?.()
      heap = process.memoryUsage().heapUsed - before
      open = diagnoser.openEpisodes()
      held = Number(offset)
    }
  }
  timed(phases[2] as Phase, () => diagnoser.advance(Number.MAX_SAFE_INTEGER).length)
  const [calm, out, finals] = phases as [Phase, Phase, Phase]
  const rate = (n: number, s: number) => Math.round(n / Math.max(s, 1e-3))
  return [
    terminals,
    calm.events,
    rate(calm.events, calm.cpuS),
    out.events,
    out.decisions,
    ((out.cpuS * 1e3) / out.decisions).toFixed(2),
    finals.decisions,
    ((finals.cpuS * 1e3) / finals.decisions).toFixed(2),
    rate(out.events, out.cpuS + finals.cpuS),
    (out.events / ((OUT_MS + 4 * MINUTE_MS) / 1_000)).toFixed(1),
    open,
    (heap / held).toFixed(0),
  ]
}

const rows: (string | number)[][] = []
for (const n of sizes) {
  rows.push(await measure(n))
  console.error(rows.at(-1)?.join(' | '))
}
console.log(`${provenance()}\n`)
console.log(
  table(
    [
      'terminals',
      'calm events',
      'calm events per CPU s',
      'outage events',
      'provisional verdicts',
      'ms CPU each',
      'final verdicts',
      'ms CPU each',
      'outage events per CPU s',
      'events/s made',
      'open episodes',
      'heap bytes an event',
    ],
    rows,
  ),
)
