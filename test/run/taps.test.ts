import { describe, expect, test } from 'vitest'
import { isLoopback, tapAccess } from '../../pipeline/run/tap-access.js'
import { type TapFilter, type TapKind, tapFilter } from '../../pipeline/run/tap-filter.js'
import { createTaps, type TapClient, type TapEnd } from '../../pipeline/run/taps.js'
import type { StreamEvent } from '../../pipeline/stream/messages.js'
import type { Parsed } from '../../pipeline/stream/parser.js'
import type { Verdict } from '../../schemas/verdict.js'
import { verdict } from '../report/verdicts.js'

const filterOf = (kind: TapKind, wheres: readonly string[] = [], contains: readonly string[] = []): TapFilter => {
  const filter = tapFilter(kind, wheres, contains)
  if ('refused' in filter) throw new Error(filter.refused)
  return filter
}
const line = (text: string, n = 0): Parsed => ({
  kind: 'filtered',
  offset: BigInt(n),
  line: 0,
  format: 'haproxy',
  text,
  origin: 'gw-1/haproxy.log',
})
const event: StreamEvent = {
  at: 0,
  id: 'e1',
  n: 0,
  origin: 'till-1/pos.log',
  realm: 'default',
  event: {
    '@timestamp': '2026-03-06T10:00:00.000Z',
    'event.action': 'connect-timeout',
    'event.original': 'Connect TIMED out 连接超时',
    'destination.port': 443,
  } as StreamEvent['event'],
  signals: ['a-signal', 'b-signal'],
  raw: { topic: 'logs', partition: 2, offset: 5, line: 0 },
  received: 0,
}

describe('what a filter lets through', () => {
  const passes = (wheres: readonly string[], contains: readonly string[] = []) =>
    filterOf('events', wheres, contains).matches(event)
  test('a field by a glob, whatever the case; numbers too; of a list one element', () => {
    expect(passes(['event.action=CONNECT-*'])).toBe(true)
    expect(passes(['event.action=connect-timeou?'])).toBe(true)
    expect(passes(['event.action=connect'])).toBe(false)
    expect(passes(['destination.port=4*'])).toBe(true)
    expect(passes(['signal=b-*'])).toBe(true)
    expect(passes(['signal=c-*'])).toBe(false)
    expect(passes(['partition=2', 'origin=till-*/*', 'realm=default'])).toBe(true)
    expect(passes(['partition=2', 'origin=gw-*'])).toBe(false)
  })
  test('an absent field fits nothing, not even *', () => expect(passes(['whytimeout.site_id=*'])).toBe(false))
  test('a text, whatever the case', () => {
    expect(passes([], ['timed OUT'])).toBe(true)
    expect(passes([], ['连接超时', 'connect'])).toBe(true)
    expect(passes([], ['连接超时', 'refused'])).toBe(false)
  })
  test('verdicts by their paths, lines by their few fields', () => {
    const v = verdict({ start: '', end: '', cause: 'dns_resolution', terminal: 'T7' })
    expect(filterOf('verdicts', ['whytimeout.verdict.cause=dns*', 'whytimeout.terminal_id=t7']).matches(v)).toBe(true)
    expect(filterOf('verdicts', ['whytimeout.verdict.cause=network*']).matches(v)).toBe(false)
    const whole = {
      ...v,
      whytimeout: { ...v.whytimeout, detail: { explain: { en: 'no route', zh: '' }, evidence: [{ text: 'DROP' }] } },
    }
    expect(filterOf('verdicts', [], ['drop']).matches(whole as unknown as Verdict)).toBe(true)
  })
  test('what cannot be used is said in words', () => {
    const refused = (kind: TapKind, wheres: readonly string[], contains: readonly string[] = []) => {
      const filter = tapFilter(kind, wheres, contains)
      return 'refused' in filter ? filter.refused : undefined
    }
    expect(refused('events', ['event.acton=x'])).toBe(
      'events have no field "event.acton"; did you mean "event.action"?',
    )
    expect(refused('lines', ['site=x'])).toContain('no field "site"')
    expect(refused('verdicts', ['__proto__=x'])).toContain('no field')
    expect(refused('events', ['constructor=x'])).toContain('no field')
    expect(refused('lines', ['text'])).toContain('no FIELD=GLOB')
    expect(refused('lines', [`text=${'a'.repeat(300)}`])).toContain('longer than')
    expect(refused('lines', [], [''])).toContain('1 to 256')
    expect(
      refused(
        'lines',
        Array.from({ length: 21 }, () => 'text=a'),
      ),
    ).toContain('more than 20')
  })
  test('a hostile glob costs no more than it is long', () => {
    const filter = filterOf('lines', [`text=${'a*'.repeat(100)}b`])
    const began = performance.now()
    filter.matches({
      origin: '',
      fate: 'filtered',
      text: 'a'.repeat(16_384),
      topic: '',
      partition: 0,
      offset: 0,
      line: 0,
    })
    expect(performance.now() - began).toBeLessThan(5_000)
  })
})

