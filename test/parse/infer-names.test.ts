import { describe, expect, test } from 'vitest'
import type { Trace } from '../../pipeline/parse/infer.js'
import {
  addTraceNumber,
  type NumberTrace,
  namedTraces,
  numbersIn,
  traceNames,
} from '../../pipeline/parse/infer-names.js'
import type { ParsedFields } from '../../schemas/event.js'

describe('the numbers of a line', () => {
  const found = (text: string) => numbersIn(text).map(({ name, value }) => `${name} ${value}`)
  test.each<[string, string[]]>([
    ['Bon 004711 gebucht', ['Bon 004711']],
    ['{"slip":"008149","ok":true}', ['slip 008149']],
    ['folio=35696 envoyé', ['folio 35696']],
    ['kvitto nr. 35696', ['kvitto 35696']],
    ['Quittung Nr. 35696', ['Quittung 35696']],
    ['order #01-000535 sent', ['order 01-000535', '# 01-000535']],
    ['slip K77025 for order 000535', ['slip K77025', 'order 000535', '~A99999 K77025']],
    ['mark=61000301/001201', ['mark 001201']],
    ['10.2.4.7|47326|84403003|004588|POST /pay|200|-', ['|6 47326', '|5 84403003', '|4 004588']],
    ['sale; B02354; refused; 12', [';3 B02354', '~A99999 B02354']],
    ['>> 0200 #070210 16.78', ['# 070210']],
    ['031-06889 booked, kvitto 031-06889', ['kvitto 031-06889', '~999-99999 031-06889', '~999-99999 031-06889']],
  ])('%s', (text, expected) => expect(found(text)).toEqual(expected))
  test.each([
    'from port 50219, sport=50220, srcPort: 50221',
    'pid=01234 tid=00077 thread 10445',
    'amount=001250 total 12500 importe: 09999',
    'took 10250 elapsed=01000',
    'slip 4711',
    'rate 12345.67, range 10000-20000, page 00012/40',
    'x 004711',
  ])('near miss: %s', (text) => expect(found(text)).toEqual([]))
  test('no more than four', () =>
    expect(found('aa 000001 bb 000002 cc 000003 dd 000004 ee 000005')).toEqual([
      ...['aa 000001', 'bb 000002', 'cc 000003', 'dd 000004'],
    ]))
})

const START = Date.parse('2026-07-06T08:00:00Z')
const LOGS = { till: 'till/pos.log', core: 'core/core.log', hub: 'hub/hub.log' }
const at = (secs: number, host: string) => {
  const time = START + secs * 1000
  return { at: time, start: time, origin: LOGS[host as keyof typeof LOGS] ?? `${host}/pos.log`, host }
}
const number = (secs: number, host: string, name: string, value: string): NumberTrace => ({
  ...at(secs, host),
  name,
  value,
})
const trace = (secs: number, host: string, stan: string): Trace => ({ ...at(secs, host), stan })
const SALES = Array.from({ length: 10 }, (_, i) => ({ secs: 10 + i * 41, value: String(5_301 + i).padStart(6, '0') }))
/** As the till's lines have them, beside numbers of its own. */
const slips = (name: string, host = 'till', late = 0) =>
  SALES.map(({ secs, value }) => number(secs + late, host, name, value))
const jobs = SALES.map(({ secs }, i) => number(secs, 'till', 'job', String(90_000 + i)))
const ofCore = SALES.map(({ secs, value }) => trace(secs + 1, 'core', value))
const namesOf = (numbers: readonly NumberTrace[], traces: readonly Trace[] = []) =>
  Object.fromEntries(traceNames(numbers, traces))

test('a form is found in lines that lack the word: it goes before it', () => {
  const form = SALES.map(({ secs }, i) => ({ ...number(secs, 'till', '~99-999999', `31-00530${i}`) }))
  const word = form.map((n) => ({ ...n, name: 'slip' }))
  const core = form.map(({ value }, i) => trace((SALES[i]?.secs ?? 0) + 1, 'core', value))
  expect(namesOf([...form, ...word], core)).toEqual({ 'till/pos.log': '~99-999999' })
})

