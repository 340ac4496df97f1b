import { expect, test } from 'vitest'
import { loadPack } from '../../pipeline/run/rules.js'
import { tellStory } from '../../pipeline/run/story.js'

const sale = (at: string, terminal: string, site: string, more: Readonly<Record<string, unknown>>) => ({
  at,
  'host.name': terminal,
  'whytimeout.role': 'terminal',
  'whytimeout.terminal_id': terminal,
  'whytimeout.site_id': site,
  'destination.ip': '192.0.2.10',
  'destination.port': 443,
  ...more,
})
const timeout = { 'event.action': 'connect-timeout', 'event.outcome': 'failure', 'event.duration': 5e9 }
const success = { 'event.action': 'request-succeeded', 'event.outcome': 'success', 'event.duration': 3e8 }

test('attempts around a timeout are those of its scope within two minutes, by how they ended', async () => {
  const pack = await loadPack()
  const { verdicts } = tellStory(pack, {
    given: [
      sale('-5m', 'T2', 'S1', success), // too long ago
      sale('-20s', 'T2', 'S1', timeout),
      sale('0s', 'T1', 'S1', timeout),
      sale('10s', 'T3', 'S1', timeout),
      sale('20s', 'T4', 'S1', success),
      sale('25s', 'T9', 'S2', success), // another site
      sale('30s', 'T5', 'S1', { 'event.action': 'connection-refused', 'event.outcome': 'failure' }), // neither
      sale('5m', 'T2', 'S1', success), // too late
    ] as never,
  })
  const own = verdicts.find((v) => v.whytimeout.terminal_id === 'T1')?.whytimeout
  expect(own?.verdict).toMatchObject({ scope: 'site', scope_id: 'S1' })
  expect(own?.detail.around).toEqual({ failed: 3, ok: 1 })
})
