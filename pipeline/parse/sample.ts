/**
 * A bounded sample of timed things whose choice depends on the set alone, not on the order it came in. What happened in the
 * same second of a quarter of an hour is kept or dropped together, in every log: so coincidences survive, even between
 * logs whose zones (multiples of 15 min) are not known yet.
 */
export class CoincidenceSample<T extends { readonly at: number }> {
  #items: { rank: number; item: T }[] = []
  #bound = 1

  constructor(private readonly limit: number) {}

  add(item: T): void {
    const rank = rankOf(Math.floor(item.at / 1000) % QUARTER_SECS)
    if (rank >= this.#bound) return
    this.#items.push({ rank, item })
    while (this.#items.length > this.limit && this.#bound > 1 / QUARTER_SECS) {
      this.#bound /= 2
      this.#items = this.#items.filter((x) => x.rank < this.#bound)
    }
  }

  items(): readonly T[] {
    return this.#items.map((x) => x.item)
  }

  get bound(): number {
    return this.#bound
  }
}

const QUARTER_SECS = 900

/** A fixed permutation of the 900 seconds into [0, 1): 359 is coprime to 900. */
const rankOf = (second: number): number =>
  ((((second % QUARTER_SECS) + QUARTER_SECS) * 359 + 17) % QUARTER_SECS) / QUARTER_SECS
