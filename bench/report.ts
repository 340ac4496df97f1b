import { statSync, writeFileSync } from 'node:fs'
import { performance } from 'node:perf_hooks'
import { page } from '../pipeline/report/html/page.js'
import { createReport } from '../pipeline/report/html/report.js'
import { loadPack } from '../pipeline/run/rules.js'
import { lineOf, manyIncidents, manyVerdicts, summaryOf } from '../test/report/html/many.js'

/** `npm run bench -- report [VERDICTS] [FILE]`: how long report.html takes, how large it is, how much memory it holds on to. */
const count = Number(process.argv[2] ?? 100_000)
const file = process.argv[3] ?? 'report-bench.html'
const crowd = { verdicts: count, sites: 300, days: 30 }
const pack = await loadPack()
const report = createReport(pack)
global.gc?.()
const before = process.memoryUsage()
let spent = 0
const timed = (act: () => void): void => {
  const began = performance.now()
  act()
  spent += performance.now() - began
}
for (const v of manyVerdicts(crowd)) timed(() => report.verdict(v))
for (const i of manyIncidents(crowd)) timed(() => report.incident(i))
for (const id of [...report.cites()].sort()) report.line(lineOf(id))
global.gc?.()
const held = process.memoryUsage()
timed(() => writeFileSync(file, [...page(report.finish(summaryOf(count)))].join('\n')))
const mb = (n: number): string => (n / 1e6).toFixed(1)
console.log(
  `${count} verdicts: ${(spent / 1_000).toFixed(2)} s, ${mb(statSync(file).size)} MB, held ${mb(held.heapUsed - before.heapUsed)} MB heap and ${mb(held.arrayBuffers - before.arrayBuffers)} MB buffers`,
)
