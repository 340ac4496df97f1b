import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decode } from '../../pipeline/parse/decode.js'
import { maskBytes } from '../../pipeline/parse/mask-bytes.js'
import { luhnDigit, pan } from './cards.js'

const latin1 = (bytes: Buffer): string => bytes.toString('latin1')
const bytesOf = (text: string): Buffer => Buffer.from(text, 'latin1')
const swapped = (text: string): Buffer => Buffer.from(text, 'utf16le').swap16()

/** GB18030 codes of the characters in use here, found by decoding every code of two bytes. */
const gb = new Map<string, Buffer>()
const decoder = new TextDecoder('gb18030')
for (let lead = 0xb0; lead <= 0xf7; lead++)
  for (let trail = 0xa1; trail <= 0xfe; trail++) {
    const code = Buffer.from([lead, trail])
    gb.set(decoder.decode(code), code)
  }
for (let d = 0; d < 10; d++) gb.set(String.fromCharCode(0xff10 + d), Buffer.from([0xa3, 0xb0 + d]))
const gb18030 = (text: string): Buffer =>
  Buffer.concat([...text].map((c) => (c < '\u0080' ? Buffer.from(c) : (gb.get(c) as Buffer))))

const packed = (digits: string): Buffer => Buffer.from(digits.length % 2 === 0 ? digits : `${digits}F`, 'hex')
const ebcdic = (digits: string): Buffer => Buffer.from([...digits].map((d) => 0xf0 + Number(d)))

/** Every way to read bytes as digits that somebody who finds them might try. */
const readings = (bytes: string): string[] => {
  const buffer = bytesOf(bytes)
  const odd = buffer.subarray(1)
  const even = (b: Buffer) => b.subarray(0, b.length - (b.length % 2))
  const ascii = (text: string) =>
    text.replace(/[０-９]/g, (c) => String(c.charCodeAt(0) - 0xff10)).replace(/(?<=\d)[ \-\u00a0](?=\d)/g, '')
  return [
    ascii(bytes),
    ascii(decode(bytes)),
    ascii(decode(bytes, 'gb18030')),
    ascii(bytes.replaceAll('\u0000', '')),
    ...[buffer, odd].flatMap((b) => [
      ascii(even(b).toString('utf16le')),
      ascii(Buffer.from(even(b)).swap16().toString('utf16le')),
    ]),
    buffer.toString('hex'),
    [...buffer].map((b) => (b >= 0xf0 && b <= 0xf9 ? String(b - 0xf0) : '.')).join(''),
  ]
}
const expectHidden = (bytes: string, p: string) => {
  for (const reading of readings(bytes)) {
    expect(reading).not.toContain(p)
    expect(reading).not.toContain(p.slice(0, -4))
  }
}

