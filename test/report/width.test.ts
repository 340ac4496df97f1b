import fc from 'fast-check'
import { expect, test } from 'vitest'
import { cutTo, pad, widthOf, wrap } from '../../pipeline/report/width.js'

test('Chinese takes two columns', () => {
  expect(widthOf('abc')).toBe(3)
  expect(widthOf('超时')).toBe(4)
  expect(widthOf('（x）')).toBe(5)
  expect(pad('超时', 6)).toBe('超时  ')
})
test('cut text says so and fits', () => {
  expect(cutTo('abcdef', 6)).toBe('abcdef')
  expect(cutTo('abcdefg', 6)).toBe('abcde…')
  expect(widthOf(cutTo('连接超时连接超时', 7))).toBeLessThanOrEqual(7)
})
test('wrapped lines fit where they can, and lose no word', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{1,9}$/), { minLength: 1, maxLength: 40 }),
      fc.integer({ min: 10, max: 60 }),
      (words, width) => {
        const lines = wrap(words.join(' '), width)
        for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width)
        expect(lines.join(' ').split(' ')).toEqual(words)
      },
    ),
  )
})
test('no line of Chinese begins with a mark, or ends with an opening bracket', () => {
  const text = '门店防火墙（含路由器）丢弃了数据包，请检查规则；终端T1、T2均受影响：共 3 次（100 %）。'
  for (let width = 8; width <= 40; width++) {
    const lines = wrap(text, width)
    for (const line of lines) expect(line).not.toMatch(/^[，。；：、）%]|（$/)
    expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
  }
})
