import { describe, expect, test } from 'vitest'
import { eventOf } from './event-of.js'

const AT = '2026-11-24 10:00:00.123 INFO [main] Link - '
const ends = (message: string) => {
  const e = eventOf(`${AT}${message}`)
  return [e['source.ip'], e['source.port'], e['destination.ip'], e['destination.port']]
}

describe('whom a line is from', () => {
  test('what came from a port that nobody serves at came from a caller', () =>
    expect(ends('ECR rx 0601 from 10.63.2.11:57110 amount=1480 trace=001139')).toEqual([
      ...['10.63.2.11', 57110, undefined, undefined],
    ]))
  test('near miss: whom an answer was awaited from', () =>
    expect(ends('no response from 10.63.2.11:57110')).toEqual([undefined, undefined, '10.63.2.11', 57110]))
  test('its own end is not whom it called, though the error names no other', () => {
    const e = eventOf(
      '2026-11-12 21:20:17,173 ERROR [w-4] HostChannel - exchange failed RequestID=002405 local=/10.63.2.14:51016\njava.net.SocketTimeoutException: Read timed out\n\tat java.base/sun.nio.ch.NioSocketImpl.timedRead(NioSocketImpl.java:288)',
    )
    expect([e['event.action'], e['source.port'], e['destination.ip']]).toEqual(['response-timeout', 51016, undefined])
  })
})

describe('what a line says of a connection of its own', () => {
  test('how long it was quiet, in milliseconds', () =>
    expect(
      eventOf(
        '{"level":30,"time":1794937878335,"msg":"authorize","stan":"380694","conn":{"reused":true,"idleMs":186056}}',
      ),
    ).toMatchObject({ 'whytimeout.idle_secs': 186.056, 'whytimeout.keep_alive': true }))
  test('how long it waited for one of its pool', () =>
    expect(
      eventOf('{"level":30,"time":1794937878335,"msg":"auth","stan":"004619","conn_wait_ms":967,"dur_ms":3589}'),
    ).toMatchObject({ 'whytimeout.counters': { pool_wait_ms: 967 } }))
  test('six digits behind `trace` are a trace number, letters are none', () => {
    expect(eventOf(`${AT}HOST tx trace=001139`)['whytimeout.stan']).toBe('001139')
    expect(eventOf(`${AT}span trace=4bf92f3577b34da6`)['whytimeout.stan']).toBeUndefined()
  })
  test('a terminal behind `term`, and no shell', () => {
    expect(eventOf(`${AT}in term=HL060801 trace=001860`)['whytimeout.terminal_id']).toBe('HL060801')
    expect(eventOf(`${AT}env term=xterm-256color`)['whytimeout.terminal_id']).toBeUndefined()
  })
})

describe('a proxy that hands on what its origin said', () => {
  const line = (size: number) =>
    `{"ClientAddr":"10.61.23.22:45410","ClientHost":"10.61.23.22","ClientPort":"45410","DownstreamStatus":504,"Duration":8002961244,"OriginContentSize":${size},"OriginDuration":8002461297,"OriginStatus":504,"RequestMethod":"POST","RequestPath":"/v1","ServiceName":"pay@file","ServiceAddr":"10.66.1.11:8080","StartUTC":"2026-11-27T10:51:45.499Z","entryPointName":"web","time":"2026-11-27T10:51:53Z","level":"info","msg":""}`
  test('an answer of its own in JSON is the origin’s', () =>
    expect(eventOf(line(62))['event.action']).toBe('request-failed'))
  test('near miss: Traefik’s own words', () => expect(eventOf(line(15))['event.action']).toBe('response-timeout'))
})
