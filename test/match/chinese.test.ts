import { describe, expect, test } from 'vitest'
import { fullWidth } from '../../pipeline/match/chinese.js'

describe('marks of a Chinese sentence are full-width', () => {
  test.each([
    ['线路丢包,请报障;原因:未知', '线路丢包，请报障；原因：未知'],
    ['是否恢复?', '是否恢复？'],
    ['门店(该终端)', '门店（该终端）'],
    ['使用TLS,等待应答', '使用TLS，等待应答'],
    ['共 3 次, 其余正常', '共 3 次，其余正常'],
    ['先验 (频度) 如此', '先验（频度）如此'],
    ['由 `drain` (默认20s)决定,否则中止', '由 `drain`（默认20s）决定，否则中止'],
    ['处理完成.', '处理完成。'],
  ])('%s', (given, wanted) => {
    expect(fullWidth(given)).toBe(wanted)
    expect(fullWidth(wanted)).toBe(wanted)
  })
})

describe('and stay as they are in', () => {
  test.each([
    ['another language', 'Lines, of (some) kind: one; two?'],
    ['numbers, times and addresses', '在 10:00:05 由 pay.example.net:9443 返回 1,024 字节'],
    ['code', '参数 read(x, y) 与 {a: 1, b: 2} 无关'],
    ['a key of YAML', '  zh: 防火墙丢弃了报文'],
    ['a list of YAML', '[锁等待, "x"]'.replace('锁等待', 'lock wait')],
    ['a pattern', String.raw`/(?:终端|商户)(?:号)?[:：]/`],
  ])('%s', (_, text) => expect(fullWidth(text)).toBe(text))
})
