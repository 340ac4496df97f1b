import { expect, test } from 'vitest'
import { open } from '../../pipeline/diagnose/episode.js'
import type { Observation } from '../../pipeline/diagnose/observation.js'
import { createOpenEpisodes } from '../../pipeline/diagnose/open-episodes.js'

const symptom = (id: string, origin: string, at: number): Observation => ({
  at,
  id,
  origin,
  signals: [],
  event: {
    '@timestamp': new Date(at).toISOString(),
    'event.action': 'response-timeout',
    'event.duration': 3e9,
    'host.name': 'g1',
    'whytimeout.suffered_by': 'gateway',
    'source.ip': '198.51.100.9',
    'service.target.name': '10.0.0.5:7003',
  },
})

test('an episode whose first symptom was taken back is found by what is left of it, and by nothing else', () => {
  const episodes = createOpenEpisodes()
  const [error, access] = [symptom('a', 'g1/error.log', 60_000), symptom('b', 'g1/access.log', 60_050)]
  episodes.take(open(error, undefined))
  expect(episodes.take(open(access, undefined)).symptoms).toHaveLength(2)
  episodes.drop('a')
  expect(episodes.take(open(error, undefined)).symptoms.map((s) => s.id)).toEqual(['b', 'a'])
  episodes.drop('a')
  expect(episodes.takeBefore(61_000)).toHaveLength(1)
  expect(episodes.take(open(error, undefined)).symptoms.map((s) => s.id)).toEqual(['a'])
  expect(episodes.size()).toBe(1)
})
