import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { type Traffic, type TrafficRecord, trafficOf } from '../../test/stream/traffic.js'
import type { Corpus } from './corpus.js'

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS
const STORY = 'fixtures/incidents/friday-afternoon'
const LAB = '../shared/lab-open'
/** Healthy runs and faulty ones, one of each kind of fault. */
const SCENARIOS = [
  'o01-control-healthy',
  'o03-server-acquirer-hang',
  'o02-latency-wan-loss-site-b',
  'o07-firewall-site-egress',
  'o22-control-refused',
  'o16-dns-server-down',
  'o24-control-slow-success',
]

/** The fixtures' story, again and again on following days, up to `bytes`. */
export async function storyCorpus(bytes: number): Promise<Corpus> {
  const traffic = await trafficOf(STORY)
  const { records } = repeated([traffic.records], bytes)
  return {
    name: 'story',
    about: 'fixtures/incidents/friday-afternoon, repeated on following days',
    records,
    inventoryText: traffic.inventoryText,
    originsText: withoutUntil(traffic.originsText),
    spreadMs: 6 * HOUR_MS,
  }
}

/** Recorded incidents that are kept beside the project, healthy and faulty ones in turn; undefined where they are not there. */
export async function labCorpus(bytes: number): Promise<Corpus | undefined> {
  if (!existsSync(LAB)) return undefined
  const all: Traffic[] = []
  for (const name of SCENARIOS) all.push(await trafficOf(join(LAB, name)))
  const { records, spans } = repeated(
    all.map((t) => t.records),
    bytes,
  )
  // Addresses are used again by other terminals: a row of the inventory holds for its own day.
  const [head] = (all[0] as Traffic).inventoryText.split('\n')
  const rows = spans.flatMap(({ run, from, to }) =>
    (all[run] as Traffic).inventoryText
      .split('\n')
      .slice(1)
      .filter((row) => row !== '')
      .map((row) => `${row.trim()},${new Date(from).toISOString()},${new Date(to).toISOString()}`),
  )
  return {
    name: 'lab',
    about: `${SCENARIOS.length} recorded incidents, healthy and faulty, repeated on following days`,
    records,
    inventoryText: `${(head as string).trim()},valid_from,valid_to\n${rows.join('\n')}\n`,
    originsText: withoutUntil((all[0] as Traffic).originsText),
    spreadMs: HOUR_MS,
  }
}

/** The year and date of what comes again and again are of its own day, not of the recording's. */
const withoutUntil = (originsText: string): string => originsText.replace(/^ *until:.*\n/gm, '')

type Repeated = {
  readonly records: TrafficRecord[]
  /** Which run fills which time, epoch ms. */
  readonly spans: readonly { readonly run: number; readonly from: number; readonly to: number }[]
}

/** Runs in turn, one a day, with the dates in their lines set forward. */
function repeated(runs: readonly (readonly TrafficRecord[])[], bytes: number): Repeated {
  const records: TrafficRecord[] = []
  const spans: { run: number; from: number; to: number }[] = []
  const dayOf = (run: readonly TrafficRecord[]) => Math.floor((run[0]?.at ?? 0) / DAY_MS)
  const begin = dayOf(runs[0] as readonly TrafficRecord[])
  for (let size = 0, day = 0; size < bytes; day++) {
    const run = runs[day % runs.length] as readonly TrafficRecord[]
    const days = begin + day - dayOf(run)
    for (const r of run) {
      const lines = r.lines.map((l) => onDay(l, r.at, days))
      size += lines.reduce((n, l) => n + l.length + 1, 0)
      records.push({ ...r, lines, at: r.at + days * DAY_MS })
    }
    const [first, last] = [run[0]?.at ?? 0, run.at(-1)?.at ?? 0]
    spans.push({
      run: day % runs.length,
      from: first + days * DAY_MS - HOUR_MS,
      to: last + days * DAY_MS + HOUR_MS,
    })
  }
  return { records, spans }
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
const two = (n: number): string => String(n).padStart(2, '0')

/** A line as it would have been written so many days later: dates in the ways logs write them, and epoch seconds. */
export function onDay(line: string, at: number, days: number): string {
  if (days === 0) return line
  let out = line.replace(/\b(1[67]\d{8})(?=\.\d|\b)/g, (s) => String(Number(s) + days * 86_400))
  // The day by the log's own zone is the day by UTC or a neighbour of it.
  for (const near of [-DAY_MS, 0, DAY_MS]) {
    const [from, to] = [new Date(at + near), new Date(at + near + days * DAY_MS)]
    out = replaceDate(out, from, to)
    if (out !== line) return out
  }
  return out
}

function replaceDate(line: string, from: Date, to: Date): string {
  const ways = (d: Date): readonly string[] => {
    const [y, m, day, mon] = [d.getUTCFullYear(), d.getUTCMonth() + 1, d.getUTCDate(), MONTHS[d.getUTCMonth()]]
    return [
      `${y}-${two(m)}-${two(day)}`,
      `${y}/${two(m)}/${two(day)}`,
      `${y}${two(m)}${two(day)}`,
      `${two(day)}/${mon}/${y}`,
      `${two(day)} ${mon} ${y}`,
      `${mon} ${String(day).padStart(2)} `,
      `${mon} ${two(day)} `,
      `${mon} ${day}, ${y}`,
    ]
  }
  const [olds, news] = [ways(from), ways(to)]
  return olds.reduce((text, old, i) => text.replaceAll(old, news[i] as string), line)
}