describe('what a log calls its trace numbers', () => {
  test("near miss: numbers that stand in everybody's lines, as a shop's or a day's do", () => {
    const hosts = Array.from({ length: 80 }, (_, i) => `till${i}`)
    expect(namesOf(hosts.flatMap((host) => slips('store', host)))).toEqual({})
  })
  test('near miss: numbers in common with each of several tills once, at unrelated times', () => {
    const others = [40, 900, 2222, 3600].map((secs, i) => trace(secs, `till${i}`, String(90_000 + i)))
    expect(namesOf(jobs, others)).toEqual({})
  })
  test('the word before the numbers that a server names as such', () =>
    expect(namesOf([...jobs, ...slips('slip')], ofCore)).toEqual({ 'till/pos.log': 'slip' }))
  test('in any order', () =>
    expect(namesOf([...slips('slip'), ...jobs].reverse(), [...ofCore].reverse())).toEqual({ 'till/pos.log': 'slip' }))
  test('though the clocks lie an hour apart', () =>
    expect(namesOf(slips('slip', 'till', 3_600), ofCore)).toEqual({ 'till/pos.log': 'slip' }))
  test('between two logs of which neither names them', () =>
    expect(namesOf([...slips('slip'), ...slips('folio', 'hub', 1)])).toEqual({
      'till/pos.log': 'slip',
      'hub/hub.log': 'folio',
    }))
  test('of many terminals at a server, few of each', () => {
    const tills = SALES.map(({ secs, value }, i) => trace(secs, `till-${i % 5}`, value))
    expect(namesOf(slips('folio', 'hub', 1), tills)).toEqual({ 'hub/hub.log': 'folio' })
  })
  test('near miss: three in common', () => expect(namesOf(slips('slip').slice(0, 3), ofCore)).toEqual({}))
  test('near miss: few of many are in common', () => {
    const others = Array.from({ length: 40 }, (_, i) => number(7 + i * 9, 'till', 'slip', String(70_000 + i)))
    expect(namesOf([...slips('slip').slice(0, 5), ...others], ofCore)).toEqual({})
  })
  test('near miss: at times that have nothing to do with each other', () =>
    expect(
      namesOf(
        SALES.map(({ value }, i) => number(((i * 7) % 10) * 400, 'till', 'slip', value)),
        ofCore,
      ),
    ).toEqual({}))
  test('near miss: in another log of the same host', () =>
    expect(
      namesOf(
        slips('slip'),
        ofCore.map((t) => ({ ...t, host: 'till' })),
      ),
    ).toEqual({}))
  test('near miss: its lines name some already', () =>
    expect(namesOf(slips('slip'), [...ofCore, trace(500, 'till', '009999')])).toEqual({}))
})

describe('a code of approval', () => {
  const isApproved = (_: unknown, i: number) => i % 5 !== 0
  const codes = (host: string) =>
    SALES.filter(isApproved).map(({ secs }, i) => number(secs + 2, host, 'approval', String(640_011 + i * 17)))
  test('is in common for sales that went well: those that count all of them win', () =>
    expect(namesOf([...codes('till'), ...codes('hub'), ...slips('slip'), ...slips('slip', 'hub', 1)])).toEqual({
      'till/pos.log': 'slip',
      'hub/hub.log': 'slip',
    }))
  test('nor does it win where the other log has only what went well', () => {
    const heard = slips('slip', 'hub', 1).filter(isApproved)
    expect(namesOf([...codes('till'), ...codes('hub'), ...slips('slip'), ...heard])['till/pos.log']).toBe('slip')
  })
})

test('the numbers of a learned name are traces like any other, and those beside them are not', () => {
  const [slip] = slips('slip')
  const names = new Map([['till/pos.log', 'slip']])
  expect(namedTraces([...slips('slip').slice(0, 1), ...jobs, ...slips('slip', 'hub')], names)).toEqual([
    { at: slip?.at, start: slip?.start, origin: 'till/pos.log', host: 'till', stan: '005301' },
  ])
})

describe('a line whose log has a word of its own', () => {
  const stanOf = (text: string, name: string | undefined, fields: ParsedFields = {}) => {
    addTraceNumber(fields, text, name)
    return fields['whytimeout.stan']
  }
  test.each([
    ['slip 005301 declined', 'slip'],
    ['{"slip":"005301"}', 'slip'],
    ['order 000777, slip=005301', 'slip'],
    ['Bon-Nr. (x) 000777 s.no #005301', 's.no'],
    ['>> 0200 #005301 16.78', '#'],
  ])('%s', (text, name) => expect(stanOf(text, name)).toBe('005301'))
  test('a form of its own, wherever it stands', () => {
    expect(stanOf('ГРЕШКА | 031-06893 - няма връзка', '~999-99999')).toBe('031-06893')
    expect(stanOf('sale of 12-500 for 031-06893', '~999-99999')).toBe('031-06893')
    expect(stanOf('K77025 sent', '~A99999')).toBe('K77025')
  })
  test.each(['tel 0031-06893', '2031-06893-1', 'x031-06893', '031-06893.5', '10.1.031-06893'])(
    'near miss: another form: %s',
    (text) => expect(stanOf(text, '~999-99999')).toBeUndefined(),
  )
  test.each([
    ['order 005301 declined', 'slip'],
    ['payslip 005301', 'slip'],
    ['slips 005301', 'slip'],
    ['slip 5301', 'slip'],
    ['slip of order 005301', 'slip'],
    ['slip 005301', undefined],
    ['sxno 005301', 's.no'],
  ])('near miss: %s', (text, name) => expect(stanOf(text, name)).toBeUndefined())
  test('not where there is one already', () =>
    expect(stanOf('slip 005301', 'slip', { 'whytimeout.stan': '000042' })).toBe('000042'))
})
