import { join } from 'node:path'
import { expect, test } from 'vitest'
import type { StoredDocument } from '../../pipeline/stream/documents.js'
import { createMemoryKafka } from './memory-kafka.js'
import { startMemoryStream, TOPICS } from './memory-stream.js'
import { trafficOf } from './traffic.js'

const STORY = join(import.meta.dirname, '../../fixtures/incidents/friday-afternoon')

test('a group that begins at the end reads all that came after it joined, also what came before its first batch', async () => {
  const traffic = await trafficOf(STORY, 0.01)
  const kafka = createMemoryKafka({ raw: 1, ...Object.fromEntries(Object.values(TOPICS).map((t) => [t, 1])) })
  const send = (from: number, to: number) => {
    for (const r of traffic.records.slice(from, to))
      kafka.append('raw', 0, {
        timestamp: r.at,
        key: undefined,
        value: Buffer.from(r.lines.join('\n'), 'latin1'),
        headers: { host: r.host, log: r.log },
      })
  }
  const { inputs } = traffic
  const store = new Map<string, StoredDocument>()
  send(0, 8)
  const stream = await startMemoryStream({
    ...{ kafka, raw: ['raw'], pack: inputs.pack, record: inputs.record, latenessMs: 120_000, store },
    ...{ messages: 'records', begin: 5n },
  })
  await stream.tick()
  send(8, 12)
  await stream.deliverRaw('raw', 0, 100)
  await stream.tick()
  expect(stream.counts().parse.read).toBe(7)
})
