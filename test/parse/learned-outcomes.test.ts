import { describe, expect, test } from 'vitest'
import { NO_ENRICHMENT } from '../../pipeline/parse/enrich.js'
import { FORMATS } from '../../pipeline/parse/formats/index.js'
import { addTraceNumber, numbersIn } from '../../pipeline/parse/infer-names.js'
import { addOutcome } from '../../pipeline/parse/learned-outcome.js'
import { parseRecord } from '../../pipeline/parse/record.js'
import type { ParsedFields } from '../../schemas/event.js'

const MS = 1e6
/** What a line says of a request of a number; how long it took in ms, where it says so. */
const said = (text: string, took?: number, more: ParsedFields = {}): ParsedFields => {
  const fields: ParsedFields = {
    'event.action': 'other',
    'whytimeout.stan': '005301',
    ...(took !== undefined && { 'event.duration': took * MS }),
    ...more,
  }
  addOutcome(fields, text)
  return fields
}
const outcome = (text: string, took?: number, more: ParsedFields = {}) => {
  const fields = said(text, took, more)
  return [fields['event.action'], fields['event.outcome']]
}
const OK = ['request-succeeded', 'success']
const FAILED = ['request-failed', 'failure']
const BEGUN = ['request-started', 'unknown']
const NOTHING = ['other', undefined]

describe('a line of a request whose number is learned', () => {
  test.each([
    'ticket 005301 booked',
    'ticket 005301',
    'ticket 005301 presented, no consent asked',
    'ticket 005301 fail=0',
  ])('with how long it took: its end, and a good one: %s', (text) => expect(outcome(text, 412)).toEqual(OK))
  test.each([
    'ticket 005301 failed',
    'ticket 005301 unable to book',
    'ticket 005301 could not be booked',
    'ticket 005301 error 91',
    'Beleg 005301 konnte nicht gebucht werden',
    'ticket 005301 nepodařilo se',
    'ticket 005301 失败',
  ])('with words of failure: a bad one: %s', (text) => {
    expect(outcome(text, 412)).toEqual(FAILED)
    // Without how long it took nobody knows whether it has ended.
    expect(outcome(text)).toEqual(NOTHING)
  })
  test.each(['error', 'err', 'warn', 'warning', 'critical', 'fatal', 'severe'])('by its level %s: a bad one', (level) =>
    expect(outcome('ticket 005301 booked', 412, { 'log.level': level })).toEqual(FAILED),
  )
  test.each(['info', 'debug', 'notice', 'trace', 'inferred'])('near miss: by its level %s it is a good one', (level) =>
    expect(outcome('ticket 005301 booked', 412, { 'log.level': level })).toEqual(OK),
  )
  test.each([
    'sent',
    'started',
    'connected',
    'queued',
    'dialing',
    'resolved',
    'reused line',
    'slow',
    'retry 2',
    'waiting',
  ])('under way: %s', (word) => expect(outcome(`ticket 005301 ${word}`, 31)).toEqual(NOTHING))
  test('what failed is at its end, whatever was under way', () => {
    expect(outcome('ticket 005301 retry 2 failed', 412)).toEqual(FAILED)
    expect(outcome('ticket 005301 sent', 412, { 'log.level': 'error' })).toEqual(FAILED)
  })
  test.each(['amount=12.50', 'Betrag 1250', 'total: 9', '金额：1250'])('with a sum: its begin: %s', (sum) =>
    expect(outcome(`ticket 005301 ${sum}`)).toEqual(BEGUN),
  )
  test.each(['amount unknown', 'amounts to 12', 'summary 7', 'total 12%'])('near miss: no sum: %s', (words) =>
    expect(outcome(`ticket 005301 ${words}`)).toEqual(NOTHING),
  )
  test('a sum beside how long it took is the end', () => expect(outcome('ticket 005301 amount=12.50', 412)).toEqual(OK))
  test('a sum in a line of failure begins nothing', () => {
    expect(outcome('ticket 005301 amount=12.50 failed')).toEqual(NOTHING)
    expect(outcome('ticket 005301 amount=12.50', undefined, { 'log.level': 'error' })).toEqual(NOTHING)
  })
  test('nothing but a number says nothing', () => expect(outcome('ticket 005301 noted')).toEqual(NOTHING))
  test('only its first line tells', () => {
    expect(outcome('ticket 005301 booked\n  at Till.failed(Till.java:3)', 412)).toEqual(OK)
    expect(outcome('ticket 005301 noted\namount=12.50')).toEqual(NOTHING)
  })
  test('near miss: without a number', () =>
    expect(outcome('booked', 412, { 'whytimeout.stan': undefined })).toEqual(NOTHING))
  test.each(['response-timeout', 'request-started', 'config-changed'] as const)(
    'near miss: what the line says by itself stays: %s',
    (action) => expect(said('ticket 005301 failed', 412, { 'event.action': action })['event.action']).toBe(action),
  )
})

