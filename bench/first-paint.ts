import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { chromiumPath } from '../scripts/browser/chromium.js'
import { type Browser, startBrowser } from '../scripts/browser/devtools.js'
import { openPage } from '../scripts/browser/page.js'
import { writeManyReport } from '../test/browser/many-report.js'

/**
 * When a reader sees something of report.html, beside a page of as many bytes with one word in it; and how long a filter takes.
 * ARGS: verdicts (100000), rounds (9).
 */
const [verdicts = 100_000, rounds = 9] = process.argv.slice(2).map(Number)

type Times = { readonly painted: number; readonly parsed: number; readonly filtered?: number }

/** Milliseconds from the navigation to the first paint of content and to the end of the document. */
async function measure(browser: Browser, url: string, hasFilter: boolean): Promise<Times> {
  const page = await openPage(browser)
  await page.look({ size: { width: 1280, height: 900 } })
  await page.goTo(url)
  await page.until('performance.getEntriesByName("first-contentful-paint").length > 0')
  const times = await page.evaluate<Times>(`({
    painted: performance.getEntriesByName('first-contentful-paint')[0].startTime,
    parsed: performance.getEntriesByType('navigation')[0].domContentLoadedEventEnd,
  })`)
  const filtered = hasFilter
    ? await page.evaluate<number>(`new Promise((done) => {
        const began = performance.now()
        document.querySelector('[data-legend]').click()
        requestAnimationFrame(() => setTimeout(() => done(performance.now() - began)))
      })`)
    : undefined
  await page.close()
  return { ...times, ...(filtered !== undefined && { filtered }) }
}

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
const shown = (values: readonly number[]): string =>
  `${Math.round(median(values))} ms (${Math.round(Math.min(...values))}-${Math.round(Math.max(...values))})`

const path = chromiumPath()
if (path === undefined) throw new Error('No Chromium: apt-get install --no-install-recommends chromium')
const dir = await mkdtemp(join(tmpdir(), 'whytimeout-bench-'))
const browser = await startBrowser(path)
try {
  const [report, blank] = [join(dir, 'report.html'), join(dir, 'blank.html')]
  await writeManyReport(verdicts, report)
  const bytes = (await readFile(report)).length
  await writeFile(
    blank,
    `<!doctype html><meta charset="utf-8"><p>blank</p><script type="application/json">"${'x'.repeat(bytes - 90)}"</script>`,
  )
  const times: { report: Times[]; blank: Times[] } = { report: [], blank: [] }
  for (let i = 0; i <= rounds; i++)
    for (const [name, file] of [
      ['report', report],
      ['blank', blank],
    ] as const) {
      const seen = await measure(browser, pathToFileURL(file).href, name === 'report')
      // The first round fills caches.
      if (i > 0) times[name].push(seen)
    }
  const pick = (name: 'report' | 'blank', key: 'painted' | 'parsed') => times[name].map((t) => t[key])
  const ratios = times.report.map((t, i) => t.painted / (times.blank[i] as Times).painted)
  console.log(`${verdicts} verdicts, ${(bytes / 1e6).toFixed(1)} MB, ${rounds} rounds, median (least-most)`)
  console.log(
    `first paint of content: report ${shown(pick('report', 'painted'))}, blank page of the same size ${shown(pick('blank', 'painted'))}, ratio ${median(ratios).toFixed(2)}`,
  )
  console.log(`whole document: report ${shown(pick('report', 'parsed'))}, blank ${shown(pick('blank', 'parsed'))}`)
  console.log(`a filter by cause, until it is drawn: ${shown(times.report.map((t) => t.filtered ?? Number.NaN))}`)
} finally {
  await browser.close()
  await rm(dir, { recursive: true, force: true })
}
