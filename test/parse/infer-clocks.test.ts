import { describe, expect, test } from 'vitest'
import { apartByClock } from '../../pipeline/parse/infer-clocks.js'
import { notesFor, type OriginNotes } from '../../pipeline/parse/infer-notes.js'

const NOON = Date.parse('2026-05-04T12:00:00Z')
const [SECOND, MINUTE, HOUR] = [1_000, 60_000, 3_600_000]
type Range = [number, number]
/** A log whose times have no zone, of an hour. */
const log = (origin: string, shift = 0, length = HOUR, more: Partial<OriginNotes> = {}): OriginNotes => ({
  ...notesFor(origin),
  local: [NOON + shift, NOON + shift + length] as Range,
  ...more,
})
const hostsOf = (list: readonly OriginNotes[], joined: readonly string[] = []) =>
  apartByClock(list, (origin) => joined.includes(origin)).map((n) => n.host)
const first = log('r1/messages')

describe('logs of one host that tell of the same time in two zones', () => {
  test.each([
    ['two hours before', -2 * HOUR],
    ['two hours after', 2 * HOUR],
    ['five and three quarters', 5.75 * HOUR],
    ['half an hour', 0.5 * HOUR],
    ['a quarter', 0.25 * HOUR],
    ['fourteen', 14 * HOUR],
    ['two hours, and begins a minute later', 2 * HOUR + MINUTE],
    ['two hours, less a minute', 2 * HOUR - MINUTE],
  ])('%s', (_, shift) => {
    const [own, other] = apartByClock([first, log('r1/dnsmasq.log', shift)], () => false)
    expect(own).toBe(first)
    expect(other?.host).not.toBe('r1')
    expect(other).toEqual({ ...log('r1/dnsmasq.log', shift), host: other?.host })
  })
  test('each has a name of its own, and no other host has it', () => {
    const hosts = hostsOf([
      first,
      log('r1/dnsmasq.log', 2 * HOUR),
      log('r1/ulogd.log', 3 * HOUR),
      log('r2/messages'),
      log('r2/dnsmasq.log', 2 * HOUR),
    ])
    expect([hosts[0], hosts[3]]).toEqual(['r1', 'r2'])
    expect(new Set(hosts).size).toBe(5)
  })
  test('the range is that of all times without a zone', () => {
    const both = { local: [NOON, NOON + HOUR / 2] as Range, yearless: [NOON + HOUR / 3, NOON + HOUR] as Range }
    const yearless = { local: undefined, yearless: [NOON + 2 * HOUR, NOON + 3 * HOUR] as Range }
    expect(hostsOf([log('r1/a', 0, 0, both), log('r1/b', 0, 0, yearless)])[1]).not.toBe('r1')
  })
  test('what was given is not changed', () => {
    const list = [first, log('r1/dnsmasq.log', 2 * HOUR)]
    apartByClock(list, () => false)
    expect(list.map((n) => n.host)).toEqual(['r1', 'r1'])
  })
})

describe('near miss: they stay one host', () => {
  test.each<[string, OriginNotes]>([
    ['the same time', log('r1/b')],
    ['a few seconds later', log('r1/b', 40 * SECOND)],
    ['seven minutes later', log('r1/b', 7 * MINUTE)],
    ['ten minutes later, no quarter', log('r1/b', 2 * HOUR + 7 * MINUTE)],
    ['more than fourteen hours', log('r1/b', 15 * HOUR)],
    ['a day', log('r1/b', 24 * HOUR)],
    ['a year', log('r1/b', 365 * 24 * HOUR)],
    ['another end', log('r1/b', 2 * HOUR, HOUR - 3 * MINUTE)],
    ['another begin', log('r1/b', 2 * HOUR + 3 * MINUTE, HOUR - 3 * MINUTE)],
    ['the hour after, of a log that was begun anew', log('r1/b', HOUR + 3 * MINUTE, HOUR / 2)],
    ['a log with zones', log('r1/b', 2 * HOUR, HOUR, { zoned: [NOON, NOON + HOUR] })],
    ['a log without dates', log('r1/b', 0, 0, { local: undefined, clock: [0, HOUR] })],
    ['an empty log', notesFor('r1/b')],
    ['another host', log('r2/b', 2 * HOUR)],
  ])('%s', (_, other) => expect(hostsOf([first, other])[1]).toBe(other.host))
  test('its requests tell its zone anyway', () => {
    const list = [first, log('r1/b', 2 * HOUR)]
    expect(hostsOf(list, ['r1/b'])).toEqual(['r1', 'r1'])
    expect(hostsOf(list, ['r1/messages'])[1]).not.toBe('r1')
  })
  test('logs of more than four hours', () => {
    expect(hostsOf([log('r1/a', 0, 5 * HOUR), log('r1/b', 2 * HOUR, 5 * HOUR)])).toEqual(['r1', 'r1'])
    // Nor is one of them what others are held against.
    expect(hostsOf([log('r1/a', 2 * HOUR, 5 * HOUR), first, log('r1/c', 2 * HOUR)]).slice(0, 2)).toEqual(['r1', 'r1'])
  })
  test('a log with zones is not what others are held against', () =>
    expect(hostsOf([log('r1/a', 0, HOUR, { zoned: [NOON, NOON + HOUR] }), log('r1/b', 2 * HOUR)])).toEqual([
      'r1',
      'r1',
    ]))
  test('no log at all', () => expect(hostsOf([])).toEqual([]))
})
