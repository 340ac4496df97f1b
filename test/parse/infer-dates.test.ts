import { describe, expect, test } from 'vitest'
import { inferred, iso, sales, server, terminal, timesOf } from './inferred.js'

describe('the order of day and month', () => {
  /** `04/05/2026 06:00:00`, the day first. */
  const dayFirst = (ms: number): string =>
    `${iso(ms).slice(8, 10)}/${iso(ms).slice(5, 7)}/2026 ${iso(ms).slice(11, 19)}`
  test('as the other logs have it', async () => {
    const { events, origins, summary } = await inferred({
      'core1/core.log': server,
      'till/app.log': terminal(dayFirst),
    })
    expect(timesOf(events, 'till')[0]).toBe(Math.floor((sales[1] as number) / 1000) * 1000)
    expect(origins).toContain('day_first: true')
    expect(summary.assumed).toContainEqual(
      expect.objectContaining({ what: 'day_first', why: 'the dates of the other logs' }),
    )
  })
  test('as the other logs have it, where each line states its zone', async () => {
    const { events, origins } = await inferred({
      'core1/core.log': server,
      'till/app.log': terminal((ms) => `${dayFirst(ms)} +0000`),
    })
    expect(timesOf(events, 'till')[0]).toBe(Math.floor((sales[1] as number) / 1000) * 1000)
    expect(origins).toContain('day_first: true')
  })
  test('the month first, where nothing else fits better', async () => {
    const { events, origins } = await inferred({
      'core1/core.log': server,
      'till/app.log': terminal((ms) => `${iso(ms).slice(5, 7)}/${iso(ms).slice(8, 10)}/2026 ${iso(ms).slice(11, 19)}`),
    })
    expect(timesOf(events, 'till')[0]).toBe(Math.floor((sales[1] as number) / 1000) * 1000)
    expect(origins).not.toContain('day_first')
  })
  test.each([
    ['the day', (ms: number) => `${iso(ms).slice(8, 10)}-${iso(ms).slice(5, 7)}-26 ${iso(ms).slice(11, 19)}`],
    ['the month', (ms: number) => `${iso(ms).slice(5, 7)}-${iso(ms).slice(8, 10)}-26 ${iso(ms).slice(11, 19)}`],
  ])('of two digits each, %s first, as the other logs have it', async (_, written) => {
    const { events } = await inferred({ 'core1/core.log': server, 'till/app.log': terminal(written) })
    expect(timesOf(events, 'till')[0]).toBe(Math.floor((sales[1] as number) / 1000) * 1000)
  })
  test('as another date of the same log must have it', async () => {
    const { origins } = await inferred({
      'till/app.log': [
        '30/04/2026 23:59:00 INFO sale approved tid=T100 stan=000900 elapsed=200ms',
        '01/05/2026 00:01:00 INFO sale approved tid=T100 stan=000901 elapsed=200ms',
      ],
    })
    expect(origins).toContain('day_first: true')
  })
})
