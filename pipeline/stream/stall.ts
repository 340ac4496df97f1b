/** Tells a partition that is being read but brings no later time: noise must not hold up the others. */
export type StallWatch = {
  /** Whether it has been read from for the lateness without its clock rising. Asked only while it has unread records. */
  readonly isStalled: (key: string, clock: number | undefined, position: bigint | undefined, nowMs: number) => boolean
  /** It is at its end: what comes next begins anew. */
  readonly rest: (key: string) => void
}

export function createStallWatch(latenessMs: number): StallWatch {
  const risen = new Map<string, { readonly clock: number; readonly position: bigint; readonly nowMs: number }>()
  return {
    isStalled: (key, clock = Number.NEGATIVE_INFINITY, position, nowMs) => {
      if (position === undefined) return false
      const last = risen.get(key)
      if (last && clock <= last.clock) return nowMs - last.nowMs >= latenessMs && position > last.position
      risen.set(key, { clock, position, nowMs })
      return false
    },
    rest: (key) => {
      risen.delete(key)
    },
  }
}
