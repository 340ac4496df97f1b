import { expect, test } from 'vitest'
import { startKafka } from '../services/kafka.js'
import { describeWithKafka } from '../services/shared.js'
import { soak, soakLines } from './soak.js'

/** Were every event kept, the heap would grow by some 64 MB an hour: by a half from one half to the other. */
const MOST_GROWTH = 1.25

describeWithKafka('three hours of a fleet in fast time, with faults', () => {
  test('the lag comes down after each, and memory stays where it was', async () => {
    const kafka = await startKafka()
    try {
      // Two thirds of what two slow cores can take: what is asked is that a lag comes down, not how fast a machine is.
      const seen = await soak(kafka, { hours: 3, seconds: 280 })
      console.log(soakLines(seen).join('\n'))
      // That each was made good in time is what it waits for.
      expect(seen.faults.map((f) => f.name)).toEqual([
        'frozen for 8 s',
        'no broker for 5 s',
        'frozen for 8 s once more',
        'kill -9',
      ])
      expect(seen.heap[1] / seen.heap[0]).toBeLessThan(MOST_GROWTH)
      expect(seen.exit).toBe('0')
    } finally {
      await kafka.stop()
    }
  }, 720_000)
})
