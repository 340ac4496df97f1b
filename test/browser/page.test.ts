import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { expect, test } from 'vitest'
import { inBrowser } from './in-browser.js'

const POLICY = `<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">`
async function written(body: string): Promise<string> {
  const file = join(await mkdtemp(join(tmpdir(), 'whytimeout-page-')), 'page.html')
  await writeFile(file, `<!doctype html><html lang="en"><title>x</title><meta charset="utf-8">${body}`)
  return pathToFileURL(file).href
}

/** What the tests of the report rely on: nothing that goes wrong in a page escapes notice. */
inBrowser('a page is watched', (open) => {
  test.each([
    ['a script that its policy forbids', `${POLICY}<script>1</script>`, /policy|log/],
    ['a handler that its policy forbids', `${POLICY}<img src="data:," onerror="1">`, /policy|log/],
    ['an exception', '<script>undefinedName()</script>', /exception: ReferenceError/],
    ['a console error', '<script>console.error("oh")</script>', /console: \["oh"\]/],
  ])('%s', async (_, body, words) => {
    const page = await open()
    await page.goTo(await written(body))
    await page.until('document.readyState === "complete"')
    expect(page.problems.join('\n')).toMatch(words)
    await page.close()
  })

  test('a request', async () => {
    const page = await open()
    await page.goTo(await written('<link rel="stylesheet" href="http://127.0.0.1:9/x.css">'))
    expect(page.requests).toEqual(['http://127.0.0.1:9/x.css'])
    await page.close()
  })

  test('a page without any of it gives no alarm; keys, media and pictures work', async () => {
    const page = await open()
    await page.look({ size: { width: 300, height: 200 }, dark: true })
    await page.goTo(await written('<button>a</button><input>'))
    await page.press('Tab')
    expect(await page.evaluate('document.activeElement.textContent')).toBe('a')
    await page.press('Tab')
    await page.type('拒绝')
    await page.press('x')
    expect(await page.evaluate('document.activeElement.value')).toBe('拒绝x')
    expect(await page.evaluate('matchMedia("(prefers-color-scheme: dark)").matches')).toBe(true)
    await page.look({ print: true })
    expect(await page.evaluate('matchMedia("print").matches')).toBe(true)
    const png = await page.screenshot()
    expect([png.readUInt32BE(16), png.readUInt32BE(20)]).toEqual([300, 200])
    expect([page.problems, page.requests]).toEqual([[], []])
    await page.close()
  })
})
