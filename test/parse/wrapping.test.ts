import { describe, expect, test } from 'vitest'
import { BLOCKS } from '../../pipeline/parse/formats/index.js'
import { createFramer } from '../../pipeline/parse/frame.js'
import { leadOf, withoutLeads } from '../../pipeline/parse/wrapping.js'
import { eventOf } from './event-of.js'

const AT = '2026-11-20 18:00:05,000'
const ERROR = `${AT} ERROR pay - connect to 192.0.2.40:9443 timed out`

describe('what stands before the lines of a service', () => {
  test.each([
    ['docker compose', `pay-1      | ${ERROR}`],
    [
      'docker compose, of a syslog line',
      'mail    | Nov 20 18:00:05 mail postfix/smtp[161]: connect to mx.example[192.0.2.40]:25: Connection timed out',
    ],
    ['pm2', `0|pay      | ${ERROR}`],
    ['kubectl logs --prefix', `[pod/pay-7d4b9c6f5-x2x9z/pay] ${ERROR}`],
    ['stern', `pay-7d4b9c6f5-x2x9z pay ${ERROR}`],
  ])('is read through: %s', (_, line) => {
    const event = eventOf(line)
    expect(event['event.action']).toBe('connect-timeout')
    expect(event['destination.ip']).toBe('192.0.2.40')
    expect(event.message).not.toContain('|')
  })

  test.each([
    ['a level between bars', `${AT} | INFO | pay | hello`],
    ['a row of a table', 'gateway | 192.0.2.40 | 9443'],
    ['a word and a sentence', 'pay failed to connect'],
    ['a pod that is only spoken of', 'pay-7d4b9c6f5-x2x9z pay is gone'],
    ['a name in capitals', 'ERROR | connect timed out'],
  ])('is not %s', (_, line) => {
    expect(leadOf(line)).toBe(0)
  })

  test('is taken off every line of a record', () => {
    const framer = createFramer(BLOCKS)
    const lines = [`pay-1  | ${ERROR}`, 'pay-1  |     at Pay.send(Pay.java:12)', `db-1   | ${AT} INFO ready`]
    const records = [...lines.flatMap((l, i) => framer.push(l, i + 1)), ...framer.flush()].map((r) => r.text)
    expect(records).toEqual([`${lines[0]}\n${lines[1]}`, lines[2]])
    expect(withoutLeads(records[0] ?? '')).toBe(`${ERROR}\n    at Pay.send(Pay.java:12)`)
  })
})

describe("what PHP-FPM's workers wrote", () => {
  test.each([
    '[20-Nov-2026 18:00:05] WARNING: [pool www] child 41 said into stderr: "cURL error 28: Resolving timed out after 3520 milliseconds"',
    '[20-Nov-2026 18:00:05] WARNING: [pool www] child 41 said into stderr: "NOTICE: PHP message: cURL error 28: Resolving timed out after 3520 milliseconds"',
    '[20-Nov-2026 18:00:05] NOTICE: PHP message: cURL error 28: Resolving timed out after 3520 milliseconds',
  ])('counts: %s', (line) => {
    expect(eventOf(line)['event.action']).toBe('dns-timeout')
  })

  test('is not what the master says of them', () => {
    const line =
      "[20-Nov-2026 18:00:05] WARNING: [pool www] child 41, script '/srv/pay.php' execution timed out (31.2 sec), terminating"
    expect(eventOf(line)['event.action']).toBe('overload')
  })
})