describe('what a client gets', () => {
  const watch = (limits: object = {}, filter = filterOf('lines'), limit = 1e9) => {
    let now = 0
    const taps = createTaps(() => now, { clients: 2, perSecond: 100, pendingBytes: 1_000, stuckMs: 30_000, ...limits })
    const got: string[] = []
    const ends: TapEnd[] = []
    let pending = 0
    const client: TapClient = {
      send: (l) => {
        got.push(l)
        pending += l.length + 1
      },
      pending: () => pending,
      end: () => got.push('END'),
      drop: () => got.push('DROPPED'),
    }
    const leave = taps.open({ filter, client, limit, ended: (why) => ends.push(why) })
    return {
      ...{ taps, got, ends, leave, client },
      pass: (records: readonly Parsed[]) =>
        taps.observer.parsed?.({ topic: 'logs', partition: 0, messages: 1, bytes: 1, records, events: [event] }),
      later: (ms: number) => {
        now += ms
      },
      take: (bytes = Number.POSITIVE_INFINITY) => {
        pending = Math.max(0, pending - bytes)
      },
    }
  }

  test('lines, with what became of them; what has no text is not shown', () => {
    const { got, pass } = watch()
    const dead: Parsed = {
      kind: 'dead',
      offset: 3n,
      line: 2,
      code: 'PARSE_NO_TIME',
      detail: '',
      original: '****',
      origin: 'x/y',
      letter: {
        bytes: '****',
        hidden: 4,
        isCut: false,
        host: 'x',
        log: 'y',
        cover: { key: undefined, headers: [] },
        timestamp: 0,
      },
    }
    pass([
      line('one'),
      { kind: 'filtered', offset: 1n, line: 0 },
      dead,
      { kind: 'event', offset: 4n, line: 0, format: 'f', events: [event] },
    ])
    expect(got.map((l) => JSON.parse(l))).toEqual([
      {
        origin: 'gw-1/haproxy.log',
        fate: 'filtered',
        format: 'haproxy',
        text: 'one',
        topic: 'logs',
        partition: 0,
        offset: 0,
        line: 0,
      },
      { origin: 'x/y', fate: 'dead_lettered', text: '****', topic: 'logs', partition: 0, offset: 3, line: 2 },
      {
        origin: 'till-1/pos.log',
        fate: 'event',
        format: 'f',
        text: 'Connect TIMED out 连接超时',
        topic: 'logs',
        partition: 0,
        offset: 4,
        line: 0,
      },
    ])
  })
  test('events and verdicts of their kind only', () => {
    const events = watch({}, filterOf('events', ['event.action=connect*']))
    events.pass([line('one')])
    expect(events.got.map((l) => JSON.parse(l).id)).toEqual(['e1'])
    const verdicts = watch({}, filterOf('verdicts'))
    verdicts.pass([line('one')])
    const decision = {
      verdict: verdict({ start: '', end: '', cause: 'unknown', id: 'v1' }),
      cited: [],
      superseded: [],
      first: 0,
    }
    verdicts.taps.observer.stored?.([
      { kind: 'final', decision, events: [] },
      { kind: 'withdrawn', id: 'w', realm: 'r' },
    ])
    expect(verdicts.got.map((l) => JSON.parse(l).event.id)).toEqual(['v1'])
  })
  test('as many a second as agreed; the rest is counted, and said', () => {
    const { got, pass, later, take } = watch({ pendingBytes: 1e9 })
    pass(Array.from({ length: 250 }, (_, i) => line('x', i)))
    expect(got).toHaveLength(100)
    later(500)
    take()
    pass([line('y', 900)])
    expect(got.slice(100)).toEqual(['{"left_out":150}', expect.stringContaining('"text":"y"')])
  })
  test('no more waits for a slow one than agreed; it is told once it takes again', () => {
    const { got, pass, taps, take, later } = watch()
    pass(Array.from({ length: 50 }, () => line('x'.repeat(100))))
    const sent = got.length
    expect(sent).toBeLessThan(10)
    later(1_000)
    taps.tick()
    expect(got).toHaveLength(sent)
    take()
    taps.tick()
    expect(got.at(-1)).toBe(JSON.stringify({ left_out: 50 - sent }))
  })
  test('one that takes nothing is dropped; one that takes little is not', () => {
    const { got, ends, pass, taps, later, take } = watch()
    pass(Array.from({ length: 50 }, () => line('x'.repeat(100))))
    taps.tick()
    for (let i = 0; i < 10; i++) {
      later(20_000)
      take(1)
      taps.tick()
    }
    expect(ends).toEqual([])
    later(31_000)
    taps.tick()
    expect([got.at(-1), ends, taps.size()]).toEqual(['DROPPED', ['slow'], 0])
    pass([line('more')])
    expect(got.at(-1)).toBe('DROPPED')
  })
  test('limit, leaving, stopping', () => {
    const limited = watch({}, filterOf('lines'), 2)
    limited.pass([line('a'), line('b'), line('c')])
    expect(limited.got.at(-1)).toBe('END')
    expect([limited.got.length, limited.ends, limited.taps.size()]).toEqual([3, ['limit'], 0])
    const left = watch()
    left.leave?.()
    expect([left.ends, left.taps.size()]).toEqual([['left'], 0])
    const stopped = watch()
    stopped.taps.close()
    expect([stopped.got, stopped.ends]).toEqual([['END'], ['stopping']])
  })
  test('a quiet connection is kept alive; no more clients than agreed', () => {
    const { got, taps, later, client } = watch()
    later(11_000)
    taps.tick()
    expect(got).toEqual([''])
    const more = () => taps.open({ filter: filterOf('lines'), client, limit: 1, ended: () => {} })
    expect([more() !== undefined, more()]).toEqual([true, undefined])
  })
  test('with nobody watching lines no texts are asked for', () => {
    expect(createTaps(() => 0).observer.wantsTexts?.()).toBe(false)
    expect(watch({}, filterOf('events')).taps.observer.wantsTexts?.()).toBe(false)
    expect(watch().taps.observer.wantsTexts?.()).toBe(true)
  })
})

