import { describe, expect, test } from 'vitest'
import { isOver } from '../../pipeline/run/retention.js'
import { runCli } from '../cli/run-cli.js'

const DAY = 86_400_000
const NOW = Date.parse('2026-04-15T12:00:00Z')
const kept = { events: 30 * DAY, verdicts: 60 * DAY }

describe('an index is over by its name alone', () => {
  test.each([
    ['whytimeout-events-2026.03.15', true],
    ['whytimeout-events-2026.03.16', false],
    ['whytimeout-events-2026.04.15', false],
    ['whytimeout-events-2099.01.01', false],
    ['whytimeout-verdicts-2026.01', true],
    ['whytimeout-verdicts-2026.02', false],
    ['whytimeout-verdicts-2025.12', true],
    ['whytimeout-incidents-2020.01', false],
  ])('%s: %s', (index, over) => expect(isOver(index, kept, NOW)).toBe(over))

  test('a day goes when all of it is old enough, not a moment before', () => {
    const end = Date.parse('2026-03-16T00:00:00Z') + 30 * DAY
    expect(isOver('whytimeout-events-2026.03.15', kept, end - 1)).toBe(false)
    expect(isOver('whytimeout-events-2026.03.15', kept, end)).toBe(true)
  })
  test.each([
    'whytimeout-dead-letters',
    'whytimeout-events-2020.01.01-copy',
    'my-whytimeout-events-2020.01.01',
    'whytimeout-events-2020.01',
    'whytimeout-events-2020.02.30',
    'whytimeout-events-2020.13.01',
    'whytimeout-verdicts-2020.01.01',
    'whytimeout-eventsX2020.01.01',
    'whytimeout-events-2020-01-01',
    'logs-2020.01.01',
  ])('%s is nobody’s business', (index) => expect(isOver(index, kept, NOW)).toBe(false))
})

describe('the command', () => {
  test.each([
    [[], /--config/],
    [['--config', 'x.yml'], /how long/],
    [['--config', 'x.yml', '--events', '30'], /30d/],
    [['--config', 'x.yml', '--events', '0d'], /30d/],
  ])('%j is wrong usage', async (argv, words) => {
    const { exit, err } = await runCli(['retention', ...argv])
    expect(exit).toBe(2)
    expect(err).toMatch(words)
  })
})
