import { describe, expect, test } from 'vitest'
import { readText } from '../../pipeline/parse/text.js'

describe('what somebody returned', () => {
  test.each<[string, number, number?]>([
    ['host returned 502 after 1009ms', 502, 1009],
    ['gate returns 429', 429],
    ['answered with HTTP 503', 503],
    ['upstream replied 404: no such till', 404],
    ['responded with status code 504 in 20 ms', 504, 20],
    ['gate said 502.', 502],
    ['returned code 401, giving up', 401],
    ['it returned HTTP status 500 for POST /sale', 500],
  ])('is a status: %s', (text, status, durationMs) => {
    const facts = readText(text)
    expect([facts.status, facts.durationMs]).toEqual([status, durationMs])
    expect([facts.connectLimitMs, facts.responseLimitMs]).toEqual([undefined, undefined])
  })
  test.each([
    ['a time', 'returned 502 ms later'],
    ['a time at its end', 'host returned 502ms'],
    ['seconds', 'said 500 s'],
    ['a size', 'returned 500 bytes'],
    ['part of a number', 'returned 5021'],
    ['an amount', 'returned 404.50'],
    ['an amount with a comma', 'returned 502,50'],
    ['good', 'returned 200 after 12 ms'],
    ['of another kind', 'returned 302'],
    ['too far from the word', 'returned after 502'],
    ['part of a word', 'unreturnable 502'],
  ])('near miss: it is %s: %s', (_, text) => expect(readText(text).status).toBeUndefined())
})

describe('a terminal and its number with a slash between', () => {
  test.each([
    ['trace=KV-3071/000618', 'KV-3071', '000618'],
    ['trace: "KV-3071/000618" sent', 'KV-3071', '000618'],
    ['{"trc":"61000301/001201","ok":false}', '61000301', '001201'],
    ['trc=KV-3071/R-000618', 'KV-3071', 'R-000618'],
    ['TRACE=POZ_7/4711', 'POZ_7', '4711'],
  ])('%s', (text, terminal, stan) => {
    const facts = readText(text)
    expect([facts.terminal, facts.stan]).toEqual([terminal, stan])
  })
  test('a terminal with a name of its own goes before', () =>
    expect(readText('tid=PX-88 trace=KV-3071/000618').terminal).toBe('PX-88'))
  test.each([
    ['a path', 'trace=/var/log/000618'],
    ['three parts', 'trace=KV-3071/000618/1'],
    ['an address', 'trace=10.2.3.4/000618'],
    ['a name without a digit', 'trace=ABC/000618'],
    ['a longer word', 'traceback=KV-3071/000618'],
    ['letters behind the number', 'trace=KV-3071/000618a'],
    ['a short number', 'trace=KV-3071/772'],
    ['a trace of programs', 'trace=00-4bf92f3577b34da6a3ce929d0e0e4736/00772'],
    ['the number alone', 'trace=000618'],
  ])('near miss: %s: %s', (_, text) => expect(readText(text).terminal).toBeUndefined())
})

describe('a Russian word for milliseconds that names its value', () => {
  test.each(['тмс: 1920', 'мс 1920', 'мс: 1920x', 'x.мс=1920', 'мс: abc'])('near miss: %s', (text) =>
    expect(readText(text).durationMs).toBeUndefined(),
  )
})
