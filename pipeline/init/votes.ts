/** How often each value was seen. */
export type Votes = Map<string, number>

const MAX_VALUES = 64

export function vote(votes: Votes, value: string | undefined): void {
  if (value === undefined || value === '' || (!votes.has(value) && votes.size >= MAX_VALUES)) return
  votes.set(value, (votes.get(value) ?? 0) + 1)
}

/** Values, the most frequent first, ties by name. */
export const ranked = (votes: Votes): [string, number][] =>
  [...votes].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))

/** The value that four of five agree on. */
export function agreed(votes: Votes): string | undefined {
  const [best] = ranked(votes)
  const all = [...votes.values()].reduce((sum, n) => sum + n, 0)
  return best && best[1] * 5 >= all * 4 ? best[0] : undefined
}
