import { describe, expect, test } from 'vitest'
import { inZone, parseZone, readTime, resolve, type WallTime, type Zone } from '../../pipeline/parse/time.js'
import { eventOf } from './event-of.js'

const UTC = parseZone('UTC') as Zone
const read = (text: string): WallTime => {
  const found = readTime(text)
  if (!found) throw new Error(text)
  return found.time
}
/** The instant of a time beside the name of a zone, in a log that keeps UTC. */
const at = (text: string, name: string): string =>
  new Date(resolve(inZone(read(text), name), UTC, Date.parse('2026-12-01T00:00:00Z')) ?? 0).toISOString()

describe('a time whose text names its zone', () => {
  test.each([
    ['14-Nov-2026 08:15:02', 'Europe/Prague', '2026-11-14T07:15:02.000Z', 'winter time'],
    ['14-Jul-2026 08:15:02', 'Europe/Prague', '2026-07-14T06:15:02.000Z', 'summer time'],
    ['14-Nov-2026 08:15:02.250', 'Pacific/Auckland', '2026-11-13T19:15:02.250Z', 'summer time of the south'],
    ['14-Jul-2026 08:15:02', 'America/St_Johns', '2026-07-14T10:45:02.000Z', 'half hours, west'],
    ['14-Jul-2026 08:15:02', 'Asia/Kathmandu', '2026-07-14T02:30:02.000Z', 'quarters, east'],
    ['14-Nov-2026 08:15:02', 'UTC', '2026-11-14T08:15:02.000Z', 'UTC'],
    ['14-Nov-2026 08:15:02', '+05:30', '2026-11-14T02:45:02.000Z', 'an offset'],
    ['01-Jan-2026 00:10:00', 'Europe/Prague', '2025-12-31T23:10:00.000Z', 'over the end of a year'],
    ['29-Mar-2026 01:59:59', 'Europe/Prague', '2026-03-29T00:59:59.000Z', 'the last second of winter time'],
    ['29-Mar-2026 03:00:00', 'Europe/Prague', '2026-03-29T01:00:00.000Z', 'the first of summer time'],
    ['25-Oct-2026 02:30:00', 'Europe/Prague', '2026-10-25T00:30:00.000Z', 'what occurs twice is its first'],
    ['25-Oct-2026 03:00:00', 'Europe/Prague', '2026-10-25T02:00:00.000Z', 'after the hour that occurs twice'],
  ])('%s %s is %s: %s', (text, name, expected) => expect(at(text, name)).toBe(expected))
  test('each line has a zone of its own', () =>
    expect(
      ['Asia/Kathmandu', 'Europe/Prague', 'Asia/Kathmandu'].map((name) => at('14-Nov-2026 08:15:02', name)),
    ).toEqual(['2026-11-14T02:30:02.000Z', '2026-11-14T07:15:02.000Z', '2026-11-14T02:30:02.000Z']))
  test.each(['Middle/Earth', 'Prague', 'local', 'www', '+25:00', 'GMT+99'])(
    'there is no zone %s: as it was',
    (name) => {
      const time = read('14-Nov-2026 08:15:02')
      expect(inZone(time, name)).toEqual(time)
    },
  )
  test('what says its zone itself is not moved again', () => {
    for (const text of ['2026-11-14T08:15:02+05:30', '2026-11-14T08:15:02Z', '1794643200'])
      expect(inZone(read(text), 'Europe/Prague')).toEqual(read(text))
  })
  test('a time without a year may lie in summer or winter: as it was', () => {
    for (const text of ['Nov 14 08:15:02', '08:15:02']) expect(inZone(read(text), 'Europe/Prague')).toEqual(read(text))
  })
})

const WAIT = 'sale 000731 failed: no answer within 6000 ms'
const php = (zone: string, said = `ERROR: ${WAIT}`, day = '14-Nov-2026') =>
  eventOf(`[${day} 08:15:02${zone === '' ? '' : ` ${zone}`}] ${said}`)

