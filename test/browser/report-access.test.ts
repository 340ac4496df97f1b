import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Page } from '../../scripts/browser/page.js'
import { inBrowser } from './in-browser.js'
import { replayed, STORY } from './replayed.js'

const AXE = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')
/** Everything that can be clicked or typed into and is seen. */
const CONTROLS = `[...document.querySelectorAll('button, a[href], input, select, textarea, summary, [tabindex]')].filter(
  (e) => e.tabIndex >= 0 && !e.disabled && e.getClientRects().length > 0 && getComputedStyle(e).visibility === 'visible')`

type Finding = { readonly id: string; readonly impact: string; readonly nodes: readonly { readonly html: string }[] }
/** What axe-core calls serious or critical. */
async function findings(page: Page): Promise<string[]> {
  await page.evaluate(AXE)
  const found = await page.evaluate<Finding[]>(
    `axe.run(document, { resultTypes: ['violations'] }).then((r) => r.violations.map(({ id, impact, nodes }) => ({ id, impact, nodes: nodes.slice(0, 3).map(({ html }) => ({ html: html.slice(0, 200) })) })))`,
  )
  return found
    .filter((f) => f.impact === 'serious' || f.impact === 'critical')
    .map((f) => `${f.id}: ${f.nodes.map((n) => n.html).join(' | ')}`)
}

inBrowser('report.html for everybody', (open) => {
  let url = ''
  beforeAll(async () => {
    url = pathToFileURL(join((await replayed(STORY)).dir, 'report.html')).href
  })
  const opened = async (fragment: string, width = 1280): Promise<Page> => {
    const page = await open()
    await page.look({ size: { width, height: 900 } })
    await page.goTo(`${url}#${fragment}`)
    return page
  }
  const openAll = (page: Page) =>
    page.evaluate(`{
      for (const d of document.querySelectorAll('details')) d.open = true
      for (const b of [...document.querySelectorAll('[aria-expanded=false]')].slice(0, 6)) b.click()
    }`)

  describe('axe-core finds nothing serious', () => {
    const views = ['en', 'zh'].flatMap((lang) => ['light', 'dark'].map((theme) => [lang, theme] as const))
    test.each(views)('%s, %s', async (lang, theme) => {
      const page = await opened(`lang=${lang}&theme=${theme}`)
      await openAll(page)
      expect(await findings(page)).toEqual([])
      await page.close()
    })
    test('on a small screen, filtered to nothing', async () => {
      const page = await opened('lang=en&text=nothing-says-this', 360)
      expect(await findings(page)).toEqual([])
      await page.close()
    })
    test('and would find something', async () => {
      const page = await opened('lang=en')
      await page.evaluate(
        `{ const i = document.createElement('img'); i.src = 'data:,'; document.querySelector('main').append(i) }`,
      )
      expect((await findings(page)).join()).toContain('image-alt')
      await page.close()
    })
  })

  describe('the keyboard', () => {
    test('reaches every control, in the order of the page, and shows where it is', async () => {
      const page = await opened('lang=en')
      await openAll(page)
      const wanted = await page.evaluate<number>(`{
        window.controls = ${CONTROLS}
        window.reached = []
        document.activeElement.blur()
        controls.length
      }`)
      expect(wanted).toBeGreaterThan(80)
      const missed: string[] = []
      for (let i = 0; i < wanted + 20; i++) {
        await page.press('Tab')
        const { at, isMarked, html } = await page.evaluate<{ at: number; isMarked: boolean; html: string }>(`(() => {
          const e = document.activeElement
          const s = getComputedStyle(e)
          reached.push(e)
          return { at: controls.indexOf(e), html: e.outerHTML.slice(0, 120),
            isMarked: (s.outlineStyle !== 'none' && parseFloat(s.outlineWidth) > 0) || s.boxShadow !== 'none' }
        })()`)
        if (at >= 0 && !isMarked) missed.push(html)
      }
      expect(missed, 'focus is not to be seen').toEqual([])
      expect(
        await page.evaluate('controls.filter((c) => !reached.includes(c)).map((c) => c.outerHTML.slice(0, 120))'),
        'never reached',
      ).toEqual([])
      const order = await page.evaluate<number[]>(
        '[...new Set(reached)].map((e) => controls.indexOf(e)).filter((i) => i >= 0)',
      )
      const once = order.slice(0, wanted)
      const start = once.indexOf(Math.min(...once))
      expect([...once.slice(start), ...once.slice(0, start)]).toEqual([...once].sort((a, b) => a - b))
      await page.close()
    })

    test('the first stop jumps to the content', async () => {
      const page = await opened('lang=en')
      await page.press('Tab')
      expect(await page.evaluate('document.activeElement.className')).toBe('skip')
      await page.press('Enter')
      await page.until('document.activeElement.id === "main" || location.hash.includes("main")')
      expect(await page.evaluate('document.querySelectorAll("[data-verdict]").length')).toBe(50)
      expect(page.problems).toEqual([])
      await page.close()
    })

    test.each([
      [
        'opens a timeout',
        '[data-verdict] button.row',
        'document.querySelector("[data-verdict] .panel .block") !== null',
      ],
      ['narrows to a cause', '[data-legend=network_latency]', 'location.hash.includes("cause=network_latency")'],
      ['narrows to a site', '#site-chart button', 'location.hash.includes("site=SHOP-0412")'],
      ['switches the language', '#lang', 'document.documentElement.lang === "zh-CN"'],
      ['switches the theme', '#theme', 'document.documentElement.dataset.theme !== undefined'],
    ])('%s, by Enter and by the space bar', async (_, selector, outcome) => {
      for (const key of ['Enter', ' ']) {
        const page = await opened('lang=en')
        await page.evaluate(`document.querySelector(${JSON.stringify(selector)}).focus()`)
        await page.press(key)
        await page.until(outcome)
        // Whoever presses a key stays where they were.
        expect(await page.evaluate('document.activeElement === document.body')).toBe(false)
        await page.close()
      }
    })

    test.each(['[data-chip=cause]', '#clear'])(
      'takes a filter away at %s and goes on from the filters',
      async (selector) => {
        const page = await opened('lang=en&cause=network_latency')
        await page.evaluate(`document.querySelector('${selector}').focus()`)
        await page.press('Enter')
        await page.until('!location.hash.includes("cause=")')
        expect(await page.evaluate('document.activeElement.id')).toBe('filter-cause')
        await page.close()
      },
    )

    test('chooses a span of time in the chart', async () => {
      const page = await opened('lang=en')
      await page.evaluate(
        'document.querySelector("#time-chart[tabindex], #time-chart [tabindex], [role=application]").focus()',
      )
      await page.press('ArrowRight')
      await page.press('ArrowRight')
      await page.press('Enter')
      await page.until('location.hash.includes("span=")')
      expect(page.problems).toEqual([])
      await page.close()
    })
  })
})
