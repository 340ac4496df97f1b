import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { eventOf } from './event-of.js'

/** One wording a line, of libraries, systems and firmware in English and Chinese, from their sources and manuals: message, action, phase, limit in ms. */
const WORDINGS = readFileSync(join(import.meta.dirname, 'wordings.tsv'), 'utf8')
  .trimEnd()
  .split('\n')
  .slice(1)
  .map((line) => line.split('\t') as [string, string, string?, string?])

/** The event of a message as an application writes it. */
const eventOfMessage = (message: string) =>
  eventOf(Buffer.from(`2026-11-24 10:00:00.123 ERROR [main] c.e.pay.Link - ${message}`, 'utf8').toString('latin1'))

describe('wordings of many makers, in our words', () => {
  test.each(WORDINGS)('%s', (message, action, phase = '', limitMs = '') => {
    const event = eventOfMessage(message)
    expect([event['event.action'], event['whytimeout.phase'] ?? '']).toEqual([action, phase])
    if (limitMs !== '') expect(event['whytimeout.limit_ms']).toBe(Number(limitMs))
  })
})
