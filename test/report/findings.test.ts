import { describe, expect, test } from 'vitest'
import { findingsText } from '../../pipeline/report/findings.js'
import { widthOf } from '../../pipeline/report/width.js'
import { type CheckedFinding, findingsOf } from '../../schemas/doctor.js'

const finding = (
  check: string,
  state: CheckedFinding['state'],
  more: Partial<CheckedFinding> = {},
): CheckedFinding => ({
  check,
  title: { en: check, zh: `检查${check}` },
  code: 'c',
  state,
  place: 'broker:1',
  what: { en: 'it stands so', zh: '状态如此' },
  ...more,
})
const FINDINGS = findingsOf([
  finding('first', 'ok'),
  finding('first', 'fail', { todo: { en: `${'mend it at once '.repeat(9)}.`, zh: `${'请立即修复'.repeat(12)}。` } }),
  finding('second', 'warn', { todo: { en: 'look at it', zh: '请查看' } }),
  finding('third', 'skip'),
])

describe('findings as text', () => {
  test('a mark, the check once, the place, what stands there, what to do, and the count', () => {
    const text = findingsText(FINDINGS, { lang: 'en', columns: 60, color: false })
    expect(text).toBe(
      [
        'ok    first   broker:1: it stands so',
        'fail          broker:1: it stands so',
        '              -> mend it at once mend it at once mend it at',
        '                 once mend it at once mend it at once mend',
        '                 it at once mend it at once mend it at once',
        '                 mend it at once .',
        'warn  second  broker:1: it stands so',
        '              -> look at it',
        'skip  third   broker:1: it stands so',
        '',
        '1 ok, 1 warning, 1 failed, 1 skipped',
      ].join('\n'),
    )
  })
  test('in Chinese within the width', () => {
    const text = findingsText(FINDINGS, { lang: 'zh', columns: 80, color: false })
    expect(text).toContain('失败')
    expect(text).toContain('正常 1，警告 1，失败 1，跳过 1')
    for (const line of text.split('\n')) expect(widthOf(line)).toBeLessThanOrEqual(80)
  })
  test('colours change nothing but the colour', () => {
    const page = { lang: 'en', columns: 80 } as const
    const esc = String.fromCharCode(27)
    const colored = findingsText(FINDINGS, { ...page, color: true })
    expect(colored).toContain(`${esc}[31mfail`)
    expect(colored.replaceAll(new RegExp(`${esc}\\[\\d+m`, 'g'), '')).toBe(
      findingsText(FINDINGS, { ...page, color: false }),
    )
  })
})
