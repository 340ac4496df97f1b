import fc from 'fast-check'
import { beforeAll, describe, expect, test } from 'vitest'
import type { Pack } from '../../pipeline/match/pack.js'
import { deadLetterMessage, foreignMessage, lateMessage } from '../../pipeline/run/dead-letters.js'
import { loadPack } from '../../pipeline/run/rules.js'
import type { TopicMessage } from '../../pipeline/sinks/topic-writer.js'
import { fateOf, letterOf, placeText, restored } from '../../pipeline/stream/letters.js'
import type { StreamEvent } from '../../pipeline/stream/messages.js'
import { createRawParser, type Parsed } from '../../pipeline/stream/parser.js'
import type { RawMessage } from '../../pipeline/stream/raw-message.js'
import { pan } from '../parse/cards.js'

let pack: Pack
beforeAll(async () => {
  pack = await loadPack()
})
const T0 = Date.parse('2026-03-06T10:00:00Z')
const NOW = T0 + 60_000
const PLACE = { topic: 'logs', partition: 2 }

/** As a client delivers it. */
const received = (m: TopicMessage, offset = 7n): RawMessage => {
  const key = m.key === null ? null : Buffer.from(m.key)
  const headers = Object.fromEntries(
    Object.entries(m.headers ?? {}).map(([name, v]) => [
      name,
      Array.isArray(v) ? v.map((x) => Buffer.from(x)) : Buffer.from(v),
    ]),
  )
  return {
    offset,
    timestamp: m.timestamp ?? T0,
    key: key?.toString('utf8'),
    value: m.value === null ? undefined : Buffer.from(m.value),
    headers: Object.fromEntries(
      Object.entries(headers).flatMap(([n, v]) => {
        const first = Array.isArray(v) ? v[0] : v
        return first ? [[n, first.toString('utf8')]] : []
      }),
    ),
    wire: { key, headers },
  }
}
/** What the parse stage makes of one message, and of its record when it is closed. */
const parsed = (m: RawMessage): readonly Parsed[] => {
  const parser = createRawParser({
    ...PLACE,
    pack,
    latenessMs: 120_000,
    record: {
      entryFor: () => ({}),
      enrichment: { inventory: undefined, siteOfAddress: new Map() },
      shownValues: new Set(['merchant-1']),
    },
    messages: 'lines',
    start: m.offset,
    emitFrom: m.offset,
    clock: undefined,
  })
  return [...parser.take(m), ...parser.flush()]
}
const lettersOf = (m: RawMessage) =>
  parsed(m).flatMap((p) => (p.kind === 'dead' ? [received(deadLetterMessage(p, PLACE, NOW))] : []))
const only = (m: RawMessage): RawMessage => {
  const letters = lettersOf(m)
  expect(letters.length).toBe(1)
  return letters[0] as RawMessage
}
const decoded = (m: RawMessage) => {
  const letter = letterOf(m)
  if (!letter) throw new Error('no letter')
  return letter
}

describe('a dead letter', () => {
  test('has the bytes, the key and the headers that came, and says where it stood and why', () => {
    const key = Buffer.from([0xff, 0x00, 0x41])
    const m = received({
      key,
      value: Buffer.from([0, 1, 2, 255]),
      headers: { host: 'till-1', log: 'pos.log', trace: Buffer.from([0xfe]), again: ['a', 'b'] },
    })
    const letter = only(m)
    expect(letter.value).toEqual(Buffer.from([0, 1, 2, 255]))
    expect(letter.wire?.key).toEqual(key)
    expect(letter.wire?.headers).toMatchObject({
      trace: [Buffer.from([0xfe])],
      again: [Buffer.from('a'), Buffer.from('b')],
    })
    expect(decoded(letter)).toMatchObject({
      code: 'PARSE_BINARY',
      stage: 'parse',
      place: { topic: 'logs', partition: 2, offset: 7n, line: 0 },
      origin: 'till-1/pos.log',
      at: NOW,
      tries: 0,
      hidden: 0,
      cut: [],
    })
    expect(letter.headers['whytimeout.received']).toBe(String(T0))
  })

  test('is one record: of a message with several lines each has its own', () => {
    const junk = 'one without a time\n\u0000\u0001\u0002'
    const m = received({ key: null, value: Buffer.from(junk), headers: { host: 'h', log: 'l' } })
    const letters = lettersOf(m).map(decoded)
    expect(letters.map((l) => [placeText(l.place), l.message.value?.toString('latin1')])).toEqual([
      ['logs/2/7:0', 'one without a time'],
      ['logs/2/7:1', '\u0000\u0001\u0002'],
    ])
  })

  test('has no card data in value, key or headers, and is as long as before', () => {
    fc.assert(
      fc.property(pan, (p) => {
        const m = received({
          key: `k${p}`,
          value: Buffer.from(`支付 ${p} 无时间`),
          headers: { host: 'h', log: 'l', card: p, safe: 'merchant-1' },
        })
        const letter = only(m)
        expect(letter.value?.length).toBe(m.value?.length)
        expect(decoded(letter).hidden).toBeGreaterThan(0)
        const everything = JSON.stringify([letter.key, letter.value?.toString(), letter.headers])
        expect(everything).not.toContain(p)
        expect(everything).not.toContain(p.slice(0, -4))
        expect(letter.headers.safe).toBe('merchant-1')
      }),
      { numRuns: 50 },
    )
  })

  test('knows how often its record was sent again', () => {
    const again = received({
      key: null,
      value: Buffer.from('x'),
      headers: { host: 'h', log: 'l', 'whytimeout.retry': '2' },
    })
    expect(decoded(only(again)).tries).toBe(2)
    const junk = received({
      key: null,
      value: Buffer.from('x'),
      headers: { host: 'h', log: 'l', 'whytimeout.retry': 'x' },
    })
    expect(decoded(only(junk)).tries).toBe(0)
  })

  test('longer than a record can be says so', () => {
    const m = received({ key: null, value: Buffer.alloc(300_000, 'x'), headers: { host: 'h', log: 'l' } })
    const letter = only(m)
    expect([letter.value?.length, decoded(letter).cut]).toEqual([256 * 1024, ['record']])
  })

  test('finds room for our headers, however long a log calls itself', () => {
    const m = received({ key: null, value: Buffer.from('x'), headers: { host: 'h'.repeat(50_000), log: 'l' } })
    const { headers } = deadLetterMessage(parsed(m)[0] as Extract<Parsed, { kind: 'dead' }>, PLACE, NOW)
    const own = Object.entries(headers ?? {}).filter(([name]) => /^(?:whytimeout|__connect)/.test(name))
    expect(own.reduce((sum, [, v]) => sum + String(v).length, 0)).toBeLessThan(4_000)
  })

  test('of the events topic: null stays null, what is no event keeps its bytes', () => {
    const tombstone = foreignMessage(received({ key: 'k', value: null }), { topic: 'e', partition: 0 }, NOW)
    expect([tombstone.value, decoded(received(tombstone)).code]).toEqual([null, 'EVENT_UNREADABLE'])
    const noise = foreignMessage(
      received({ key: null, value: Buffer.from([255, 1]) }),
      { topic: 'e', partition: 0 },
      NOW,
    )
    expect([noise.key, noise.value]).toEqual([null, Buffer.from([255, 1])])
  })

  test('a note, or what somebody else wrote, is no letter', () => {
    expect(letterOf(received({ key: null, value: 'x', headers: { 'whytimeout.note': 'retried' } }))).toBeUndefined()
    expect(letterOf(received({ key: null, value: 'x' }))).toBeUndefined()
    const wrong = { '__connect.errors.topic': 't', '__connect.errors.partition': 'x', '__connect.errors.offset': '1' }
    expect(letterOf(received({ key: null, value: 'x', headers: wrong }))).toBeUndefined()
  })
})

