import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Installed, install } from '../package/installed.js'
import { inBrowser } from './in-browser.js'
import { STORY } from './replayed.js'

inBrowser('report.html of the installed package', (open) => {
  let installed: Installed
  beforeAll(() => {
    installed = install()
  }, 300_000)
  afterAll(() => installed.remove())

  test('opens from where the program says that it is', async () => {
    const { home, run, bin } = installed
    cpSync(STORY, join(home, 'shop'), { recursive: true })
    const said = run(bin, ['replay', 'shop', '--lang', 'en'])
    const path = /^Report: (.+)$/m.exec(said)?.[1] ?? ''
    const page = await open()
    await page.goTo(`${pathToFileURL(join(home, path)).href}#lang=en`)
    await page.until('document.querySelectorAll("[data-verdict]").length > 0')
    expect(await page.evaluate('document.getElementById("sentence").innerText')).toContain('91 timeouts at 3 terminals')
    // The three causes of the story, each with what to do, before anybody scrolls or clicks.
    const briefs = await page.evaluate<string[]>(
      '[...document.querySelectorAll(".brief")].slice(0, 3).map((e) => e.innerText)',
    )
    expect(briefs.map((b) => b.split('\n')[0])).toEqual([
      'A firewall of the site drops the connection',
      'Packets are lost on the line of the site',
      'A big transfer fills the line',
    ])
    for (const brief of briefs) expect(brief).toMatch(/^Do .{30,}/m)
    expect([page.problems, page.requests]).toEqual([[], []])
    await page.close()
  }, 120_000)
})
