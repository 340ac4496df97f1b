import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NO_ENRICHMENT } from '../../pipeline/parse/enrich.js'
import { FORMATS } from '../../pipeline/parse/formats/index.js'
import { parseRecord } from '../../pipeline/parse/record.js'
import { eachRecord } from '../../pipeline/run/inputs.js'
import { replay } from '../../pipeline/run/replay.js'
import { listFiles } from '../../pipeline/sources/files.js'
import type { Summary } from '../../schemas/summary.js'
import { sharedDir } from '../shared.js'
import { addTally, isAside, measure, noTally, type Tally } from './generic.js'

/** Real logs that nobody of this project wrote: nothing crashes, every record is accounted for. It prints who read what. */
const corpora = sharedDir('corpora')

const NOW = Date.parse('2026-12-01T00:00:00Z')

type Log = { readonly path: string; readonly kind: string }
async function logsOf(root: string): Promise<Log[]> {
  const rows = (await readFile(join(root, 'MANIFEST.tsv'), 'utf8')).trim().split('\n').slice(1)
  return rows
    .map((row) => row.split('\t'))
    .filter(([, kind = '']) => !kind.startsWith('golden'))
    .map(([path = '', kind = '']) => ({ path, kind: `${path.split('/')[0]}: ${kind.split(';')[0]}` }))
}

async function summaryOf(paths: readonly string[]): Promise<Summary> {
  const out = await mkdtemp(join(tmpdir(), 'whytimeout-corpora-'))
  try {
    const options = { paths, out: join(out, 'out'), now: NOW }
    return (await replay(options)).summary
  } finally {
    await rm(out, { recursive: true, force: true })
  }
}

/** Records of some logs, those of each format, and those that nobody can use. */
async function countsOf(paths: readonly string[]) {
  const counts = { read: 0, dead: 0, formats: new Map<string, number>() }
  const { files } = await listFiles(paths)
  await eachRecord(
    files,
    async (file, text) => {
      const outcome = parseRecord(text, {
        ...{ formats: FORMATS, host: file.host, logName: file.name, entryFor: () => ({}), receivedAtMs: NOW },
        ...{ enrichment: NO_ENRICHMENT, shownValues: new Set(), anonymous: true, isGlance: true },
      })
      counts.read++
      if (outcome.kind === 'dead') counts.dead++
      else counts.formats.set(outcome.format, (counts.formats.get(outcome.format) ?? 0) + 1)
    },
    () => {},
  )
  return counts
}

describe.runIf(corpora !== undefined)('the corpora', async () => {
  const root = corpora ?? ''
  const logs = corpora === undefined ? [] : await logsOf(root)
  const generic = measureGeneric(root, logs)

  test('are read to the end, and the books balance in every file', async () => {
    const { books, files } = await summaryOf(logs.map((l) => join(root, l.path)))
    expect(files).toHaveLength(logs.length)
    for (const { path, books: b } of files)
      expect(b.events + b.filtered + b.duplicates + b.dead_lettered, path).toBe(b.read)
    expect(books.read).toBeGreaterThan(10_000)
  }, 300_000)

  test('have a table that says who read what', async () => {
    const rows = ['| logs | files | records | by | generic | dead letters |', '| --- | --: | --: | --- | --: | --: |']
    for (const kind of new Set(logs.map((l) => l.kind))) {
      const group = logs.filter((l) => l.kind === kind)
      const { read, dead, formats } = await countsOf(group.map((l) => join(root, l.path)))
      const share = (n: number): string => `${read === 0 ? 0 : Math.round((100 * n) / read)} %`
      const generic = (formats.get('application') ?? 0) + (formats.get('fallback') ?? 0)
      const by = [...formats].sort((a, b) => b[1] - a[1]).map(([id]) => `\`${id}\``)
      rows.push(`| ${[kind, group.length, read, by.join(', '), share(generic), share(dead)].join(' | ')} |`)
      expect(dead + [...formats.values()].reduce((sum, n) => sum + n, 0), kind).toBe(read)
    }
    console.log(rows.join('\n'))
    if (process.env.CORPORA_TABLE !== undefined) await writeFile(process.env.CORPORA_TABLE, page(rows, await generic))
  }, 300_000)

  test('read as if nobody had written their formats, give the right times, addresses and ports', async () => {
    const { aside, seen } = await generic
    for (const { times, addresses, ports } of [aside, seen]) {
      expect(times.there).toBeGreaterThan(500)
      expect(times.right / times.there).toBeGreaterThanOrEqual(0.98)
      expect(addresses.right / addresses.there).toBeGreaterThanOrEqual(0.95)
      expect(ports.right / ports.there).toBeGreaterThanOrEqual(0.95)
    }
  }, 300_000)
})

type Generic = { readonly aside: Tally; readonly seen: Tally; readonly files: number }

/** Both shares of the files; with `MISSES` set, what is missed in those not set aside is printed. */
async function measureGeneric(root: string, logs: readonly Log[]): Promise<Generic> {
  const [aside, seen] = [noTally(), noTally()]
  for (const { path } of logs) {
    const set = isAside(path)
    const missed = (what: string, text: string) => {
      if (!set && process.env.MISSES !== undefined) console.log(`${what} ${path}: ${text.slice(0, 400)}`)
    }
    addTally(set ? aside : seen, await measure(join(root, path), NOW, missed))
  }
  return { aside, seen, files: logs.filter((l) => isAside(l.path)).length }
}

const shareOf = ({ there, right }: Tally[keyof Tally]): string =>
  `${right} of ${there}${there === 0 ? '' : ` (${((100 * right) / there).toFixed(1)} %)`}`
const genericRow = (name: string, t: Tally): string =>
  `| ${[name, ...[t.times, t.addresses, t.ports, t.callers].map(shareOf)].join(' | ')} |`

const page = (
  rows: readonly string[],
  { aside, seen, files }: Generic,
): string => `# Who reads what of logs that nobody here wrote

Written by \`CORPORA_TABLE=docs/corpora.md npx vitest run test/parse/corpora.test.ts\` over public collections of logs that lie beside the project and are not part of it.
Where the collections say themselves what a line means, [expectations.md](expectations.md) compares.

## As if nobody had written their formats

All files, read only by the readers that know no layout (\`logfmt\`, \`application\`, \`json-log\`, \`fallback\`), at most 100 records of each, and compared with a plain
oracle (\`test/parse/generic-oracle.ts\`) that knows nothing of theirs: the time at the head of the line to the millisecond, every address of the line in some field of its
event, the ports of its first two ends. "Callers": the source that crowdsec's own assertions name for the line. ${files} files, chosen by the hash of their path, are set
aside: their misses were not looked at while the readers were made. (Not untouched: their shares were seen file by file more than once, which sent us to the AWS manual for the layout of a load balancer's line, and later readers
were tried on all files for what they changed; an address of version 4 in the form of version 6 was mended for the expectations of its line. Lines that no maker of the readers had seen are in \`test/parse/unseen.tsv\`.)

| files | times | addresses | ports | callers |
| --- | --- | --- | --- | --- |
${genericRow('set aside', aside)}
${genericRow('the others', seen)}

## By format

"By" lists the formats that read the records, the most used first; "generic" is the share that \`application\` and \`fallback\` read, which know no layout;
dead letters are records without a usable time.

${rows.join('\n')}
`
