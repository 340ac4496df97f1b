import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Kafka, startKafka } from '../services/kafka.js'
import { describeWithKafka } from '../services/shared.js'
import { soak } from './soak.js'

// `npm run bench -- soak` runs an hour of it and says how the memory goes.
describeWithKafka('minutes of traffic as fast as the stream takes it, with a fault every other one', () => {
  let kafka: Kafka
  beforeAll(async () => {
    kafka = await startKafka()
  }, 180_000)
  afterAll(() => kafka?.stop())

  test('after each fault everything is read, and nothing is late', async () => {
    const { faults, samples, late, events, verdicts } = await soak({
      ...{ kafka, terminals: 60, minutes: 9, faultEvery: 2 },
    })
    expect(faults.map((f) => f.kind)).toEqual(['store away', 'broker killed', 'process ended', 'poison'])
    expect(samples.map((s) => s.lag)).toEqual(samples.map(() => 0))
    expect(late).toBe(0)
    expect(events).toBeGreaterThan(1_000)
    expect(verdicts).toBeGreaterThan(0)
  }, 400_000)
})
