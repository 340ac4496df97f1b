import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  findTime,
  isPlausible,
  parseZone,
  plus,
  readTime,
  readTimePlainly,
  resolve,
  type Zone,
} from '../../pipeline/parse/time.js'
import { eventOf } from './event-of.js'

const zone = (name: string): Zone => {
  const z = parseZone(name)
  if (!z) throw new Error(name)
  return z
}
const LATEST = Date.parse('2026-12-01T00:00:00Z')
const iso = (text: string, name = 'UTC', latest = LATEST): string | undefined => {
  const read = readTime(text)
  const at = read && resolve(read.time, zone(name), latest)
  return at === undefined ? undefined : new Date(at).toISOString()
}

describe('readTime reads what logs write', () => {
  test.each([
    ['2026.07.02. 18:22:10.284 TÁJ', '2026-07-02T18:22:10.284Z'],
    ['09.04.2026. 18:06:59,469 x', '2026-04-09T18:06:59.469Z'],
    ['22/09 13:15:06,988 INFO  [tef-3] x', '2026-09-22T13:15:06.988Z'],
    ['09/22 13:15:06 x', '2026-09-22T13:15:06.000Z'],
    ['22.09. 13:15:06 x', '2026-09-22T13:15:06.000Z'],
    ['0319-115153.250 I SYS boot', '2026-03-19T11:51:53.250Z'],
    ['27/05/2026 10.42.02.716 x', '2026-05-27T10:42:02.716Z'],
    ['20261110.20h15m51s CONNECT: attempt fail', '2026-11-10T20:15:51.000Z'],
    ['Okt. 13, 2026 5:56:40 PM pos.Start main', '2026-10-13T17:56:40.000Z'],
    ['März 2, 2026 12:00:05 AM pos.Start main', '2026-03-02T00:00:05.000Z'],
    ['juil. 3, 2026 5:56:40 PM pos.Start main', '2026-07-03T17:56:40.000Z'],
    ['juin 3, 2026 5:56:40 PM pos.Start main', '2026-06-03T17:56:40.000Z'],
    ['oct. 13, 2026 5:56:40 p. m. pos.Start main', '2026-10-13T17:56:40.000Z'],
    ['10月 13, 2026 5:56:40 下午 pos.Start main', '2026-10-13T17:56:40.000Z'],
    ['十一月 13, 2026 5:56:40 上午 pos.Start main', '2026-11-13T05:56:40.000Z'],
    ['10月 13, 2026 5:56:40 午後 pos.Start main', '2026-10-13T17:56:40.000Z'],
    ['13. Okt. 2026 17:56:40 FEHLER', '2026-10-13T17:56:40.000Z'],
    ['13 de out. de 2026 17:56:40 falha', '2026-10-13T17:56:40.000Z'],
    ['2026-03-02T10:00:00.123Z rest', '2026-03-02T10:00:00.123Z'],
    ['2026-03-02 10:00:00,123 INFO', '2026-03-02T10:00:00.123Z'],
    ['2026-03-02T10:00:00.834029025', '2026-03-02T10:00:00.834Z'],
    ['2026-03-02T10:00:00+08:00', '2026-03-02T02:00:00.000Z'],
    ['2026-03-02 10:00:00 +0800 sale', '2026-03-02T02:00:00.000Z'],
    ['2026/03/02 10:00:00 [error]', '2026-03-02T10:00:00.000Z'],
    ['20260302 10:00:00', '2026-03-02T10:00:00.000Z'],
    ['20260302100000', '2026-03-02T10:00:00.000Z'],
    ['20260302100000123', '2026-03-02T10:00:00.123Z'],
    ['Mar  2 10:00:00 host', '2026-03-02T10:00:00.000Z'],
    ['Mar 2 2026 10:00:00', '2026-03-02T10:00:00.000Z'],
    ['Mon Mar  2 10:00:00 2026', '2026-03-02T10:00:00.000Z'],
    ['Mon Mar 02 2026 10:00:00 GMT+0530 (India Standard Time)', '2026-03-02T04:30:00.000Z'],
    ['Mon Mar 02 2026 10:00:00 GMT rest', '2026-03-02T10:00:00.000Z'],
    ['2026-03-02 10:00:00 UTC-03:00 rest', '2026-03-02T13:00:00.000Z'],
    ['Mon Mar  2 10:00:00 CST 2026', '2026-03-02T10:00:00.000Z'],
    ['Mon, 02 Mar 2026 10:00:00 GMT', '2026-03-02T10:00:00.000Z'],
    ['02/Mar/2026:10:00:00.250 +0100]', '2026-03-02T09:00:00.250Z'],
    ['02/Mar/2026:10:00:00.250]', '2026-03-02T10:00:00.250Z'],
    ['02-Mar-2026 10:00:00.123 queries', '2026-03-02T10:00:00.123Z'],
    ['Mar 2, 2026 10:00:05 PM com.example', '2026-03-02T22:00:05.000Z'],
    ['Mar 2, 2026 12:00:05 AM com.example', '2026-03-02T00:00:05.000Z'],
    ['3/2/2026 10:00:00 PM', '2026-03-02T22:00:00.000Z'],
    ['03-02 10:00:00.123  1234  1234 E Tag', '2026-03-02T10:00:00.123Z'],
    ['2026年3月2日 22时50分37秒', '2026-03-02T22:50:37.000Z'],
    ['2026年03月02日 下午 10:50:37', '2026-03-02T22:50:37.000Z'],
    ['17/03/26 10:00:00.250 COMM', '2026-03-17T10:00:00.250Z'],
    ['31/10/26 10:00:00 COMM', '2026-10-31T10:00:00.000Z'],
    ['26/03/17 10:00:00 INFO Executor', '2026-03-17T10:00:00.000Z'],
    ['29/03/26 10:00:00 not yet 2029', '2026-03-29T10:00:00.000Z'],
    ['03/17/26 10:00:00 month first', '2026-03-17T10:00:00.000Z'],
    ['02Mar2026 10:00:00 E4012', '2026-03-02T10:00:00.000Z'],
    ['02-MAR-26 10:00:00', '2026-03-02T10:00:00.000Z'],
    ['2-MAR-2026 10:00:00.123', '2026-03-02T10:00:00.123Z'],
    ['2026-03-02-10.00.00.123456', '2026-03-02T10:00:00.123Z'],
    ['2026/03/02:10:00:00', '2026-03-02T10:00:00.000Z'],
    ['2026-03-02, 10:00:00,5', '2026-03-02T10:00:00.500Z'],
    ['1772445600', '2026-03-02T10:00:00.000Z'],
    ['1772445600.80183]', '2026-03-02T10:00:00.801Z'],
    ['1772445600123', '2026-03-02T10:00:00.123Z'],
    ['1772445600123456', '2026-03-02T10:00:00.123Z'],
    ['1772445600123456789', '2026-03-02T10:00:00.123Z'],
    ['201126 150002.150 COMM', '2026-11-20T15:00:02.150Z'],
    ['261120 150002.150 COMM', '2026-11-20T15:00:02.150Z'],
    ['20-Nov-2026 03:00:00.947 pm x', '2026-11-20T15:00:00.947Z'],
    ['20-Nov-2026 12:00:00.947 am x', '2026-11-20T00:00:00.947Z'],
    ['20261124-105241.484000 x', '2026-11-24T10:52:41.484Z'],
    ['01.11.26 10:34:14.141 x', '2026-11-01T10:34:14.141Z'],
    ['01.11.26 10.43.11.533 x', '2026-11-01T10:43:11.533Z'],
    ['30.11.2026 kl. 10.43.11 x', '2026-11-30T10:43:11.000Z'],
  ])('%s', (text, expected) => expect(iso(text)).toBe(expected))

  test('of two orders the date nearest before the latest time that is known', () => {
    expect(iso('19/06/20 10:00:00', 'UTC', Date.parse('2019-07-01T00:00:00Z'))).toBe('2019-06-20T10:00:00.000Z')
    expect(iso('19/06/20 10:00:00', 'UTC', Date.parse('2020-07-01T00:00:00Z'))).toBe('2020-06-19T10:00:00.000Z')
    expect(iso('201126 150002', 'UTC', Date.parse('2020-12-01T00:00:00Z'))).toBe('2020-11-26T15:00:02.000Z')
  })

  test.each([
    '2026-02-30 10:00:00',
    '2026-13-02 10:00:00',
    '2026-03-02 25:00:00',
    '10.20.0.10:41916',
    '99',
    'Marble 2 10:00:00',
    '17724456009',
    '26/13/26 10:00:00',
    '26/11/26 25:00:00',
    '10.11.26.53',
    '10.11.26.53 10:43:11',
    '10.11.26.53 10.43.11.53',
    '01.11.26 10.43.11.533.1',
    '01.11.26 10.43.61',
    '201126 250002.150',
    '201326 150002.150',
    '201126 1500',
  ])('%s is no time', (text) => expect(readTime(text)?.time.epochMs ?? readTime(text)?.time.year).toBeUndefined())

  test('a leap second is the last instant of its minute', () =>
    expect(iso('2026-06-30T23:59:60Z')).toBe('2026-06-30T23:59:59.999Z'))
})

