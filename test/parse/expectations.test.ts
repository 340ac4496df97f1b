import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { NO_ENRICHMENT } from '../../pipeline/parse/enrich.js'
import { FORMATS } from '../../pipeline/parse/formats/index.js'
import { parseRecord } from '../../pipeline/parse/record.js'
import { eachRecord } from '../../pipeline/run/inputs.js'
import { listFiles } from '../../pipeline/sources/files.js'
import type { LogEvent } from '../../schemas/event.js'
import { sharedDir } from '../shared.js'
import { type Claim, claimsIn } from './expectations/claims.js'
import { compare, type Found, tally } from './expectations/compare.js'
import { EXPLAINED } from './expectations/explained.js'
import { MAPPING } from './expectations/mapping.js'
import { page } from './expectations/page.js'

/** What other projects' tests say that a line means: where both name a value, ours is theirs, or the reason is written down. */
const corpora = sharedDir('corpora')
const NOW = Date.parse('2026-12-01T00:00:00Z')

type Read = { readonly text: string; readonly event: LogEvent | undefined }
/** The records of a log, each with its first event; none for a record without a time. */
async function recordsOf(path: string): Promise<Read[]> {
  const records: Read[] = []
  const { files } = await listFiles([path])
  await eachRecord(
    files,
    async (file, text) => {
      const outcome = parseRecord(text, {
        ...{ formats: FORMATS, host: file.host, logName: file.name, entryFor: () => ({}), receivedAtMs: NOW },
        ...{ enrichment: NO_ENRICHMENT, shownValues: new Set<string>(), anonymous: true, isGlance: true },
      })
      records.push({ text, event: outcome.kind === 'events' ? outcome.events[0]?.event : undefined })
    },
    () => {},
  )
  return records
}

/** The record that each claim speaks of: the nth that has its words, for the nth claim with them. */
async function placed(root: string, claims: readonly Claim[]): Promise<(Claim & { record: Read | undefined })[]> {
  const logs = new Map<string, Promise<Read[]>>()
  const seen = new Map<string, number>()
  return Promise.all(
    claims.map(async (claim) => {
      const key = `${claim.file} ${claim.words}`
      const nth = seen.get(key) ?? 0
      seen.set(key, nth + 1)
      const records = logs.get(claim.file) ?? recordsOf(join(root, claim.file))
      logs.set(claim.file, records)
      const fitting = (await records).filter(({ text }) => text.includes(claim.words))
      return { ...claim, record: fitting[nth] ?? fitting[0] }
    }),
  )
}

describe.runIf(corpora !== undefined)('the expectations of the corpora', async () => {
  const root = corpora ?? ''
  const claims = corpora === undefined ? [] : await placed(root, await claimsIn(root))
  const found: Found[] = claims.flatMap(({ record, ...claim }) => (record?.event ? compare(claim, record.event) : []))

  test('speak of records that are there', () => {
    const lost = claims.filter(({ record }) => record === undefined).map(({ file, words }) => `${file}: ${words}`)
    expect(lost).toEqual([])
    expect(claims.length).toBeGreaterThan(500)
  })

  test('use every name that the mapping knows', () => {
    const idle = Object.entries(MAPPING).flatMap(([collection, rules]) =>
      rules
        .filter(({ theirs, files }) => !claims.some((c) => c.fields.has(theirs) && (files?.test(c.file) ?? true)))
        .map(({ theirs, files }) => `${collection}: ${theirs} ${files ?? ''}`),
    )
    expect(idle).toEqual([])
  })

  test('agree with our fields where both name a value, or it is explained why not', async () => {
    const explained = EXPLAINED.flatMap(({ at }) =>
      Object.entries(at).flatMap(([file, cases]) => cases.map((c) => `${file} | ${c}`)),
    )
    const disagreements = [...new Set(found.filter((f) => !f.isAgreed).map((f) => f.says))]
    const counts = tally(claims, found)
    console.log(counts.join('\n'))
    if (process.env.EXPECTATIONS_PAGE !== undefined) await writeFile(process.env.EXPECTATIONS_PAGE, page(counts, found))
    expect(disagreements.sort()).toEqual(explained.sort())
    expect(found.length).toBeGreaterThan(4_000)
  })
})
