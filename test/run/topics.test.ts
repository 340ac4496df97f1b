import { expect, test } from 'vitest'
import { WhytimeoutError } from '../../pipeline/errors.js'
import { rawTopics, topicNames } from '../../pipeline/run/topics.js'

const matches = (topics: string, name: string): boolean => {
  const raw = rawTopics({ topics, prefix: 'whytimeout' })
  return raw instanceof RegExp && raw.test(name)
}

test('a pattern matches as it stands, anchored or not', () => {
  expect(matches('/^logs\\./', 'logs.shop')).toBe(true)
  expect(matches('/^logs\\./', 'old.logs.shop')).toBe(false)
  expect(matches('/logs|gateway$/', 'a.logs.b')).toBe(true)
  expect(matches('/logs|gateway$/', 'the-gateway')).toBe(true)
  expect(matches('/logs|gateway$/', 'gateway-2')).toBe(false)
})
test("never Kafka's topics or ours, however wide it is", () => {
  for (const name of [...Object.values(topicNames('whytimeout')), '__consumer_offsets'])
    expect(matches('/./', name), name).toBe(false)
  expect(matches('/./', 'whytimeout.events.of-somebody')).toBe(true)
})
test('names stay names; a broken pattern is refused', () => {
  expect(rawTopics({ topics: ['a', 'b'], prefix: 'whytimeout' })).toEqual(['a', 'b'])
  expect(() => rawTopics({ topics: '/(/', prefix: 'whytimeout' })).toThrow(WhytimeoutError)
})