describe('resolve', () => {
  test('a missing year is the latest that is not after the bound', () => {
    expect(iso('Mar  2 10:00:00', 'UTC', Date.parse('2026-03-02T09:00:00Z'))).toBe('2025-03-02T10:00:00.000Z')
    expect(iso('Dec 31 23:00:00', 'UTC', Date.parse('2026-01-02T00:00:00Z'))).toBe('2025-12-31T23:00:00.000Z')
  })
  test('29 February is of a leap year', () => expect(iso('Feb 29 10:00:00')).toBe('2024-02-29T10:00:00.000Z'))
  test('with slashes the month comes first, unless the day is said to, or it would be to come', () => {
    const read = (text: string, latest: string, isDayFirst?: boolean) => {
      const found = readTime(text)
      return (
        found &&
        new Date(resolve(found.time, zone('UTC'), Date.parse(latest), isDayFirst) ?? 0).toISOString().slice(0, 10)
      )
    }
    expect(read('11/02/2026 10:00:00', '2026-12-01')).toBe('2026-11-02')
    expect(read('11/02/2026 10:00:00', '2026-12-01', true)).toBe('2026-02-11')
    expect(read('11/02/2026 10:00:00', '2026-02-11')).toBe('2026-02-11')
    expect(read('25/02/2026 10:00:00', '2026-12-01')).toBe('2026-02-25')
    expect(read('02/25/2026 10:00:00', '2026-12-01', true)).toBe('2026-02-25')
  })
  test('a missing date is the latest day that fits', () => {
    expect(iso('14:55:04.120', 'UTC', Date.parse('2026-03-02T15:00:00Z'))).toBe('2026-03-02T14:55:04.120Z')
    expect(iso('15:55:04', 'UTC', Date.parse('2026-03-02T15:00:00Z'))).toBe('2026-03-01T15:55:04.000Z')
  })
  test('named zones follow their clock changes; the skipped hour keeps the offset before, the doubled hour is its first', () => {
    expect(iso('2026-03-02 22:50:37', 'Asia/Shanghai')).toBe('2026-03-02T14:50:37.000Z')
    expect(iso('2026-07-01 12:00:00', 'Europe/Berlin')).toBe('2026-07-01T10:00:00.000Z')
    expect(iso('2026-03-29 02:30:00', 'Europe/Berlin')).toBe('2026-03-29T01:30:00.000Z')
    expect(iso('2026-10-25 02:30:00', 'Europe/Berlin')).toBe('2026-10-25T00:30:00.000Z')
  })
  test('plus shifts what was resolved', () => {
    const read = readTime('2026-03-02T10:00:00Z')
    expect(read && resolve(plus(plus(read.time, 1500), 500), zone('UTC'), LATEST)).toBe(
      Date.parse('2026-03-02T10:00:02Z'),
    )
  })
  test('any instant survives its own ISO text in any fixed zone', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 946_684_800_000, max: 4_000_000_000_000 }),
        fc.integer({ min: -14 * 4, max: 14 * 4 }),
        (at, quarters) => {
          const sign = quarters < 0 ? '-' : '+'
          const minutes = Math.abs(quarters) * 15
          const name = `${sign}${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}`
          const local = new Date(at + quarters * 900_000).toISOString().slice(0, 23)
          return Date.parse(iso(local, name, Number.MAX_SAFE_INTEGER) ?? '') === at
        },
      ),
    )
  })
})

