import { expect, test } from 'vitest'
import { createGate, createPause } from '../../pipeline/sinks/pause.js'

test('a gate lets so many in, in their order, and goes on after a failure', async () => {
  const gate = createGate(2)
  let inside = 0
  let most = 0
  const order: number[] = []
  const work = (n: number) =>
    gate.enter(async () => {
      most = Math.max(most, ++inside)
      order.push(n)
      await new Promise((resolve) => setImmediate(resolve))
      inside--
      if (n === 1) throw new Error('one')
      return n
    })
  const done = await Promise.allSettled([0, 1, 2, 3, 4, 5].map(work))
  expect(most).toBe(2)
  expect(order).toEqual([0, 1, 2, 3, 4, 5])
  expect(done.map((d) => d.status)).toEqual(['fulfilled', 'rejected', ...Array(4).fill('fulfilled')])
})

test('a pause ends for all at the end, and earlier for those that may be woken', async () => {
  const pause = createPause()
  const over: string[] = []
  const waits = [
    pause.wait(60_000, true).then(() => over.push('woken')),
    pause.wait(60_000, false).then(() => over.push('ended')),
    pause.wait(1, false).then(() => over.push('by time')),
  ]
  await waits[2]
  pause.wake()
  await waits[0]
  expect(over).toEqual(['by time', 'woken'])
  pause.end()
  await Promise.all([...waits, pause.wait(60_000, false)])
  expect(over).toEqual(['by time', 'woken', 'ended'])
})
