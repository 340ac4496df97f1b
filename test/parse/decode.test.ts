import fc from 'fast-check'
import { expect, test } from 'vitest'
import { decode, guessCharset, isBinary } from '../../pipeline/parse/decode.js'

const latin1 = (bytes: readonly number[] | Uint8Array): string => Buffer.from(bytes).toString('latin1')
/** 交易超时 in GB18030. */
const GB = latin1([0xbd, 0xbb, 0xd2, 0xd7, 0xb3, 0xac, 0xca, 0xb1])

test('UTF-8 is read as such, what is not UTF-8 but GB18030 as that, the rest with replacement marks', () => {
  expect(decode(Buffer.from('交易超时 ü', 'utf8').toString('latin1'))).toBe('交易超时 ü')
  expect(decode(GB)).toBe('交易超时')
  expect(decode(GB, 'gb18030')).toBe('交易超时')
  expect(decode(latin1([0x61, 0xff, 0x62]))).toBe('a\ufffdb')
  // GB18030 would take the accented letter and the next one for a Chinese character.
  expect(decode(latin1([...Buffer.from('Zeit'), 0xfc, ...Buffer.from('berschreitung')]))).toBe('Zeitüberschreitung')
  expect(decode(latin1([0xef, 0xbb, 0xbf, 0x61]))).toBe('a')
})

test('a guess tells the sets apart', () => {
  expect([
    guessCharset('plain'),
    guessCharset(Buffer.from('ü', 'utf8').toString('latin1')),
    guessCharset(GB),
    guessCharset('a\xff'),
  ]).toEqual(['ascii', 'utf-8', 'gb18030', 'other'])
})

test('NULs and control bytes are binary, tabs and colours are not', () => {
  expect(isBinary('a\u0000b')).toBe(true)
  expect(isBinary('\u0001\u0002\u0003\u0004')).toBe(true)
  expect(isBinary('\u001b[31mred\u001b[0m\ttext')).toBe(false)
})

test('text survives the journey through bytes', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: 'grapheme' }),
      (text) => text.startsWith('\ufeff') || decode(Buffer.from(text, 'utf8').toString('latin1')) === text,
    ),
  )
})

test('Turkish of ISO 8859-9, where its letters follow each other too; Icelandic and Czech stay', () => {
  const turkish = latin1([
    ...Buffer.from('zaman a'),
    0xfe,
    0xfd,
    ...Buffer.from('m'),
    0xfd,
    ...Buffer.from(' 20000 ms'),
  ])
  expect(decode(turkish)).toBe('zaman aşımı 20000 ms')
  expect(guessCharset(turkish)).toBe('latin1')
  expect(decode(turkish, 'latin1')).toBe('zaman aşımı 20000 ms')
  expect(decode(latin1([...Buffer.from('n'), 0xfd, ...Buffer.from('tt t'), 0xe6, ...Buffer.from('ki')]))).toBe(
    'nýtt tæki',
  )
})

/** Bytes as code tables have them: 要求送信 端末 通番 and タイムアウト. */
const SJIS_KANJI = [
  0x97, 0x76, 0x8b, 0x81, 0x91, 0x97, 0x90, 0x4d, 0x20, 0x92, 0x5b, 0x96, 0x96, 0x20, 0x92, 0xca, 0x94, 0xd4,
]
const SJIS_KANA = [0x83, 0x5e, 0x83, 0x43, 0x83, 0x80, 0x83, 0x41, 0x83, 0x45, 0x83, 0x67]
const EUC_KANA = [0xa5, 0xbf, 0xa5, 0xa4, 0xa5, 0xe0, 0xa5, 0xa2, 0xa5, 0xa6, 0xa5, 0xc8]
test('Japanese by its kana, in Shift_JIS by its kanji too; Chinese stays Chinese', () => {
  expect(decode(latin1(SJIS_KANA))).toBe('タイムアウト')
  expect(decode(latin1(SJIS_KANJI))).toBe('要求送信 端末 通番')
  expect(decode(latin1(EUC_KANA))).toBe('タイムアウト')
  expect([SJIS_KANA, SJIS_KANJI, EUC_KANA].map((b) => guessCharset(latin1(b)))).toEqual([
    ...['shift_jis', 'shift_jis', 'euc-jp'],
  ])
  expect(guessCharset(GB)).toBe('gb18030')
})
