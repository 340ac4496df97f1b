/** The known word that a mistyped one most likely meant: at most a third of its letters differ. */
export function closest(word: string, known: Iterable<string>): string | undefined {
  let best: string | undefined
  let distance = Math.max(1, Math.floor(word.length / 3)) + 1
  for (const candidate of known) {
    const d = editDistance(word, candidate, distance)
    if (d < distance) {
      distance = d
      best = candidate
    }
  }
  return best
}

/** Levenshtein distance, given up at `bound`. */
function editDistance(a: string, b: string, bound: number): number {
  if (Math.abs(a.length - b.length) >= bound) return bound
  let row = Array.from({ length: b.length + 1 }, (_, i) => i)
  for (let i = 1; i <= a.length; i++) {
    const next = [i]
    for (let j = 1; j <= b.length; j++) {
      next[j] = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1))
    }
    row = next
  }
  return row[b.length] ?? bound
}
