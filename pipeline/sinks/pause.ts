/** Lets so many in at a time, in the order they came. */
export function createGate(places: number): { readonly enter: <T>(work: () => Promise<T>) => Promise<T> } {
  let free = places
  const waiting: (() => void)[] = []
  return {
    enter: async (work) => {
      if (free > 0) free--
      else await new Promise<void>((resolve) => waiting.push(resolve))
      try {
        return await work()
      } finally {
        const next = waiting.shift()
        if (next) next()
        else free++
      }
    },
  }
}

/** Waits that can be cut short for all. */
export type Pause = {
  /** @param canWake whether `wake` ends it */
  readonly wait: (ms: number, canWake: boolean) => Promise<void>
  readonly wake: () => void
  /** Ends every wait, and those to come at once. */
  readonly end: () => void
}

export function createPause(): Pause {
  const waiting = new Set<{ readonly go: () => void; readonly canWake: boolean }>()
  let isOver = false
  return {
    wait: (ms, canWake) =>
      new Promise((resolve) => {
        if (isOver) return resolve()
        const go = (): void => {
          clearTimeout(timer)
          waiting.delete(one)
          resolve()
        }
        const timer = setTimeout(go, ms)
        const one = { go, canWake }
        waiting.add(one)
      }),
    wake: () => {
      for (const one of waiting) if (one.canWake) one.go()
    },
    end: () => {
      isOver = true
      for (const one of waiting) one.go()
    },
  }
}
