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
    this.#head = this.#first(before)
    // A window holds many short lines, one a terminal: what each may keep too long must be little.
    if (this.#head > 16 && this.#head * 2 > this.#items.length) {
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
    const end = this.#after(to, start)
    return start >= end ? [] : this.#items.slice(start, end)
  }

  /** Those of a range that are wanted, in order. @param isEnough ends the search, between two times */
  collect(from: number, to: number, isWanted: (item: T) => boolean, isEnough?: (found: readonly T[]) => boolean): T[] {
    const found: T[] = []
    for (let i = this.#first(from); i < this.#items.length; i++) {
      const item = this.#items[i] as T
      if (item.at > to || (isEnough !== undefined && item.at > (found.at(-1)?.at ?? to) && isEnough(found))) break
      if (isWanted(item)) found.push(item)
    }
    return found
  }

  /** Whether anything lies in `from <= at <= to`. */
  any(from: number, to: number): boolean {
    return this.first(from, to) !== undefined
  }

  /** The first item with `from <= at <= to`. */
  first(from: number, to: number): T | undefined {
    const item = this.#items[this.#first(from)]
    return item !== undefined && item.at <= to ? item : undefined
  }

  /** The first of a range that is wanted. */
  find(from: number, to: number, isWanted: (item: T) => boolean): T | undefined {
    for (let i = this.#first(from); i < this.#items.length; i++) {
      const item = this.#items[i] as T
      if (item.at > to) return undefined
      if (isWanted(item)) return item
    }
    return undefined
  }

  /** The last item with `at <= to`. */
  lastUntil(to: number): T | undefined {
    const next = this.#after(to, this.#head)
    return next > this.#head ? this.#items[next - 1] : undefined
  }

  /** Place of the first item with `at >= from`. */
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

  /** Place behind the last item with `at <= to`, looked for from a place on. */
  #after(to: number, place: number): number {
    let low = Math.max(place, this.#head)
    let high = this.#items.length
    // What is asked for mostly reaches to the end.
    if (high > low && (this.#items[high - 1] as T).at <= to) return high
    while (low < high) {
      const mid = (low + high) >>> 1
      if ((this.#items[mid] as T).at <= to) low = mid + 1
      else high = mid
    }
    return low
  }
}

/** Timelines by key; empty ones are dropped when forgotten. */
export class Timelines<T extends { readonly at: number }> {
  readonly #byKey = new Map<string, Timeline<T>>()

  add(key: string, item: T): void {
    const known = this.#byKey.get(key)
    const line = known ?? new Timeline<T>()
    if (!known) this.#byKey.set(key, line)
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
