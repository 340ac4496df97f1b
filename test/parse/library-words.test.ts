import { describe, expect, test } from 'vitest'
import { eventOf } from './event-of.js'

describe('what ran out, in the words of more libraries', () => {
  const AT = '2026-11-24 10:00:05.250 ERROR pos -'
  const read = (said: string) => {
    const e = eventOf(`${AT} ${said}`)
    return [e['event.action'], e['whytimeout.whole_limit'] ?? false]
  }
  const request =
    'HttpExceptionRequest Request {\n  host = "pay.example"\n  responseTimeout = ResponseTimeoutMicro 12000000\n}\n'
  test.each<[string, string, boolean]>([
    [`no luck: ${request} ConnectionTimeout`, 'connect-timeout', false],
    [`no luck: ${request} ResponseTimeout`, 'response-timeout', false],
    ['sale NSU=812 Error: Timeout of 5000ms exceeded', 'response-timeout', true],
    ['sale NSU=812 FetchError: network timeout at: https://pay.example:8443/auth', 'response-timeout', true],
    ['sale 812: Timeout was reached', 'response-timeout', true],
    ['sale 812: HTTP 599: Timeout while connecting', 'connect-timeout', false],
    ['sale 812: HTTP 599: Timeout while resolving pay.example', 'dns-timeout', false],
    [
      'sale failed\n\tTraceback (most recent call last):\n\ttwisted.internet.error.TimeoutError: User timeout caused connection failure.',
      'connect-timeout',
      false,
    ],
    [
      'sale failed\n\ttwisted.web._newclient.ResponseNeverReceived: [<twisted.python.failure.Failure twisted.internet.defer.CancelledError: >]',
      'response-timeout',
      false,
    ],
    [
      'sale failed\njava.util.concurrent.TimeoutException\n\tat java.base/sun.nio.ch.PendingFuture.get(PendingFuture.java:195)',
      'response-timeout',
      true,
    ],
    [
      'sale failed\n\ttwisted.internet.error.DNSLookupError: DNS lookup failed: no results for hostname lookup',
      'dns-failed',
      false,
    ],
    ['pymongo.errors.ServerSelectionTimeoutError: acq.example:27017: timed out', 'connect-timeout', false],
    ['Server selection timed out after 5000 ms', 'connect-timeout', false],
    ['psycopg2.OperationalError: timeout expired', 'connect-timeout', false],
    ['urllib.error.URLError: <urlopen error timed out>', 'connect-timeout', false],
    ['Faraday::ConnectionFailed (execution expired)', 'connect-timeout', false],
    ['java.net.SocketTimeoutException: Connect Timeout', 'connect-timeout', false],
    ['sale 812 failed: timeout: connect', 'connect-timeout', false],
    ['sale 812 failed: timeout: resolve', 'dns-timeout', false],
    ['sale 812 failed: timeout: recv response', 'response-timeout', false],
    ['request canceled (Client.Timeout or context cancellation while reading body)', 'response-timeout', true],
    ['java.util.concurrent.TimeoutException: Total timeout 5000 ms elapsed', 'response-timeout', false],
    ['MQTTnet.Exceptions.MqttCommunicationTimedOutException', 'response-timeout', false],
    ['page failed: net::ERR_NAME_NOT_RESOLVED', 'dns-failed', false],
    ['DNS error: Temporary DNS error while resolving: pay.example', 'dns-failed', false],
  ])('%s', (said, action, isWhole) => {
    expect(read(said)).toEqual([action, isWhole])
  })
})

test('where the program speaks stands before its level, and is no endpoint', () => {
  const e = eventOf(
    '[2026-11-24 10:00:05,250] 6318 MainThread iso8583.link:22 ERROR - STAN 006750: no 0210 within 2.0 s',
  )
  expect([e['destination.domain'], e['log.level'], e['log.logger']]).toEqual([undefined, 'error', 'iso8583.link'])
})

test('near miss: an endpoint before a level', () => {
  const e = eventOf('2026-11-24 10:00:05.250 connect to gw.pay.example:8443 ERROR timed out after 2000 ms')
  expect([e['event.action'], e['destination.domain'], e['destination.port']]).toEqual([
    'connect-timeout',
    'gw.pay.example',
    8443,
  ])
})

test('where a program listens is nowhere that it dials', () => {
  const port = (said: string) => eventOf(`2026-11-24 10:00:05.250 INFO pos - ${said}`)['destination.port']
  expect(port('pay 2.4.1 started in 2.418s. Listening on: http://127.0.0.1:8080')).toBeUndefined()
  expect(port('pay 2.4.1 started, gateway pay.example:8443, listening on 0.0.0.0:9100')).toBe(8443)
})

test("tinylog's thread before the method", () => {
  const e = eventOf(
    '2026-11-24 10:00:05 [main] com.shop.Approver.send()\nERROR: trace 000812: java.net.SocketTimeoutException: Read timed out',
  )
  expect([e['event.action'], e['log.level']]).toEqual(['response-timeout', 'error'])
})

test('what a console sets for a terminal', () => {
  const e = eventOf(
    '2026-11-24T10:00:05Z mgmt tms[3311]: terminal=00500102 profile=q4 rev=118 set host.port=18443 result=OK',
  )
  expect([e['event.action'], e['destination.port'], e['whytimeout.terminal_id']]).toEqual([
    'config-changed',
    18443,
    '00500102',
  ])
})

test('the log of pf, as tcpdump prints it', () => {
  const read = (act: string) =>
    eventOf(
      `Nov 24 10:00:05.670007 rule 14/(match) ${act} in on vether1: 10.1.2.22.36506 > 192.0.2.9.8443: S 25:25(0) win 64240`,
    )
  const blocked = read('block')
  expect([blocked['event.action'], blocked['source.ip'], blocked['destination.port']]).toEqual([
    'policy-denied',
    '10.1.2.22',
    8443,
  ])
  expect(read('pass')['event.action']).not.toBe('policy-denied')
})

test("Nokia's SR OS tells below its head what happened", () => {
  const e = eventOf(
    '4122 2026/11/24 10:00:05.00 UTC MINOR: OAM #2101 Base SAA\n"Test to-gw run 120: average-round-trip-time 5068 ms crossed rising-threshold 200"',
  )
  expect([e['event.action'], e['whytimeout.rtt_ms'], e['process.name']]).toEqual(['probe-answered', 5068, 'oam'])
})

test('a session of nginx whose client stands before the time', () => {
  const e = eventOf('100.64.1.2:48290 [24/Nov/2026:10:00:05 +0000] TCP 200 25/41 0.267 10.2.0.20:5001 0.043')
  expect([e['source.ip'], e['source.port'], e['destination.ip'], e['destination.port']]).toEqual([
    '100.64.1.2',
    48290,
    '10.2.0.20',
    5001,
  ])
})

test('a colon before the thousandths, and a sum behind the sign of its money', () => {
  const e = eventOf('24/11/26 16:25:34:045 [INF] venda iniciada NSU=298638 valor=R$ 208.11')
  expect([e['@timestamp'].slice(11), e['event.action']]).toEqual(['16:25:34.045Z', 'request-started'])
})

test('a zone told beside the time', () => {
  const e = eventOf(
    'id=firewall time="2026-11-24 14:00:05" fw="SN1" tz=+0100 src=10.1.2.22 dst=192.0.2.9 dstport=8443 action=block msg="TCP data without prior connection"',
  )
  expect([e['@timestamp'], e['event.action']]).toEqual(['2026-11-24T13:00:05.000Z', 'policy-denied'])
})
