import { describe, expect, test } from 'vitest'
import { verdictOf } from '../../pipeline/parse/flow.js'

describe("what the administrator's name of a rule says was done", () => {
  test.each([
    'TARIFF-HOGAR port not in plan',
    'not-in-allowlist',
    'service not subscribed',
    'PROHIBITED-PORT',
    'unauthorised dst',
    'policy violation',
  ])('%s: denied', (name) => expect(verdictOf(name)).toBe('denied'))
  test.each(['cache not in use', 'not-in-cache', 'NEW-CONN', 'LAN-OUT', 'plan B'])('near miss, %s', (name) =>
    expect(verdictOf(name)).toBe('other'),
  )
  test('what is permitted is not denied', () => expect(verdictOf('PERMIT-POS')).toBe('allowed'))
})
