import { setTimeout as wait } from 'node:timers/promises'

/** One thing at a time: batches and the clock's tick share a stage's partitions. */
export function createTurns(): <T>(work: () => Promise<T>) => Promise<T> {
  let queue: Promise<unknown> = Promise.resolve()
  return (work) => {
    const mine = queue.then(work)
    queue = mine.catch(() => {})
    return mine
  }
}

/**
 * Waits for work and says "still at it" meanwhile, so that a slow store or a long queue costs no membership in the group.
 * @throws what `alive` throws when the partition has moved; the work itself goes on to its next check
 */
export async function whileAlive<T>(work: Promise<T>, alive: () => Promise<void>, everyMs: number): Promise<T> {
  work.catch(() => {})
  const over = new AbortController()
  const done = work.finally(() => over.abort())
  done.catch(() => {})
  for (;;) {
    const isOver = await wait(everyMs, false, { signal: over.signal }).catch(() => true)
    if (isOver) return done
    await alive()
  }
}
