/** A binary heap: the least item first. */
export type Heap<T> = {
  readonly push: (item: T) => void
  readonly peek: () => T | undefined
  readonly pop: () => T | undefined
  readonly size: () => number
}

export function createHeap<T>(compare: (a: T, b: T) => number): Heap<T> {
  const items: T[] = []
  const at = (i: number): T => items[i] as T
  const swap = (a: number, b: number) => {
    const x = at(a)
    items[a] = at(b)
    items[b] = x
  }
  return {
    size: () => items.length,
    peek: () => items[0],
    push: (item) => {
      items.push(item)
      for (let i = items.length - 1; i > 0; ) {
        const parent = (i - 1) >> 1
        if (compare(at(i), at(parent)) >= 0) return
        swap(i, parent)
        i = parent
      }
    },
    pop: () => {
      const top = items[0]
      const last = items.pop()
      if (items.length === 0 || last === undefined) return top
      items[0] = last
      for (let i = 0; ; ) {
        const left = 2 * i + 1
        let small = i
        if (left < items.length && compare(at(left), at(small)) < 0) small = left
        if (left + 1 < items.length && compare(at(left + 1), at(small)) < 0) small = left + 1
        if (small === i) return top
        swap(i, small)
        i = small
      }
    },
  }
}
