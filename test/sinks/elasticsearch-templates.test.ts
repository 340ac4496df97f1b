import { describe, expect, test } from 'vitest'
import { differences, problemOf } from '../../pipeline/sinks/elasticsearch-templates.js'
import { allProperties, elasticsearchTemplates, fieldTypes, type TemplateMeta } from '../../schemas/elasticsearch.js'

describe('templates', () => {
  const { components, indices } = elasticsearchTemplates()
  test('every field is in exactly one component, and there are few enough', () => {
    const leaves = (properties: object): number =>
      Object.values(properties).reduce((n, p) => n + ('properties' in p ? leaves(p.properties) : 1), 0)
    const own = Object.values(components).map((c) => leaves((c.template['mappings'] as Mappings)?.properties ?? {}))
    expect(own.reduce((a, b) => a + b)).toBe(fieldTypes().size)
    expect(leaves(allProperties())).toBe(fieldTypes().size)
    expect(fieldTypes().size).toBeLessThan(300)
  })
  type Mappings = { properties?: object } | undefined
  test('no index is taken for one of the stack’s own, and each says how it is split', () => {
    for (const [name, t] of Object.entries(indices)) {
      expect(t.index_patterns.join()).toMatch(/^whytimeout-/)
      expect(t._meta).toMatchObject({
        managed_by: 'whytimeout',
        partition: /events/.test(name) ? 'day' : /letters/.test(name) ? 'none' : 'month',
      })
      expect(t.template).toEqual({ mappings: { _meta: t._meta } })
    }
  })
  test('only where the day is in the name is the lifecycle told to read it', () =>
    expect(Object.keys(indices).filter((n) => indices[n]?.composed_of.includes('whytimeout-lifecycle'))).toEqual([
      'whytimeout-events',
    ]))
})

describe('what a cluster says of itself', () => {
  const wanted: TemplateMeta = { managed_by: 'whytimeout', version: 3, partition: 'day', digest: 'abc' }
  test.each([
    ['the same', wanted, undefined],
    ['a newer program', { ...wanted, version: 4, digest: 'x' }, undefined],
    ['nothing', undefined, /missing/],
    ['somebody else', { version: 3 }, /missing/],
    ['an older program', { ...wanted, version: 2, digest: 'x' }, /another version/],
    ['the same version, other fields', { ...wanted, digest: 'x' }, /another version/],
    ['another size', { ...wanted, partition: 'month' as const }, /split by month.*twice/],
    ['another size of a newer program', { ...wanted, version: 4, partition: 'month' as const }, /twice/],
  ])('%s', (_, there, problem) => {
    const found = problemOf(there, wanted)
    if (problem === undefined) expect(found).toBeUndefined()
    else expect(found).toMatch(problem)
  })
})

test('differences are by path; text and numbers of settings are the same thing', () => {
  const there = { index: { shards: '1', old: 'x' }, list: ['a'], same: {} }
  const wanted = { index: { shards: 1, refresh: '5s' }, list: ['a', 'b'], same: {} }
  expect(differences(there, wanted)).toEqual([
    '- index.old: x',
    '+ index.refresh: 5s',
    '- list: ["a"]',
    '+ list: ["a","b"]',
  ])
  expect(differences(wanted, wanted)).toEqual([])
})