test('zones that do not exist are refused', () => {
  expect(parseZone('Asia/Shangai')).toBeUndefined()
  expect(parseZone('+25:00')).toBeUndefined()
})

test('findTime takes the first time of the line, and no address, duration or version', () => {
  expect(findTime('TRX|20260302 10:00:00|x')?.start).toBe(4)
  expect(findTime('[2026-03-02 10:00:00.123] [INFO]')?.start).toBe(1)
  expect(findTime('connect to 10.20.0.10:41916 took 12:30 version 1.2.3')).toBeUndefined()
  expect(findTime('peer 10.11.26.53 10.43.11.53 up, nat 12.11.26.10:7011')).toBeUndefined()
  expect(findTime('amount=1772445600 ok')).toBeDefined()
  expect(findTime('card 1772445600123 ok')).toBeUndefined()
})

test('plausible is from 2000 to a day after now', () => {
  const now = Date.parse('2026-03-02T00:00:00Z')
  expect(isPlausible(Date.parse('1999-12-31T23:59:59Z'), now)).toBe(false)
  expect(isPlausible(now + 86_400_000, now)).toBe(true)
  expect(isPlausible(now + 86_400_001, now)).toBe(false)
})

test('any text is answered, and quickly', () => {
  fc.assert(
    fc.property(fc.string({ maxLength: 300 }), (text) => {
      readTime(text)
      findTime(text, 300)
    }),
  )
})

