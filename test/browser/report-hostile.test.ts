import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, expect, test } from 'vitest'
import { inBrowser } from './in-browser.js'
import { type Replayed, replayed, STORY } from './replayed.js'

/** Luhn numbers of several lengths, whole and with separators. */
const CARDS = ['4532015112830366', '5425 2334 3010 9903', '3782-822463-10005', '6011000990139424']
const SCRIPTS = [
  '<script>window.ran=1</script>',
  '</script><script>window.ran=2</script>',
  '<img src=x onerror=window.ran=3>',
  '"><svg onload=window.ran=4>',
  "'-window.ran=5-'",
  '$' + '{window.ran=6}{{window.ran=7}}',
  '<!--<script>',
  '<a href="javascript:window.ran=8">x</a>',
  '\u2028window.ran=9\u2028',
]

/** The story, with every text that could reach the page poisoned. */
async function poisoned(): Promise<Replayed> {
  const dir = await mkdtemp(join(tmpdir(), 'whytimeout-hostile-'))
  await cp(STORY, dir, { recursive: true })
  await cp(join(dir, 'logs/router'), join(dir, 'logs/<img src=x onerror=window.ran=10>'), { recursive: true })
  const change = async (file: string, with_: (text: string) => string): Promise<void> =>
    writeFile(join(dir, file), with_(await readFile(join(dir, file), 'latin1')), 'latin1')
  const latin1 = (text: string) => Buffer.from(text, 'utf8').toString('latin1')
  let n = 0
  const append = (text: string) =>
    text.replace(/(sale failed|FORWARD-DROP|连接超时)[^\n]*/g, (line) => {
      n++
      return `${line} ${latin1(SCRIPTS[n % SCRIPTS.length] as string)} card ${CARDS[n % CARDS.length]} end`
    })
  await change('logs/till-1/pos.log', append)
  await change('logs/till-2/till.log', append)
  await change('logs/router/firewall.log', append)
  await change('inventory.csv', (text) =>
    text
      .replaceAll('SHOP-0412', `"<img src=x onerror=window.ran=11>${'</script>'}<script>window.ran=12</script>"`)
      .replaceAll('NorthNet', '"<b onmouseover=window.ran=13>Net</b>"')
      .replaceAll('P-100', '<script>window.ran=14</script>'),
  )
  return replayed(dir)
}

inBrowser('report.html of hostile logs', (open) => {
  let given: Replayed
  let file = ''
  beforeAll(async () => {
    given = await poisoned()
    file = join(given.dir, 'report.html')
  })

  test('planted scripts stand there as text and do not run, in both languages', async () => {
    const page = await open()
    await page.goTo(`${pathToFileURL(file).href}#lang=en`)
    for (const _ of ['en', 'zh']) {
      await page.evaluate(`{
        for (const b of document.querySelectorAll('[aria-expanded=false]')) b.click()
        for (const d of document.querySelectorAll('details')) d.open = true
        for (const e of document.querySelectorAll('*')) e.dispatchEvent(new MouseEvent('mouseover'))
      }`)
      const text = await page.evaluate<string>('document.body.innerText')
      for (const planted of [SCRIPTS[0], SCRIPTS[2], SCRIPTS[4], '<img src=x onerror=window.ran=11>'])
        expect(text).toContain(planted)
      await page.evaluate('document.getElementById("lang").click()')
    }
    expect(await page.evaluate('window.ran')).toBe(undefined)
    // What the page is made of: its own script and data, no element that a log brought.
    expect(
      await page.evaluate(
        'document.querySelectorAll("img, iframe, object, embed, [onerror], [onload], [onmouseover]").length',
      ),
    ).toBe(0)
    expect(
      await page.evaluate('[...document.querySelectorAll("a")].every((a) => a.getAttribute("href").startsWith("#"))'),
    ).toBe(true)
    expect(await page.evaluate('[...document.scripts].filter((s) => s.type === "").length')).toBe(1)
    expect([page.problems, page.requests]).toEqual([[], []])
    await page.close()
  })

  test('filters made of scripts are texts as well', async () => {
    const page = await open()
    await page.goTo(
      `${pathToFileURL(file).href}#lang=en&site=${encodeURIComponent('<img src=x onerror=window.ran=20>')}&text=${encodeURIComponent('<script>window.ran=21</script>')}`,
    )
    expect(await page.evaluate('document.querySelectorAll("[data-chip]").length')).toBe(2)
    expect(await page.evaluate('window.ran')).toBe(undefined)
    expect(page.problems).toEqual([])
    await page.close()
  })

  test('no card number stands in the file or in the page', async () => {
    const html = await readFile(file, 'utf8')
    const page = await open()
    await page.goTo(`${pathToFileURL(file).href}#lang=en`)
    await page.evaluate(`for (const b of document.querySelectorAll('[aria-expanded=false]')) b.click()`)
    const text = await page.evaluate<string>('document.body.innerText')
    for (const card of CARDS) {
      expect(html).not.toContain(card)
      expect(text).not.toContain(card)
      expect(text.replace(/[ -]/g, '')).not.toContain(card.replace(/[ -]/g, ''))
    }
    expect(text).toMatch(/card .{10,30} end/)
    await page.close()
  })

  test('the policy of the page allows its own script by its hash, and nothing else', async () => {
    const policy =
      /http-equiv="Content-Security-Policy" content="([^"]+)"/.exec(await readFile(file, 'utf8'))?.[1] ?? ''
    expect(policy).toContain("default-src 'none'")
    expect(policy).toMatch(/script-src 'sha256-[\w+/=]+';/)
    expect(policy).not.toMatch(/unsafe|https?:|\*|connect-src/)
    const page = await open()
    await page.goTo(pathToFileURL(file).href)
    await page.evaluate(`fetch('http://127.0.0.1:9/').catch(() => 0)`)
    expect(page.problems.join()).toMatch(/Content.Security.Policy|connect-src|default-src/i)
    await page.close()
  })
})
