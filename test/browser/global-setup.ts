import { chromiumPath } from '../../scripts/browser/chromium.js'

/** Says it loudly where the suite cannot run; in CI that is a failure. */
export default function setup(): void {
  if (chromiumPath() !== undefined) return
  const what = 'No Chromium here: apt-get install --no-install-recommends chromium, or set CHROMIUM to its path'
  if (process.env['CI']) throw new Error(what)
  console.error(`!! ${what}. The tests of the report in a browser do not run.`)
}