const WAYS: Readonly<Record<string, (p: string) => Buffer>> = {
  ASCII: (p) => Buffer.from(`card ${p} declined`),
  'ASCII in groups': (p) => Buffer.from(`card ${p.replace(/(.{4})(?=.)/g, '$1 ')} declined`),
  'UTF-8 with Chinese': (p) => Buffer.from(`交易失败 卡号=${p} 超时`),
  'full-width digits in UTF-8': (p) =>
    Buffer.from(`账号 ${p.replace(/\d/g, (d) => String.fromCharCode(0xff10 + Number(d)))} 超时`),
  'GB18030 with Chinese': (p) => gb18030(`交易失败 卡号=${p} 超时`),
  'full-width digits in GB18030': (p) =>
    gb18030(`账号 ${p.replace(/\d/g, (d) => String.fromCharCode(0xff10 + Number(d)))} 超时`),
  'full-width digits in Shift_JIS, among kana': (p) =>
    Buffer.from([
      ...[0x83, 0x4a, 0x81, 0x5b, 0x83, 0x68, 0x20],
      ...[...p].flatMap((d) => (/\d/.test(d) ? [0x82, 0x4f + Number(d)] : [d.charCodeAt(0)])),
      ...[0x20, 0x83, 0x47, 0x83, 0x89, 0x81, 0x5b],
    ]),
  'latin1 with a hard space': (p) => Buffer.from(`carte ${p.replace(/(.{4})(?=.)/g, '$1\u00a0')} refusée`, 'latin1'),
  'UTF-16LE': (p) => Buffer.from(`\ufeff2026-03-06 交易 card ${p} x`, 'utf16le'),
  'UTF-16BE': (p) => swapped(`\ufeff2026-03-06 交易 card ${p} x`),
  'UTF-16LE cut within a character': (p) => Buffer.from(`x 卡号 ${p} y`, 'utf16le').subarray(1),
  'UTF-16BE cut within a character': (p) => swapped(`x 卡号 ${p} y`).subarray(1),
  'full-width digits in UTF-16': (p) =>
    Buffer.from(`a 账号 ${p.replace(/\d/g, (d) => String.fromCharCode(0xff10 + Number(d)))} b`, 'utf16le'),
  'UTF-32': (p) => Buffer.from([...`card ${p} x`].flatMap((c) => [c.charCodeAt(0), 0, 0, 0])),
  'a JSON escape': (p) => Buffer.from(`{"n":"${p.replace(/\d/g, (d) => `\\u003${d}`)}"}`),
  'ISO 8583, packed': (p) =>
    Buffer.concat([
      Buffer.from('0200f23c448128e08000', 'hex'),
      Buffer.from([p.length]),
      packed(p),
      Buffer.from([0, 1]),
    ]),
  'packed, half a byte off': (p) =>
    Buffer.concat([
      Buffer.from([0, 0xff]),
      Buffer.from(`F${p}${p.length % 2 === 0 ? 'F' : ''}`, 'hex'),
      Buffer.from([1]),
    ]),
  EBCDIC: (p) => Buffer.concat([Buffer.from([0x97, 0x81, 0x95, 0x40]), ebcdic(p), Buffer.from([0x40])]),
  'among noise': (p) => Buffer.concat([Buffer.from([0, 1, 2, 255, 254, 7]), Buffer.from(p), Buffer.from([0, 3])]),
}