test('the shortcuts of readTime read what the layouts read', () => {
  const day = [
    '2026-11-23',
    '2026/1/3',
    '2026.02.29',
    'Nov 23',
    'Feb  3',
    'Mar 29 2026',
    '23/Nov/2026',
    '31-Feb-2024',
    '',
  ]
  const gap = [' ', 'T', ':', '_', '  ', '']
  const hour = ['14:50:36', '9:50:36', '24:00:00', '23:59:60', '14:50', '10:00:00:12']
  const fraction = ['', '.1', ',123', '.1234567890', '.', '.x']
  const tail = [
    '',
    ' ',
    'Z',
    ' Z',
    'Zulu',
    '+0800',
    ' +08:00',
    '+08:0',
    '-0530x',
    ' AM',
    'p.m.',
    ' UTC',
    ' 2026',
    ' CST 2026',
    ' host 2026',
    ':',
  ]
  const part = (all: readonly string[]) => fc.constantFrom(...all)
  fc.assert(
    fc.property(part(day), part(gap), part(hour), part(fraction), part(tail), (d, g, h, f, t) => {
      const text = `${d}${g}${h}${f}${t}`
      for (const cut of [text, text.slice(0, -1), text.slice(1), ` ${text}`])
        for (const from of [0, 1, 5, 7]) expect(readTime(cut, from)).toEqual(readTimePlainly(cut, from))
    }),
    { numRuns: 1_000 },
  )
})

test('a date of two digits each is read whole', () => {
  expect(eventOf('11-24-26 10:00:05.250 I EPAY seq 088683 APPROVED 111ms')['@timestamp']).toBe(
    '2026-11-24T10:00:05.250Z',
  )
  expect(eventOf('24-11-26 10:00:05.250 I EPAY seq 088683 APPROVED 111ms')['@timestamp']).toBe(
    '2026-11-24T10:00:05.250Z',
  )
})