describe('a line of PHP', () => {
  test.each([
    ['Europe/Prague', '14-Nov-2026', '2026-11-14T07:15:02.000Z'],
    ['Europe/Prague', '14-Jul-2026', '2026-07-14T06:15:02.000Z'],
    ['America/Port-au-Prince', '14-Jul-2026', '2026-07-14T12:15:02.000Z'],
    ['Etc/GMT-2', '14-Jul-2026', '2026-07-14T06:15:02.000Z'],
    ['UTC', '14-Jul-2026', '2026-07-14T08:15:02.000Z'],
    ['', '14-Jul-2026', '2026-07-14T08:15:02.000Z'],
    ['Middle/Earth', '14-Jul-2026', '2026-07-14T08:15:02.000Z'],
  ])('keeps the clock of the zone that it names: "%s" on %s', (zone, day, expected) => {
    const event = php(zone, undefined, day)
    expect([event['@timestamp'], event['event.dataset']]).toEqual([expected, 'app-server'])
  })

  const gist = (said: string) => {
    const e = php('Europe/Prague', said)
    return [e['event.action'], e['whytimeout.stan'], e['event.duration'], e['log.level'], e.message]
  }
  test.each([
    [`ERROR: ${WAIT}`, 'response-timeout', '000731', 6e9, 'error'],
    ['INFO: sale stan=000731 approved in 412 ms', 'request-succeeded', '000731', 412e6, 'info'],
    [
      'WARNING: sale stan=000731 refund refused: Connection refused',
      'connection-refused',
      '000731',
      undefined,
      'warning',
    ],
    ['NOTICE: sale stan=000731 amount=12.50', 'request-started', '000731', undefined, 'notice'],
    ['INFO: drawer opened', 'other', undefined, undefined, 'info'],
  ])('in the words of its program: %s', (said, action, stan, duration, level) =>
    expect(gist(said)).toEqual([action, stan, duration, level, said.replace(/^[A-Z]+: /, '')]),
  )
  test('a wait of its program is one of the network, and nothing of its processes', () => {
    const event = php('Europe/Prague')
    expect([event['event.category'], event['event.outcome'], event['whytimeout.phase']]).toEqual([
      ['network'],
      'failure',
      'response',
    ])
  })
  test.each([
    ['NOTICE: fpm is running, pid 611', 'program-started'],
    ['NOTICE: ready to handle connections', 'program-started'],
    ['NOTICE: Terminating ...', 'program-stopped'],
    ['NOTICE: Reloading in progress ...', 'config-changed'],
    ['WARNING: [pool till] server reached pm.max_children setting (9), consider raising it', 'overload'],
    [
      'WARNING: [pool till] child 5, script \'/srv/a.php\' (request: "POST /a") executing too slow (5.100000 sec)',
      'overload',
    ],
    ['WARNING: [pool till] child 5 exited on signal 11 (SIGSEGV) after 3.200000 seconds from start', 'program-stopped'],
  ])('of its master, with and without a zone: %s', (said, action) => {
    for (const zone of ['', 'Europe/Prague']) {
      const event = php(zone, said)
      expect([event['event.action'], event['event.category']]).toEqual([action, ['process']])
    }
  })
  test.each(['NOTICE: [pool till] child 611 started', 'NOTICE: using inherited socket fd=8, "/run/a.sock"'])(
    'of its master, that tell nothing: %s',
    (said) => expect(php('', said)['event.action']).toBe('other'),
  )
  test("what a worker said through its master is the worker's own wait", () => {
    const event = php('Europe/Prague', `WARNING: [pool till] child 77 said into stderr: "NOTICE: PHP message: ${WAIT}"`)
    expect([event['event.action'], event['whytimeout.suffered_by'], event['@timestamp']]).toEqual([
      'response-timeout',
      'terminal',
      '2026-11-14T07:15:02.000Z',
    ])
  })
  test.each(['SUCCESS: done', 'error: done', 'ERROR done'])('near miss: %s is none of its levels', (said) =>
    expect(php('Europe/Prague', said)['event.dataset']).not.toBe('app-server'),
  )
})
