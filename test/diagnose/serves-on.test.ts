import { expect, test } from 'vitest'
import { sufferer } from '../../pipeline/diagnose/observation.js'
import type { LogEvent } from '../../schemas/event.js'

const wait = (more: Partial<LogEvent>) =>
  sufferer({ 'event.action': 'response-timeout', 'whytimeout.role': 'server', ...more } as LogEvent)

test("a server's wait for another in the name of a terminal's request is a gateway's; its own is evidence", () => {
  const request = { 'whytimeout.terminal_id': 'T1', 'whytimeout.stan': '000417' }
  expect(wait({ ...request, 'destination.ip': '10.7.0.9' })).toBe('gateway')
  expect(wait({ ...request, 'destination.domain': 'issuer.example' })).toBe('gateway')
  expect(wait(request)).toBeUndefined()
  expect(wait({ 'whytimeout.terminal_id': 'T1' })).toBeUndefined()
  expect(wait({})).toBeUndefined()
})
