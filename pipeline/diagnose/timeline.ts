/** Items in order of `at`, added mostly at the end, forgotten from the front. Ranges by binary search. */
export class Timeline<T extends { readonly at: number }> {
  #items: T[] = []
  #head = 0

  add(item: T): void {
    const last = this.#items[this.#items.length - 1]
    if (last === undefined || last.at <= item.at || this.size === 0) this.#items.push(item)
    else this.#items.splice(this.#first(item.at + 1), 0, item)
  }

  /** Drops items with `at < before`. */
  forget(before: number): void {
    while (this.#head < this.#items.length && (this.#items[this.#head] as T).at < before) this.#head++
    if (this.#head > 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    if (this.#head === this.#items.length) {
      this.#items = []
      this.#head = 0
    }
  }

  get size(): number {
    return this.#items.length - this.#head
  }

  /** Items with `from <= at <= to`, in order. */
  range(from: number, to: number): readonly T[] {
    const start = this.#first(from)
    let end = start
    while (end < this.#items.length && (this.#items[end] as T).at <= to) end++
    return start === end ? [] : this.#items.slice(start, end)
  }

  /** Whether anything lies in `from <= at <= to`. */
  any(from: number, to: number): boolean {
    const item = this.#items[this.#first(from)]
    return item !== undefined && item.at <= to
  }

  /** The last item with `at <= to`. */
  lastUntil(to: number): T | undefined {
    const next = this.#first(to + 1)
    return next > this.#head ? this.#items[next - 1] : undefined
  }

  #first(from: number): number {
    let low = this.#head
    let high = this.#items.length
    while (low < high) {
      const mid = (low + high) >>> 1
      if ((this.#items[mid] as T).at < from) low = mid + 1
      else high = mid
    }
    return low
  }
}

/** Timelines by key; empty ones are dropped when forgotten. */
export class Timelines<T extends { readonly at: number }> {
  readonly #byKey = new Map<string, Timeline<T>>()

  add(key: string, item: T): void {
    const line = this.#byKey.get(key) ?? new Timeline<T>()
    this.#byKey.set(key, line)
    line.add(item)
  }

  of(key: string): Timeline<T> | undefined {
    return this.#byKey.get(key)
  }

  keys(): IterableIterator<string> {
    return this.#byKey.keys()
  }

  forget(before: number): void {
    for (const [key, line] of this.#byKey) {
      line.forget(before)
      if (line.size === 0) this.#byKey.delete(key)
    }
  }
}