describe('card numbers in bytes', () => {
  test.each(Object.entries(WAYS))('%s: gone, and nothing moves', (_, way) => {
    fc.assert(
      fc.property(pan, (p) => {
        const raw = latin1(way(p))
        const { bytes, hidden } = maskBytes(raw)
        expect(bytes.length).toBe(raw.length)
        expect(hidden).toBeGreaterThan(0)
        expectHidden(bytes, p)
        expect(maskBytes(bytes).bytes).toBe(bytes)
      }),
      { numRuns: 150 },
    )
  })

  test('in any bytes around: as long as before, gone, hidden once and for all', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        pan,
        fc.constantFrom(...Object.keys(WAYS).slice(0, 7), 'among noise'),
        fc.uint8Array({ maxLength: 60 }),
        (before, p, way, after) => {
          const middle = (WAYS[way] as (p: string) => Buffer)(p)
          const raw = latin1(
            Buffer.concat([Buffer.from(before), Buffer.from('|'), middle, Buffer.from('|'), Buffer.from(after)]),
          )
          const { bytes } = maskBytes(raw)
          expect(bytes.length).toBe(raw.length)
          expect(bytes).not.toContain(p)
          expect(bytes).not.toContain(p.slice(0, -4))
        },
      ),
      { numRuns: 400 },
    )
  })

  test('the last four stay, and so does every byte that is none of the number', () => {
    const { bytes, hidden } = maskBytes(latin1(Buffer.from('支付 4111111111111111 失败')))
    expect(Buffer.from(bytes, 'latin1').toString()).toBe('支付 ************1111 失败')
    expect(hidden).toBe(12)
    const wide = maskBytes(latin1(Buffer.from('支付 4111111111111111 失败\n', 'utf16le')))
    expect(bytesOf(wide.bytes).toString('utf16le')).toBe('支付 ************1111 失败\n')
  })

  test('track data, verification values, PIN blocks by their field', () => {
    for (const [text, secret] of [
      [';4111111111111111=25121011000012345678?', '2512101'],
      ['cvv=123;', '123'],
      ['密码=0412AC89ABCDEF67', '0412AC89'],
      ['安全码:123', '123'],
    ] as const)
      for (const raw of [Buffer.from(text), gb18030(text), Buffer.from(text, 'utf16le'), swapped(text)]) {
        const { bytes } = maskBytes(latin1(raw))
        expect(bytes.length).toBe(raw.length)
        for (const reading of readings(bytes)) expect(reading).not.toContain(secret)
      }
  })

  test('a card message in binary keeps nothing that cannot be printed: a PIN block is noise among noise', () => {
    const pin = Buffer.from('9fa3c1d20e7bb481', 'hex')
    const raw = Buffer.concat([
      Buffer.from('0200f23c448128e0800000', 'hex'),
      packed('164111111111111111'),
      pin,
      Buffer.from('TERM0001'),
    ])
    const { bytes } = maskBytes(latin1(raw))
    expect(bytes).not.toContain(latin1(pin))
    expect(bytes).toContain('TERM0001')
  })

  test('what is shown stays: ids of the inventory, the digits of a time', () => {
    const merchant = `89801047540306${luhnDigit('89801047540306')}`
    expect(maskBytes(`mid=${merchant}`).hidden).toBeGreaterThan(0)
    expect(maskBytes(`mid=${merchant}`, { values: new Set([merchant]) })).toEqual({
      bytes: `mid=${merchant}`,
      hidden: 0,
    })
    const epoch = `177244560012${luhnDigit('177244560012')}`
    expect(maskBytes(`${epoch} x`, { timesIn: () => [[0, 13]] }).hidden).toBe(0)
  })

  test.each([
    ['text', Buffer.from('2026-03-06 10:00:00 ERROR tid=T1 connect timed out to 192.0.2.10:443 after 5000 ms')],
    ['Chinese in UTF-8', Buffer.from('2026-03-06 10:00:00 终端 T1 连接超时,等待 5000 毫秒')],
    ['Chinese in GB18030', gb18030('2026-03-06 10:00:00 终端 T1 连接超时')],
    ['UTF-16', Buffer.from('\ufeff2026-03-06 10:00:00 终端 T1 连接超时 20260306100000', 'utf16le')],
    ['noise', Buffer.from([0, 1, 2, 255, 254, 0, 0, 7, 65, 66])],
  ])('%s without a card number is as it came', (_, raw) =>
    expect(maskBytes(latin1(raw))).toEqual({ bytes: latin1(raw), hidden: 0 }),
  )
})

test('any bytes: as long as before, the second time changes nothing', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (raw) => {
      const once = maskBytes(latin1(Buffer.from(raw))).bytes
      expect(once.length).toBe(raw.length)
      expect(maskBytes(once).bytes.length).toBe(raw.length)
    }),
    { numRuns: 500 },
  )
})

test('time is in proportion to length', () => {
  const quarter = 256 * 1024
  const hostile = [
    '\u0000'.repeat(quarter),
    '4'.repeat(quarter),
    '4111111111111111'.repeat(quarter / 16),
    Buffer.from('4111'.repeat(quarter / 2), 'hex').toString('latin1'),
    '\u0041\u0011'.repeat(quarter / 2),
    '4\u0000'.repeat(quarter / 2),
    '\u0081\u0030'.repeat(quarter / 2),
    '\u00e4\u00b8\u00ad'.repeat(quarter / 3),
    '\u00f4'.repeat(quarter),
    '\\u0034'.repeat(quarter / 6),
  ]
  for (const text of hostile) {
    const began = performance.now()
    maskBytes(text)
    expect(performance.now() - began).toBeLessThan(5_000)
  }
})