describe('a record sent again', () => {
  const bytes = fc.uint8Array({ minLength: 1, maxLength: 40 }).map((b) => Buffer.from(b))
  const name = fc.stringMatching(/^[a-z]{1,8}$/)

  test('is what came: value, key, headers, partition, time; and one more try', () => {
    fc.assert(
      fc.property(
        fc.option(bytes, { nil: null }),
        bytes,
        fc.dictionary(name, fc.oneof(bytes, fc.array(bytes, { minLength: 2, maxLength: 3 })), { maxKeys: 4 }),
        (key, value, headers) => {
          const m = received({ key, value, headers: { ...headers, host: 'till-1', log: 'pos.log' } })
          for (const letter of lettersOf(m).map(decoded)) {
            if (letter.hidden > 0) continue
            const again = received(restored(letter))
            expect(again.wire?.key ?? null).toEqual(key)
            expect(value.includes(again.value as Buffer)).toBe(true)
            expect(again.timestamp).toBe(T0)
            const flat = (h: RawMessage['headers'] | undefined) => h
            expect(flat(again.headers)).toEqual({ ...m.headers, 'whytimeout.retry': '1' })
            expect(restored(letter).partition).toBe(2)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  test('says who wrote it where its envelope is gone, and not where the message itself says so', () => {
    const envelope = JSON.stringify({
      message: 'no time',
      log: { file: { path: '/v/a.log' } },
      host: { name: 'till-8' },
    })
    const inner = restored(decoded(only(received({ key: 'shipper-1', value: envelope }))))
    expect([inner.value.toString(), inner.headers]).toEqual([
      'no time',
      { host: 'till-8', log: 'a.log', 'whytimeout.retry': '1' },
    ])
    const byKey = restored(decoded(only(received({ key: 'till-7', value: 'no time' }))))
    expect(byKey.headers).toEqual({ 'whytimeout.retry': '1' })
  })

  test('only where it can help', () => {
    const letter = decoded(only(received({ key: null, value: 'x', headers: { host: 'h', log: 'l' } })))
    const fate = (more: object, isRaw = true, wasSent = false) =>
      fateOf({ ...letter, ...more }, { isRaw: () => isRaw, wasSent: () => wasSent })
    expect(fate({})).toBe('send')
    expect(fate({}, false)).toBe('foreign')
    expect(fate({ stage: 'diagnose' })).toBe('foreign')
    expect(fate({}, true, true)).toBe('sent')
    expect(fate({ tries: 3 })).toBe('exhausted')
    expect(fate({ cut: ['record'] })).toBe('send')
    expect(fate({ cut: ['record', 'value'] })).toBe('cut')
    const event = { origin: 'h/l', id: 'e1', at: T0, realm: 'default' } as StreamEvent
    const late = decoded(received(lateMessage(event, { topic: 'e', partition: 0 }, 3n, NOW)))
    expect([late.eventId, late.origin, fateOf(late, { isRaw: () => true, wasSent: () => false })]).toEqual([
      'e1',
      'h/l',
      'late',
    ])
  })
})
