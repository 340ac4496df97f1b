import { afterAll, beforeAll, describe } from 'vitest'
import { chromiumPath } from '../../scripts/browser/chromium.js'
import { type Browser, startBrowser } from '../../scripts/browser/devtools.js'
import { openPage, type Page } from '../../scripts/browser/page.js'

/** Tests with one Chromium; not run where there is none. `open` gives a new tab. */
export function inBrowser(name: string, tests: (open: () => Promise<Page>) => void): void {
  describe.skipIf(chromiumPath() === undefined)(name, () => {
    let browser: Browser | undefined
    beforeAll(async () => {
      browser = await startBrowser(chromiumPath() as string)
    })
    afterAll(() => browser?.close())
    tests(() => openPage(browser as Browser))
  })
}
