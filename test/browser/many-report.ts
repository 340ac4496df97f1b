import { writeFile } from 'node:fs/promises'
import { page } from '../../pipeline/report/html/page.js'
import { createReport } from '../../pipeline/report/html/report.js'
import { loadPack } from '../../pipeline/run/rules.js'
import { lineOf, manyIncidents, manyVerdicts, summaryOf } from '../report/html/many.js'

/** The page of a made-up week of 4,000 sites. @param count  verdicts */
export async function writeManyReport(count: number, file: string): Promise<void> {
  const crowd = { verdicts: count, sites: 4_000, days: 7 }
  const report = createReport(await loadPack())
  for (const v of manyVerdicts(crowd)) report.verdict(v)
  for (const i of manyIncidents(crowd)) report.incident(i)
  for (const id of [...report.cites()].sort()) report.line(lineOf(id))
  await writeFile(file, page(report.finish(summaryOf(count))))
}