/** The event of a message of a log with a word, or a place, of its own for numbers. */
const eventOf = (message: string, trace: string | undefined) => {
  const outcome = parseRecord(`2026-11-14 08:15:02.113 ${message}`, {
    formats: FORMATS,
    host: 'h',
    logName: 'pay.log',
    entryFor: () => (trace === undefined ? {} : { trace }),
    enrichment: NO_ENRICHMENT,
    shownValues: new Set(),
    receivedAtMs: Date.parse('2026-12-01T00:00:00Z'),
  })
  if (outcome.kind !== 'events') throw new Error(outcome.code)
  const e = outcome.events[0]?.event
  return [e?.['event.action'], e?.['whytimeout.stan']]
}

describe('a whole line of such a log', () => {
  test.each([
    ['INFO ticket 005301 took 412 ms', 'ticket', 'request-succeeded', '005301'],
    ['WARN ticket 005301 took 8012 ms', 'ticket', 'request-failed', '005301'],
    ['INFO ticket 005301 sum=12.50', 'ticket', 'request-started', '005301'],
    ['INFO ticket 005301 queued 31 ms', 'ticket', 'other', '005301'],
    ['INFO|pay|005301|took 412 ms', '|2', 'request-succeeded', '005301'],
    ['ERROR|pay|005301|took 412 ms', '|2', 'request-failed', '005301'],
    ['INFO|pay|005301|amount=1250', '|2', 'request-started', '005301'],
    ['INFO;pay;005301;took 412 ms', ';2', 'request-succeeded', '005301'],
    ['INFO\tpay\tK77025\ttook 412 ms', '\t2', 'request-succeeded', 'K77025'],
  ])('%s', (message, trace, action, stan) => expect(eventOf(message, trace)).toEqual([action, stan]))
  test.each([
    ['another word', 'INFO slip 005301 took 412 ms', 'ticket'],
    ['nothing is learned of it', 'INFO ticket 005301 took 412 ms', undefined],
    ['one value more: another place', 'INFO|pay|005301|took 412 ms|x', '|2'],
    ['too few values', 'INFO|005301|took 412 ms', '|2'],
    ['a number that counts nothing', 'INFO|pay|5301|took 412 ms', '|2'],
    ['a value with more than the number', 'INFO|pay|005301 b|took 412 ms', '|2'],
    ['other signs between', 'INFO;pay;005301;took 412 ms', '|2'],
  ])('near miss: %s', (_, message, trace) => expect(eventOf(message, trace)).toEqual(['other', undefined]))
  test('near miss: a log of usual names, of which nothing is learned, is read as before', () =>
    expect(eventOf('INFO stan=005301 took 412 ms', undefined)).toEqual(['other', '005301']))
  test('a wait that ran out is one under its learned number too', () =>
    expect(eventOf('ERROR|pay|005301|no answer within 6000 ms', '|2')).toEqual(['response-timeout', '005301']))
})

describe('values between bars', () => {
  const found = (text: string) => numbersIn(text).map(({ name, value }) => `${name} ${value}`)
  test.each<[string, string[]]>([
    ['a|b|c|005301', ['|1 005301']],
    ['005301|b|c|d', ['|4 005301']],
    ['a|b| 005301 |d', ['|2 005301']],
    ['a||005301|', ['|2 005301']],
    ['a;b;K77025;d', [';2 K77025', '~A99999 K77025']],
    ['a\tb\t005301\td', ['\t2 005301']],
    ['a|b;c;d;e|005301|x', ['|2 005301']],
    ['a|b;005301;d;e', [';3 005301']],
    ['slip=004711|b|005301|d', ['slip 004711', '|2 005301']],
  ])('%j', (text, expected) => expect(found(text)).toEqual(expected))
  test.each([
    'a|005301|b',
    'a|b|5301|d',
    'a|b|005301x|d',
    'a|b|2026-11-14|d',
    'a|b|12.50|d',
    'a,b,005301,d',
    'a|b|x 005301|d',
  ])('near miss: %s', (text) => expect(found(text)).toEqual([]))
  test('are found again by the place that was learned, if there are as many behind it', () => {
    const stan = (text: string, name: string) => {
      const fields: ParsedFields = {}
      addTraceNumber(fields, text, name)
      return fields['whytimeout.stan']
    }
    expect(stan('a|b|c|005301|d', '|2')).toBe('005301')
    expect(stan('b|c|005301|d', '|2')).toBe('005301')
    expect(stan('a|b|005301|d|e', '|2')).toBeUndefined()
    expect(stan('a|b|005301|d', '|12')).toBeUndefined()
  })
  test('a number between slashes behind a learned word is that of a terminal before it', () => {
    const stan = (text: string) => {
      const fields: ParsedFields = {}
      addTraceNumber(fields, text, 'ticket')
      return fields['whytimeout.stan']
    }
    expect(stan('ticket=61000301/005301')).toBe('005301')
    expect(stan('ticket=K-12/005301 ok')).toBe('005301')
    expect(stan('ticket=a/b/005301')).toBeUndefined()
    expect(stan('ticket=61000301/005301/2')).toBeUndefined()
  })
})
