import { mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { summaryText } from '../pipeline/report/text.js'
import { replay } from '../pipeline/run/replay.js'
import { chromiumPath } from './browser/chromium.js'
import { startBrowser } from './browser/devtools.js'
import { openPage } from './browser/page.js'
import { terminalPage } from './terminal-page.js'

/**
 * The pictures of docs/pictures, taken of what the program makes of the story in fixtures/: `npm run pictures`, with a Chromium and
 * fonts-noto-cjk. Run from the project's root.
 */
const STORY = 'fixtures/incidents/friday-afternoon'
const FOLDER = 'docs/pictures'
const COLUMNS = 104
/** Of the terminal: the first screen, up to the second story. */
const ROWS = 38

const path = chromiumPath()
if (path === undefined) throw new Error('No Chromium: apt-get install --no-install-recommends chromium fonts-noto-cjk')
const work = await mkdtemp(join(tmpdir(), 'whytimeout-pictures-'))
const browser = await startBrowser(path)
try {
  const told = await replay({ paths: [STORY], out: join(work, 'out'), now: Date.parse('2026-03-07T00:00:00Z') })
  const text = summaryText(
    { ...told, out: 'whytimeout-out' },
    { lang: 'en', columns: COLUMNS, color: true, canRedraw: true },
  )
  const terminal = join(work, 'terminal.html')
  await writeFile(terminal, terminalPage(`whytimeout replay ${STORY}`, text.split('\n').slice(0, ROWS).join('\n')))
  const report = pathToFileURL(join(work, 'out', 'report.html')).href
  const shot = async (name: string, url: string, width: number, height: number): Promise<void> => {
    const page = await openPage(browser)
    await page.look({ size: { width, height, scale: 1.25 } })
    await page.goTo(url)
    await page.evaluate('document.fonts.ready.then(() => true)')
    const file = join(FOLDER, `${name}.png`)
    await writeFile(file, await page.screenshot())
    await page.close()
    console.log(`${file}  ${Math.round((await stat(file)).size / 1024)} KiB`)
  }
  await mkdir(FOLDER, { recursive: true })
  await shot('report-en', `${report}#lang=en&theme=light`, 1180, 760)
  await shot('report-zh', `${report}#lang=zh&theme=light`, 1180, 760)
  await shot('terminal', pathToFileURL(terminal).href, 880, 656)
} finally {
  await browser.close()
  await rm(work, { recursive: true, force: true })
}