describe('who may watch', () => {
  const ask = (more: Partial<Parameters<typeof tapAccess>[0]>) =>
    tapAccess({ door: 'loopback', token: undefined, authorization: undefined, host: 'localhost:9600', ...more }).status
  test('the socket is for this user alone', () =>
    expect(ask({ door: 'socket', host: undefined, token: 'x' })).toBe(200))
  test('this machine, by its own name only', () => {
    for (const host of ['localhost', '127.0.0.1:9600', '[::1]:9600', '127.9.9.9']) expect(ask({ host }), host).toBe(200)
    for (const host of ['evil.example:9600', '', undefined, '192.0.2.1', 'localhost.evil.example'])
      expect(ask({ host }), host).toBe(403)
  })
  test('from elsewhere only with a token', () => {
    expect(ask({ door: 'network' })).toBe(403)
    expect(ask({ door: 'network', authorization: 'Bearer x' })).toBe(403)
    const token = 'a-long-enough-token'
    expect(ask({ door: 'network', token, authorization: `Bearer ${token}`, host: 'gw.example' })).toBe(200)
    for (const authorization of [undefined, '', 'Bearer', `Bearer ${token}x`, token, 'Basic eA=='])
      expect(ask({ door: 'network', token, authorization }), authorization).toBe(401)
    expect(ask({ token })).toBe(401)
  })
  test('addresses of this machine', () => {
    expect(['127.0.0.1', '127.1.2.3', '::1'].map(isLoopback)).toEqual([true, true, true])
    expect(['0.0.0.0', '::', '10.0.0.1', 'localhost', ''].map(isLoopback)).toEqual([false, false, false, false, false])
  })
})
