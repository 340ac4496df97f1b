import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { replay } from '../../pipeline/run/replay.js'

const STORY = 'fixtures/incidents/friday-afternoon'
const NOW = Date.parse('2026-11-24T00:00:00Z')
let home: string
let story: string
let incidentCount: number
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'report-'))
  const out = join(home, 'story')
  incidentCount = (await replay({ paths: [STORY], out, now: NOW })).incidentCount
  expect(incidentCount).toBeGreaterThan(2)
  story = await readFile(join(out, 'report.html'), 'utf8')
}, 300_000)
afterAll(() => rm(home, { recursive: true }))

async function reportOf(paths: readonly string[], more: Partial<Parameters<typeof replay>[0]> = {}): Promise<string> {
  const out = join(home, `out-${(await readdir(home)).length}`)
  await replay({ paths, out, now: NOW, ...more })
  return readFile(join(out, 'report.html'), 'utf8')
}
const blockOf = <T>(html: string, name: string): T =>
  JSON.parse(new RegExp(`id="${name}-json">([\\s\\S]*?)</script>`).exec(html)?.[1] ?? '') as T

describe('the page of a replay', () => {
  test('has every timeout and incident of it, their lines with file and line', () => {
    const html = story
    const verdicts = blockOf<{ id: string; events: string[]; ruledOut: object[] }[]>(html, 'verdicts')
    const lines = blockOf<Record<string, { place: string }>>(html, 'lines')
    expect(verdicts).toHaveLength(91)
    for (const v of verdicts) for (const id of v.events) expect(lines[id]?.place, id).toMatch(/\.log:\d+$/)
    expect(blockOf<{ incidents: object[] }>(html, 'model').incidents).toHaveLength(incidentCount)
    expect(html).toContain('91 timeouts at 3 terminals of 1 site')
    for (const r of verdicts.flatMap((v) => v.ruledOut)) expect(r).toHaveProperty('signal')
  })
  test('is the same, byte for byte, however the sort is cut', async () => {
    expect(await reportOf([STORY], { bufferItems: 50 })).toBe(story)
  }, 300_000)
  test('is left out where nobody wants it', async () => {
    const out = join(home, 'without')
    await replay({ paths: [join(STORY, 'logs/till-1')], out, now: NOW, noReport: true })
    expect(await readdir(out)).not.toContain('report.html')
    expect(await readdir(out)).toContain('verdicts.ndjson')
  })
})

test('scripts and card numbers that logs carry neither run nor show', async () => {
  const dir = join(home, 'planted', 'logs', 'till-1')
  await mkdir(dir, { recursive: true })
  const script = '</script><img src=x onerror=alert(1)><script>alert(2)</script><!--'
  const line = (second: number, message: string): string =>
    `2026-03-06 14:12:${String(second).padStart(2, '0')},101 ${message}`
  await writeFile(
    join(dir, 'pos.log'),
    [
      line(
        10,
        `WARN [till] sale failed tid=T041201 stan=004821 after 5002 ms ${script} card 4111 1111 1111 1111 | java.net.SocketTimeoutException: Connect timed out`,
      ),
      line(
        20,
        'WARN [till] sale failed tid=T041201 stan=004822 after 5002 ms pan=5500005555555559 track2=;4111111111111111=29121010000012300000? | java.net.SocketTimeoutException: Connect timed out',
      ),
      line(
        30,
        `WARN [till] sale failed tid=T0${script} stan=004823 after 5002 ms | java.net.SocketTimeoutException: Connect timed out`,
      ),
      '',
    ].join('\n'),
  )
  const html = await reportOf([join(home, 'planted')])
  expect(blockOf<{ totals: { timeouts: number } }>(html, 'model').totals.timeouts).toBeGreaterThanOrEqual(2)
  expect(html).toContain('alert(1)')
  expect(html).not.toMatch(/<img|<!--/)
  expect(html.match(/<script[ >]/g)).toHaveLength(5)
  for (const pan of [/4111[ -]?1111[ -]?1111[ -]?1111/, /5500005555555559/, /29121010000012300000/])
    expect(html).not.toMatch(pan)
})
