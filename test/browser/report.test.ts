import { mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Verdict } from '../../schemas/verdict.js'
import type { Page } from '../../scripts/browser/page.js'
import { inBrowser } from './in-browser.js'
import { writeManyReport } from './many-report.js'
import { type Replayed, replayed, STORY } from './replayed.js'

const MANY = 100_000
let story: Replayed
let storyUrl = ''
let manyUrl = ''

/** How many timeouts the page says that it shows. */
const shown = async (page: Page): Promise<number> =>
  Number(
    /^([\d,]+)/
      .exec(await page.evaluate<string>('document.getElementById("shown").textContent'))?.[1]
      ?.replaceAll(',', ''),
  )
const choose = (page: Page, name: string, value: string): Promise<unknown> =>
  page.evaluate(
    `{ const s = document.getElementById('filter-${name}'); s.value = ${JSON.stringify(value)}; s.dispatchEvent(new Event('change')) }`,
  )
const write = async (page: Page, name: string, value: string): Promise<void> => {
  await page.evaluate(`document.getElementById('filter-${name}').select()`)
  await page.type(value)
  await page.until(`location.hash.includes('${name}=')`)
}
const clear = (page: Page): Promise<unknown> => page.evaluate('document.getElementById("clear").click()')

inBrowser('report.html', (open) => {
  beforeAll(async () => {
    story = await replayed(STORY)
    storyUrl = pathToFileURL(join(story.dir, 'report.html')).href
    const many = join(await mkdtemp(join(tmpdir(), 'whytimeout-many-')), 'report.html')
    await writeManyReport(MANY, many)
    manyUrl = pathToFileURL(many).href
  })
  const opened = async (url: string): Promise<Page> => {
    const page = await open()
    await page.look({ size: { width: 1280, height: 900 } })
    await page.goTo(url)
    return page
  }

  describe.each([
    ['the story', () => storyUrl, 91],
    ['100,000 timeouts', () => manyUrl, MANY],
  ] as const)('%s', (_, url, timeouts) => {
    test('opens without a complaint or a request, and stands there whole', async () => {
      const page = await opened(`${url()}#lang=en`)
      await page.until('document.querySelectorAll("[data-verdict]").length > 0')
      expect(await page.evaluate('document.getElementById("sentence").innerText')).toContain(
        timeouts.toLocaleString('en'),
      )
      expect(await page.evaluate('document.querySelectorAll("[data-incident]").length')).toBeGreaterThan(3)
      expect(await shown(page)).toBe(timeouts)
      // Every row opens, in both languages, with nothing amiss.
      await page.evaluate(
        'for (const b of document.querySelectorAll("[data-verdict] button.row[aria-expanded=false]")) b.click()',
      )
      await page.evaluate('document.getElementById("lang").click()')
      await page.evaluate(
        'for (const b of document.querySelectorAll("[data-verdict] button.row[aria-expanded=false]")) b.click()',
      )
      expect(
        await page.evaluate('document.querySelectorAll("[data-verdict] .panel:not([hidden]) .block").length'),
      ).toBeGreaterThan(300)
      expect([page.problems, page.requests]).toEqual([[], []])
      await page.close()
    })
  })

  describe('filters', () => {
    const endpointOf = (v: Verdict) =>
      `${v.destination?.domain ?? v.destination?.ip ?? v.service?.target.name}:${v.destination?.port}`
    const selects = [
      ['cause', 'network_latency', (v: Verdict) => v.whytimeout.verdict.cause === 'network_latency'],
      ['phase', 'connect', (v: Verdict) => v.whytimeout.episode.phase === 'connect'],
      ['confidence', '80', (v: Verdict) => Math.round(v.whytimeout.verdict.confidence * 100) >= 80],
    ] as const
    const names = [
      ['site', 'SHOP-0412', (v: Verdict) => v.whytimeout.site_id === 'SHOP-0412'],
      ['terminal', 'T041202', (v: Verdict) => v.whytimeout.terminal_id === 'T041202'],
      ['isp', 'NorthNet', (v: Verdict) => v.whytimeout.isp === 'NorthNet'],
      ['endpoint', 'pay.example.net:9443', (v: Verdict) => endpointOf(v) === 'pay.example.net:9443'],
      [
        'text',
        'T041203 FORWARD-DROP',
        (v: Verdict) =>
          JSON.stringify([v, linesOf(v)]).includes('FORWARD-DROP') &&
          JSON.stringify([v, linesOf(v)]).includes('T041203'),
      ],
    ] as const
    const linesOf = (v: Verdict) => story.lines.filter((l) => v.whytimeout.evidence.event_id.includes(l.id))

    test.each([...selects, ...names])('by %s, kept by the fragment and by a reload', async (name, value, isWanted) => {
      const page = await opened(`${storyUrl}#lang=en`)
      if (selects.some(([s]) => s === name)) await choose(page, name, value)
      else await write(page, name, value)
      const wanted = story.verdicts.filter(isWanted).length
      expect(wanted).toBeGreaterThan(0)
      expect(await shown(page)).toBe(wanted)
      const ids = await page.evaluate<string[]>(
        '[...document.querySelectorAll("[data-verdict]")].map((e) => e.dataset.verdict)',
      )
      expect(ids.length).toBe(Math.min(50, wanted))
      expect(story.verdicts.filter(isWanted).map((v) => v.event.id)).toEqual(expect.arrayContaining(ids))
      await page.reload()
      expect(await shown(page)).toBe(wanted)
      expect(await page.evaluate(`document.getElementById('filter-${name}').value`)).toBe(value)
      await clear(page)
      expect(await shown(page)).toBe(91)
      expect(page.problems).toEqual([])
      await page.close()
    })

    test('by several at once, and by time', async () => {
      const page = await opened(
        `${storyUrl}#lang=en&span=2026-03-06T06:00:00.000Z/2026-03-06T07:00:00.000Z&terminal=T041201`,
      )
      const inTime = (v: Verdict) => v.event.end < '2026-03-06T07' && v.whytimeout.terminal_id === 'T041201'
      expect(await shown(page)).toBe(story.verdicts.filter(inTime).length)
      await page.evaluate('document.querySelector("[data-chip=span]").click()')
      expect(await shown(page)).toBe(story.verdicts.filter((v) => v.whytimeout.terminal_id === 'T041201').length)
      await page.close()
    })

    test('a legend, a site of the heatmap, and back', async () => {
      const page = await opened(`${manyUrl}#lang=en`)
      await page.evaluate('document.querySelector("[data-legend=dns_resolution]").click()')
      const dns = await shown(page)
      expect(dns).toBeGreaterThan(0)
      await page.evaluate('document.querySelector("#site-chart button, #site-chart a").click()')
      expect(await shown(page)).toBeLessThan(dns)
      await clear(page)
      expect(await shown(page)).toBe(MANY)
      expect(page.problems).toEqual([])
      await page.close()
    })

    test('a fragment that means nothing is no harm', async () => {
      const page = await opened(`${storyUrl}#cause=%00<script>&confidence=-5&span=x/y&lang=tlh&theme=pink&nonsense`)
      expect(await shown(page)).toBe(91)
      expect(page.problems).toEqual([])
      await page.close()
    })
  })

  test('a timeout says what was ruled out, and what was just missed and why', async () => {
    const v = story.verdicts.find(
      ({ whytimeout: w }) => w.ruled_out.length > 0 && (w.detail.missed ?? []).some((m) => m.short.kind === 'fact'),
    )
    if (!v) throw new Error('no such verdict in the story')
    for (const [lang, words] of [
      ['en', 'not so:'],
      ['zh', '不成立：'],
    ]) {
      const page = await opened(`${storyUrl}#lang=${lang}&text=${v.event.id}`)
      expect(await shown(page)).toBe(1)
      await page.evaluate('document.querySelector("[data-verdict] button.row").click()')
      const text = (name: string) => page.evaluate<string>(`document.querySelector(".block.${name}").innerText`)
      expect(await text('missed')).toContain(words)
      expect(await text('ruled-out')).not.toMatch(/–$/)
      await page.close()
    }
  })

  test('a text is looked for in the listed timeouts, and the page says of how many', async () => {
    for (const [lang, words] of [
      ['en', `not in all ${MANY.toLocaleString('en-US')}`],
      ['zh', '文本仅在列出的超时中查找'],
    ] as const) {
      const page = await opened(`${manyUrl}#lang=${lang}&text=SHOP`)
      expect(await page.evaluate('document.getElementById("shown").textContent')).toContain(words)
      await page.close()
    }
  })

  test('the language switches everything, and stays after a reload', async () => {
    const page = await opened(`${storyUrl}#lang=en`)
    const words = () => page.evaluate<string>('document.body.innerText')
    expect((await words()).replace('中文', '')).not.toMatch(/\p{Script=Han}/u)
    await page.evaluate('document.getElementById("lang").click()')
    await page.reload()
    expect(await page.evaluate('document.documentElement.lang')).toBe('zh-CN')
    expect(await page.evaluate('document.title')).toMatch(/次超时/)
    const zh = (await words()).replace(/[A-Za-z0-9_./:-]*\d[\w./:-]*/g, '')
    for (const english of ['Incidents', 'Timeouts', 'latency', 'firewall restriction', 'Filter', 'Clear'])
      expect(zh).not.toContain(english)
    await page.close()
  })

  test('themes: the system’s, or the one that was chosen', async () => {
    const page = await opened(`${storyUrl}#lang=en`)
    const ground = () => page.evaluate<string>('getComputedStyle(document.body).backgroundColor')
    const light = await ground()
    await page.look({ dark: true })
    const dark = await ground()
    expect(dark).not.toBe(light)
    await page.evaluate('document.getElementById("theme").click()')
    expect(await ground()).toBe(light)
    await page.reload()
    expect(await ground()).toBe(light)
    await page.evaluate('document.getElementById("theme").click()')
    expect(await ground()).toBe(dark)
    await page.close()
  })

  test.each([360, 768, 1280])('%i pixels wide: nothing is cut off at the side', async (width) => {
    for (const lang of ['en', 'zh']) {
      const page = await open()
      await page.look({ size: { width, height: 900 } })
      await page.goTo(`${storyUrl}#lang=${lang}`)
      await page.evaluate('document.querySelector("[data-verdict] button.row").click()')
      expect(await page.evaluate('document.documentElement.scrollWidth'), lang).toBeLessThanOrEqual(width)
      await page.close()
    }
  })

  test('on paper: light, without controls, with the incidents', async () => {
    const page = await opened(`${storyUrl}#lang=en&theme=dark`)
    await page.look({ print: true, dark: true })
    const isSeen = (selector: string) =>
      page.evaluate<boolean>(`(document.querySelector(${JSON.stringify(selector)})?.getClientRects().length ?? 0) > 0`)
    expect(await isSeen('#filters')).toBe(false)
    expect(await isSeen('#lang')).toBe(false)
    expect(await isSeen('#sentence')).toBe(true)
    expect(await isSeen('[data-incident]')).toBe(true)
    const [r = 0] = (
      (await page.evaluate<string>('getComputedStyle(document.body).backgroundColor')).match(/[\d.]+/g) ?? []
    ).map(Number)
    expect(r).toBeGreaterThan(240)
    const { data } = await page.send('Page.printToPDF', {})
    expect(
      Buffer.from(data as string, 'base64')
        .subarray(0, 5)
        .toString(),
    ).toBe('%PDF-')
    expect(page.problems).toEqual([])
    await page.close()
  })
})
