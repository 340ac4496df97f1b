import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mask, maskForHash, maskKnowing } from '../../pipeline/parse/mask.js'
import { luhnDigit, pan } from './cards.js'

const digitsOf = (text: string): string => text.replace(/\D/g, '')
const grouped = (p: string, separator: string): string => (p.match(/.{1,4}/g) ?? []).join(separator)

describe('account numbers', () => {
  test('are gone from any surrounding, grouped or not, and so is every long part of them', () => {
    const around = fc.stringMatching(/^[A-Za-z =:,"{}[\]<>/\n\t]{0,40}$/)
    fc.assert(
      fc.property(around, pan, fc.constantFrom('', ' ', '-', '\u00a0'), around, (before, p, separator, after) => {
        const out = mask(`${before}|${grouped(p, separator)}|${after}`)
        expect(digitsOf(out)).not.toContain(p)
        expect(digitsOf(out)).not.toContain(p.slice(0, -4))
        expect(out).toContain(p.slice(-1))
      }),
      { numRuns: 500 },
    )
  })
  test('are gone from runs that put lengths and fields around them', () => {
    fc.assert(
      fc.property(pan, fc.stringMatching(/^\d{0,12}$/), fc.stringMatching(/^\d{8,20}$/), (p, before, after) => {
        expect(mask(`0200${before}${p.length}${p}${after}`)).not.toContain(p)
      }),
    )
  })
  test('are gone from runs that put grouped numbers before and behind them', () => {
    fc.assert(
      fc.property(pan, fc.constantFrom(2, 4), fc.nat(999_999), fc.nat(99_999), (p, size, before, after) => {
        const inGroups = (p.match(new RegExp(`.{1,${size}}`, 'g')) ?? []).join(' ')
        expect(mask(`${before} ${inGroups} ${after} 1418530010 22`).replaceAll(' ', '')).not.toContain(p)
      }),
    )
  })
  test('are not made up of columns of counts and times', () => {
    for (const line of [
      '2 123456789010 eni-1 10.0.0.1 10.0.0.2 34892 22 6 54 8855 1477913708 1477913820 ACCEPT OK',
      '2 123456789010 eni-1 10.0.0.1 10.0.0.2 20641 443 6 20 4249 1418530010 1418530070 ACCEPT OK',
      '2 123456789010 eni-1 10.0.0.1 10.0.0.2 49761 3389 6 20 4249 1418530010 1418530070 REJECT OK',
    ])
      expect(mask(line)).toBe(line)
  })
  test('are gone by their field, whatever the field', () => {
    for (const text of [
      'pan=PAN',
      'card_no: PAN',
      '卡号[PAN]',
      '卡号=PAN',
      '{"cardNumber":"PAN"}',
      '{"pan":PAN}',
      '<field id="2" value="PAN"/>',
      'DE2=PAN',
      'F02: PAN',
      'Card Number PAN',
    ]) {
      const out = mask(text.replace('PAN', '4111111111111111'))
      expect(out).not.toContain('411111111111')
    }
  })
  test('keep length and the last four; a bare JSON number becomes a string, so the text stays JSON', () => {
    expect(mask('pan=4111111111111111;')).toBe('pan=************1111;')
    const json = mask('{"n": 5500005555555559, "ok": true}')
    expect(JSON.parse(json)).toEqual({ n: '************5559', ok: true })
  })
  test('full-width digits count', () => expect(mask('４１１１１１１１１１１１１１１１')).not.toContain('４１１１１１'))
  test('no part of a text that is told clean has anything to hide', () => {
    const pieces = [
      'pan',
      'PIN',
      'cvv',
      'F52',
      '卡号',
      '=',
      ': ',
      '[',
      '"',
      '\\u003',
      '\\u0034',
      '4111',
      ' ',
      '-',
      '.',
      'sale',
      '８',
    ]
    const piece = fc.oneof(fc.constantFrom(...pieces), fc.stringMatching(/^\d{1,6}$/), pan)
    let clean = 0
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 8 }), fc.nat(40), fc.nat(60), (all, from, length) => {
        const text = all.join('')
        if (!maskKnowing(text, {}).isClean) return
        clean++
        const part = text.slice(from, from + length)
        expect(mask(text)).toBe(text)
        expect(mask(part)).toBe(part)
      }),
      { numRuns: 3_000 },
    )
    expect(clean).toBeGreaterThan(300)
  })
  test('masking twice is masking once', () => {
    fc.assert(fc.property(pan, (p) => mask(mask(`x ${p} y`)) === mask(`x ${p} y`)))
  })
})

test.each([
  [';4111111111111111=25121011000012345678?', '411111'],
  ['%B4111111111111111^DOE/JOHN^2512101100001?', 'DOE'],
  ['track2=4111111111111111D25121011', '25121011'],
  ['cvv=123', '123'],
  ['"cvv2":"1234"', '1234'],
  ['安全码:123', '123'],
  ['pinBlock=0412AC89ABCDEF67', '0412AC89'],
  ['<field id="52" value="0412AC89ABCDEF67"/>', '0412AC89'],
  ['<field id="35" value="4111111111111111=2512101"/>', '2512101'],
  ['PIN密文=0412AC89ABCDEF67', '0412AC89'],
])('%s holds nothing secret afterwards', (text, secret) => expect(mask(text)).not.toContain(secret))

test.each([
  '2026-11-23T14:50:33.834029025',
  '2026-11-23 22:50:37.463 INFO',
  'SRC=10.11.0.11 DST=203.0.113.10 LEN=52 TTL=63 ID=58822 SPT=42112 DPT=5000 SEQ=2707240931 ACK=2979543138',
  '550e8400-e29b-41d4-a716-446655440000',
  'MAC=4a:2d:78:c4:40:e9:02:10:5e:7a:f9:01:08:00',
  '[1795445432.80183] 203.0.113.10 : [0], 64 bytes, 53.0 ms',
  '20260302100000 sale',
  '192.168.100.200 10.20.30.40',
])('%s is no card', (text) => expect(mask(text)).toBe(text))

describe('what is shown', () => {
  test('an id of the inventory and the digits of the time are shown, and masked for the hash all the same', () => {
    const merchant = '898010475403062'.slice(0, 14) + luhnDigit('898010475403062'.slice(0, 14))
    expect(mask(`mid=${merchant}`)).not.toContain(merchant)
    expect(mask(`mid=${merchant}`, { values: new Set([merchant]) })).toContain(merchant)
    expect(maskForHash(`mid=${merchant}`)).not.toContain(merchant)
    const epoch = `177244560012${luhnDigit('177244560012')}`
    expect(mask(`${epoch} x`, { spans: [[0, 13]] })).toContain(epoch)
    expect(mask(`y ${epoch} x`, { spans: [[0, 1]] })).not.toContain(epoch)
  })
})

test('time is in proportion to length', () => {
  const hostile = [
    '1 '.repeat(60_000),
    '4'.repeat(120_000),
    // Every digit begins a number, or is in one.
    '4111111111111111'.repeat(7_500),
    '4111-'.repeat(24_000),
    '='.repeat(120_000),
    'cvv='.repeat(30_000),
  ]
  for (const text of hostile) {
    const began = performance.now()
    mask(text)
    expect(performance.now() - began).toBeLessThan(2_000)
  }
})
