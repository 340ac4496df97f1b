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

/** The end of a stage: asked for, or by a failure after which nothing may be committed any more. */
export type Lifeline = {
  readonly isStopped: () => boolean
  readonly isBroken: () => boolean
  readonly stop: () => void
  /** Runs work; its failure is told once and ends the stage: what was taken but not written is only safe to take again by a restart. */
  readonly guard: <T>(work: Promise<T>) => Promise<T>
}
export function createLifeline(failed: (error: Error) => void): Lifeline {
  let isStopped = false
  let isBroken = false
  return {
    isStopped: () => isStopped,
    isBroken: () => isBroken,
    stop: () => {
      isStopped = true
    },
    guard: (work) =>
      work.catch((error: Error) => {
        if (!isBroken) failed(error)
        isBroken = true
        isStopped = true
        throw error
      }),
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
