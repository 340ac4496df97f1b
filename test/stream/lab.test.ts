import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import type { StoredDocument } from '../../pipeline/stream/documents.js'
import { sharedDir } from '../shared.js'
import { checkBooks, endOf, HOUR_MS, kafkaOf, partitionOf, produce, randomOf, stumble } from './memory-runs.js'
import { stored, trafficOf } from './traffic.js'

const LAB = sharedDir('lab-open')
const scenarios = LAB === undefined ? [] : readdirSync(LAB).filter((name) => !name.includes('.'))

// Recordings of real software under faults: every format, character set, zone and clock that they have.
describe.runIf(LAB !== undefined)('law 1 over topics, recorded incidents', () => {
  test.each(scenarios)(
    '%s',
    async (name) => {
      const traffic = await trafficOf(join(LAB ?? '', name))
      const seed = [...name].reduce((h, c) => (h * 31 + c.charCodeAt(0)) >>> 0, 7)

      const spread = kafkaOf(3, 2)
      for (const r of traffic.records) for (const line of r.lines) produce(spread, partitionOf(r, 3, seed), r, line)
      const first = new Map<string, StoredDocument>()
      await stumble({ kafka: spread, traffic, store: first }, randomOf(seed), 0.1)
      expect(stored(first)).toEqual(traffic.expected)
      checkBooks(spread, traffic.records.length)

      const random = randomOf(seed + 1)
      const shuffled = kafkaOf(2)
      for (const { r } of traffic.records.map((r) => ({ r, key: random() })).sort((a, b) => a.key - b.key))
        produce(shuffled, Math.floor(random() * 2), { ...r, at: endOf(traffic) }, r.lines.join('\n'))
      const second = new Map<string, StoredDocument>()
      await stumble({ kafka: shuffled, traffic, store: second, messages: 'records', latenessMs: 24 * HOUR_MS }, random)
      expect(stored(second)).toEqual(traffic.expected)
    },
    60_000,
  )
})
