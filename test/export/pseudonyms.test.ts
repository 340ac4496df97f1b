import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { keyed } from '../../pipeline/export/keyed.js'
import { createPseudonyms } from '../../pipeline/export/pseudonyms.js'
import { isWellKnown } from '../../pipeline/export/well-known.js'
import { mask } from '../../pipeline/parse/mask.js'

const ask = keyed(Buffer.from('a key of tests'))
const make = (...taken: string[]) => createPseudonyms(ask, new Set(taken), isWellKnown)
const classes = (text: string) => text.replace(/[A-Z]/g, 'A').replace(/[a-z]/g, 'a').replace(/\d/g, '9')

describe('names', () => {
  test('length, capitals, digits and signs stay where they are', () =>
    fc.assert(
      fc.property(fc.stringMatching(/^[A-Za-z0-9_.-]{3,24}$/), (name) => {
        expect(classes(make().of(name))).toBe(classes(name))
      }),
    ))
  test('capitals or not, it is one name', () => {
    const { of } = make()
    expect(of('t041201')).toBe(of('T041201').toLowerCase())
  })
  test('no two become one and none becomes another of the input, also where there are few', () => {
    const letters = [...'ABCDEFGH'].map((c) => `SITE-${c}`)
    const { of } = make(...letters.map((l) => l.toLowerCase()))
    const others = letters.map(of)
    expect(new Set(others).size).toBe(letters.length)
    expect(others.filter((o) => letters.includes(o))).toEqual([])
  })
  test('where there are none left, they change places', () => {
    const digits = [...'0123456789'].map((d) => `a${d}`)
    const { of } = make(...digits)
    expect(new Set(digits.map(of)).size).toBe(10)
  })
  test('what a thing is stays in its name where the rest tells enough apart', () => {
    expect(make().of('SHOP-0412')).toMatch(/^SHOP-0\d{3}$/)
    expect(make().of('gw1')).not.toMatch(/^gw/)
  })
  test('a number keeps whether it begins with a zero: JSON knows no others', () => {
    const { of } = make()
    fc.assert(fc.property(fc.stringMatching(/^\d{4,12}$/), (n) => of(n).startsWith('0') === n.startsWith('0')))
  })
  test('no long number looks like a card where its original does not', () => {
    const { of } = make()
    for (let i = 0; i < 300; i++) {
      const id = `8980100199${String(52_000 + i * 7)}`
      if (mask(id) === id) expect(mask(of(id))).toBe(of(id))
    }
  })
  test('other scripts', () => expect(make().of('上海南路店')).toMatch(/^\p{Script=Han}{5}$/u))
})
