import { expect, test } from 'vitest'
import { missedWords } from '../../pipeline/report/missed-text.js'
import { tellStory } from '../../pipeline/run/story.js'
import { smallPack } from '../match/small-pack.js'

const T1 = { 'host.name': 't1', 'whytimeout.terminal_id': 'T1', 'whytimeout.site_id': 'S1' }
const T2 = { 'host.name': 't2', 'whytimeout.terminal_id': 'T2', 'whytimeout.site_id': 'S1' }
const DOWN = { 'event.action': 'link-down' }
const TIMEOUT = { at: '60s', ...T1, 'event.action': 'connect-timeout', 'event.duration': 5_000_000_000 }
const missedIn = (signals: string, given: ({ at: string } & Record<string, unknown>)[]) =>
  tellStory(smallPack(signals), { given: [...given, TIMEOUT], roles: { t1: 'terminal', t2: 'terminal' } }).verdicts[0]
    ?.whytimeout.detail.missed ?? []

const SIGNAL =
  '  down: { bits: 4, bind: terminal, within: { before: 10s, after: 5s }, where: { event.action: link-down } }'
// The attempt lasts from 55 s to 60 s.
test('too early, too late: by how much', () => {
  const [early, ...none] = missedIn(SIGNAL, [{ at: '35s', ...T1, ...DOWN }])
  expect(none).toEqual([])
  expect(early).toMatchObject({ mechanism: 'link-flap', signal: 'down', bits: 4 })
  expect(early?.short).toMatchObject({ kind: 'time', side: 'before', off_ms: 10_000, wanted_ms: 10_000 })
  expect(early && missedWords(early).en).toBe('a line 10 s too early (counts from 10 s before)')
  const [late] = missedIn(SIGNAL, [{ at: '72500ms', ...T1, ...DOWN }])
  expect(late?.short).toMatchObject({ kind: 'time', side: 'after', off_ms: 7_500, wanted_ms: 5_000 })
})
test('what is far away, seen, or of another site is no near miss', () => {
  expect(missedIn(SIGNAL, [{ at: '-300s', ...T1, ...DOWN }])).toEqual([])
  expect(missedIn(SIGNAL, [{ at: '58s', ...T1, ...DOWN }])).toEqual([])
  expect(missedIn(SIGNAL, [{ at: '58s', ...T2, 'whytimeout.site_id': 'S2', ...DOWN }])).toEqual([])
  expect(missedIn(SIGNAL, [])).toEqual([])
})
test('a line of a neighbour: the tie that it lacks', () => {
  const [found] = missedIn(SIGNAL, [{ at: '58s', ...T2, ...DOWN }])
  expect(found?.short).toMatchObject({ kind: 'bind', bind: 'terminal' })
  expect(found && missedWords(found).zh).toContain('该终端')
})
test('too few lines', () => {
  const [found] = missedIn(SIGNAL.replace('where', 'at_least: 3, where'), [
    { at: '56s', ...T1, ...DOWN },
    { at: '57s', ...T1, ...DOWN },
  ])
  expect(found?.short).toMatchObject({ kind: 'count', seen: 2, wanted: 3 })
})
test('a stronger signal of its group was seen: nothing is missed', () => {
  const both = `${SIGNAL.replace('bits: 4', 'bits: 4, group: g')}\n  any: { bits: 5, group: g, bind: site, within: { before: 60s, after: 5s }, where: { event.action: link-down } }`
  expect(missedIn(both, [{ at: '35s', ...T1, ...DOWN }])).toEqual([])
})
test('facts: the comparison that fails, and what the fact was', () => {
  const ok = { event: 'request-succeeded' }
  const served = (at: string) => ({
    at,
    ...T2,
    'event.action': ok.event,
    'event.outcome': 'success',
    'event.duration': 1e8,
  })
  const facts = (condition: string) => `  neighbours: { bits: 3, facts: { ${condition} } }`
  const [one] = missedIn(facts('fleet.site_ok|gte: 2'), [served('58s')])
  expect(one?.short).toEqual({ kind: 'fact', fact: 'fleet.site_ok|gte', value: 1, wanted: 2 })
  expect(one && missedWords(one).en).toBe(
    'not so: other terminals of the site are served (2 or more) (fleet.site_ok = 1)',
  )
  // Far from its bound; a word alone; two that fail; a fact that nobody knows.
  expect(missedIn(facts('fleet.site_ok|gte: 9'), [served('58s')])).toEqual([])
  expect(missedIn(facts('episode.phase: dns'), [])).toEqual([])
  expect(missedIn(facts('fleet.site_ok|gte: 2, episode.phase: dns'), [served('58s')])).toEqual([])
  expect(missedIn(facts('server.answer_ms|gte: 100, episode.phase: connect'), [])).toEqual([])
  const [word] = missedIn(facts('fleet.site_ok|gte: 1, episode.phase: dns'), [served('58s')])
  expect(word?.short).toEqual({ kind: 'fact', fact: 'episode.phase', value: 'connect', wanted: 'dns' })
})
