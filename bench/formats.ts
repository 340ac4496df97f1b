import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { columnsLineIn } from '../pipeline/parse/columns.js'
import { NO_ENRICHMENT } from '../pipeline/parse/enrich.js'
import { BLOCKS, FORMATS } from '../pipeline/parse/formats/index.js'
import { createFramer } from '../pipeline/parse/frame.js'
import { parseRecord } from '../pipeline/parse/record.js'
import { percentile, take } from './measure/measure.js'
import { provenance, table } from './measure/table.js'

// Lines a second by format, each on its own fixtures: framed, read, masked, without ids, as one processor does it. Beside it, on the same bytes and in turn with it, a
// plain loop that cuts them into lines and splits those at blanks, or parses them where they are JSON: what a line costs a program that wants nothing of it.
// `npm run bench -- formats [FORMAT] [SECONDS]`
const [only = 'all', seconds = '0.4'] = process.argv.slice(2)
const ROOT = 'fixtures/formats'
const ROUNDS = 5
const RECEIVED = Date.parse('2026-12-01T00:00:00Z')

type Sample = { readonly bytes: Buffer; readonly count: number; readonly columns: readonly string[] }

function sampleOf(id: string): Sample {
  const folder = join(ROOT, id)
  const bytes = Buffer.concat(
    readdirSync(folder)
      .filter((f) => f.endsWith('.log'))
      .map((f) => readFileSync(join(folder, f))),
  )
  const lines = linesOf(bytes)
  return { bytes, count: lines.length, columns: lines.flatMap((line) => columnsLineIn(line.trimEnd()) ?? []) }
}
const linesOf = (bytes: Buffer): string[] => bytes.toString('latin1').trimEnd().split('\n')

function read({ bytes, columns }: Sample): number {
  const framer = createFramer(BLOCKS)
  let events = 0
  const look = (text: string) => {
    const outcome = parseRecord(text, {
      ...{ formats: FORMATS, host: 'box', logName: 'sample.log', entryFor: () => ({ columns: [...columns] }) },
      ...{ enrichment: NO_ENRICHMENT, shownValues: NOTHING, receivedAtMs: RECEIVED, anonymous: true },
    })
    if (outcome.kind === 'events') events += outcome.events.length
  }
  for (const [i, line] of linesOf(bytes).entries()) for (const record of framer.push(line, i + 1)) look(record.text)
  for (const record of framer.flush()) look(record.text)
  return events
}
const NOTHING: ReadonlySet<string> = new Set()

/** The least that a program does with a line. */
function plainly({ bytes }: Sample): number {
  let parts = 0
  for (const line of linesOf(bytes)) {
    if (!line.startsWith('{')) {
      parts += line.split(' ').length
      continue
    }
    try {
      parts += Object.keys(JSON.parse(line) as object).length
    } catch {
      // The line of an object that is written over several.
      parts += line.split(' ').length
    }
  }
  return parts
}

/** Lines a second of processor time, over at least so long. */
async function rateOf(sample: Sample, work: (sample: Sample) => number, once: number): Promise<number> {
  const { cpuS } = await take(() => {
    for (let i = 0; i < once; i++) work(sample)
  })
  return (sample.count * once) / cpuS
}

/** How often to run so that a round takes its time. */
async function timesFor(sample: Sample, work: (sample: Sample) => number): Promise<number> {
  for (let n = 1; ; n *= 2) {
    const { cpuS } = await take(() => {
      for (let i = 0; i < n; i++) work(sample)
    })
    if (cpuS > 0.05) return Math.max(1, Math.ceil((n * Number(seconds)) / ROUNDS / cpuS))
  }
}

const round = (n: number): number => Number(n.toPrecision(2))
const median = (values: readonly number[]): number => percentile(values, 50)
const samples = FORMATS.map(({ id }) => ({ id, sample: sampleOf(id) })).filter(
  ({ id }) => only === 'all' || id === only,
)
// Every reader is looked at for every line: until all are compiled, the first would pay for the others.
for (let i = 0; i < 100; i++) for (const { sample } of samples) read(sample)

const rows: [string, number, number, number, number, number][] = []
for (const { id, sample } of samples) {
  const [ours, plain] = [await timesFor(sample, read), await timesFor(sample, plainly)]
  const pairs: { ours: number; plain: number }[] = []
  for (let i = 0; i < ROUNDS; i++)
    pairs.push({ ours: await rateOf(sample, read, ours), plain: await rateOf(sample, plainly, plain) })
  rows.push([
    id,
    sample.count,
    Math.round(sample.bytes.length / sample.count),
    round(median(pairs.map((p) => p.ours))),
    round(median(pairs.map((p) => p.plain))),
    round(median(pairs.map((p) => p.plain / p.ours))),
  ])
}
rows.sort((a, b) => a[3] - b[3])
console.log(`${provenance()}; ${FORMATS.length} formats\n`)
console.log(
  table(['format', 'lines of fixtures', 'bytes a line', 'lines/s', 'plain loop, lines/s', 'plain loop to ours'], rows),
)
