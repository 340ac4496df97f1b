import { setTimeout as wait } from 'node:timers/promises'
import { isTransient } from '../sources/kafka-errors.js'

const PAUSE_MS = 500

/** Waits for work whose end nobody depends on, but no longer than `ms`; what goes wrong with it does not matter. */
export async function atMost(ms: number, work: Promise<unknown>): Promise<void> {
  const over = new AbortController()
  const ended = work.catch(() => {}).finally(() => over.abort())
  await Promise.race([ended, wait(ms, undefined, { signal: over.signal }).catch(() => {})])
}

/**
 * Asks the brokers again for as long as they are away: the answer is needed, and no restart would bring it sooner.
 * @throws what went wrong, where asking again cannot help or nobody needs the answer any more
 */
export async function patiently<T>(ask: () => Promise<T>, isOver: () => boolean): Promise<T> {
  for (;;) {
    try {
      return await ask()
    } catch (error) {
      if (isOver() || !isTransient(error)) throw error
      await wait(PAUSE_MS)
    }
  }
}
