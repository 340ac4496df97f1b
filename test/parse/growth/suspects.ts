import { BEFORE, type Places, placesOf, type Step } from './places.js'
import { type Tree, treeOf } from './syntax.js'

/** A text that may cost more than in proportion to its length: the head once, the pump any number of times, then something that does not fit. */
export type Suspect = { readonly head: string; readonly pump: string; readonly isExponential: boolean }

/**
 * What could make the pattern super-linear; none: it is linear by construction. Backtracking costs more than a line only where one text can be
 * read in a number of ways that grows with it: two places that each lead back to themselves over the same characters which also lead from the one
 * to the other (a power of the length), or two ways from a place back to itself (exponential). The place before the pattern counts: that a match
 * may begin anywhere is a loop. Source: Weber and Seidl, "On the degree of ambiguity of finite automata" (1991), criteria IDA and EDA.
 */
export function suspectsOf(pattern: RegExp): Suspect[] {
  const tree = treeOf(pattern)
  return [...suspectsAt(tree, pattern.sticky, ENDLESS), ...suspectsAt(tree, pattern.sticky, MANY)]
}

/** A repeat of so many times is as good as one without a bound: lines are hardly longer. */
const ENDLESS = 512
/** Two of so many times each, over the same text, are looked at too: their bounds multiply. */
const MANY = 16

function suspectsAt(tree: Tree, isSticky: boolean, many: number): Suspect[] {
  const places = placesOf(tree, isSticky, many)
  const loops = loopsOf(places)
  const found: Suspect[] = []
  for (const p of loops.places) {
    // A bound times the length is in proportion to the length.
    if (p === BEFORE && many < ENDLESS) continue
    const twice = p === BEFORE ? undefined : twoWays(places, loops, p)
    if (twice !== undefined) found.push({ head: headOf(places, p), pump: twice, isExponential: true })
    for (const q of loops.places) {
      if (
        q === p ||
        q === BEFORE ||
        (places.ends.has(q) && p === BEFORE) ||
        loops.leadsTo(q)[p] === 0 ||
        !loops.share(p, q)
      )
        continue
      const pump = fromOneToOther(places, loops, p, q)
      if (pump !== undefined) found.push({ head: headOf(places, p), pump, isExponential: false })
    }
  }
  return found
}

type Loops = {
  /** Those that lead back to themselves over a repeat without a bound. */
  readonly places: readonly number[]
  /** The loop that a place is in; places of one lead to each other. */
  readonly of: readonly number[]
  /** 1 for each place that leads to this one. */
  readonly leadsTo: (place: number) => Uint8Array
  /** Some character is taken in the loops of both. */
  readonly share: (p: number, q: number) => boolean
}

function loopsOf({ after, takes }: Places): Loops {
  const of = components(after.map((steps) => steps.map((s) => s.to)))
  const growing = new Set<number>()
  for (const [from, steps] of after.entries())
    for (const { to, grows } of steps) if (grows && of[from] === of[to]) growing.add(of[from] as number)
  const before: number[][] = after.map(() => [])
  for (const [from, steps] of after.entries()) for (const { to } of steps) before[to]?.push(from)
  const known = new Map<number, Uint8Array>()
  const leadsTo = (place: number): Uint8Array => {
    const mine = of[place] as number
    const found = known.get(mine) ?? new Uint8Array(after.length)
    if (known.has(mine)) return found
    known.set(mine, found)
    found[place] = 1
    const queue = [place]
    for (let to = queue.pop(); to !== undefined; to = queue.pop())
      for (const from of before[to] as number[])
        if (found[from] === 0) {
          found[from] = 1
          queue.push(from)
        }
    return found
  }
  const takenIn = new Map<number, bigint>()
  for (const [place, mask] of takes.entries())
    takenIn.set(of[place] as number, (takenIn.get(of[place] as number) ?? 0n) | mask)
  const share = (p: number, q: number) =>
    ((takenIn.get(of[p] as number) ?? 0n) & (takenIn.get(of[q] as number) ?? 0n)) !== 0n
  return { places: [...after.keys()].filter((p) => growing.has(of[p] as number)), of, leadsTo, share }
}

/** Strongly connected components (Tarjan, without recursion): the number of each node's. */
function components(after: readonly (readonly number[])[]): number[] {
  const [index, low, of] = [[], [], []] as number[][] as [number[], number[], number[]]
  const stack: number[] = []
  let [count, found] = [0, 0]
  for (const root of after.keys()) {
    if (index[root] !== undefined) continue
    const work: { node: number; next: number }[] = [{ node: root, next: 0 }]
    while (work.length > 0) {
      const top = work.at(-1) as { node: number; next: number }
      const { node } = top
      if (top.next === 0) {
        index[node] = low[node] = count++
        stack.push(node)
      }
      const to = after[node]?.[top.next++]
      if (to !== undefined) {
        if (index[to] === undefined) work.push({ node: to, next: 0 })
        else if (of[to] === undefined) low[node] = Math.min(low[node] as number, index[to] as number)
        continue
      }
      work.pop()
      const parent = work.at(-1)?.node
      if (parent !== undefined) low[parent] = Math.min(low[parent] as number, low[node] as number)
      if (low[node] !== index[node]) continue
      for (let member = stack.pop(); member !== undefined; member = stack.pop()) {
        of[member] = found
        if (member === node) break
      }
      found++
    }
  }
  return of
}

type Node = { readonly at: readonly number[]; readonly from: Node | undefined; readonly unit: bigint }
const MOST_NODES = 100_000
/** Two steps at once that lead to the same place in more than one way, and walkers that stood in different places. */
const FORKED = 8
const APART = 16

/**
 * The shortest text on which walkers go from `begin` to where `isGoal`, all over the same characters.
 * @param may  where each walker may step
 */
function walk(
  { after, takes, samples }: Places,
  begin: readonly number[],
  may: readonly ((to: number) => boolean)[],
  isGoal: (at: readonly number[], marks: number) => boolean,
): string | undefined {
  const both = intersecting()
  const size = after.length
  const seen = new Set<number>()
  let queue: (Node & { readonly marks: number })[] = [{ at: begin, marks: 0, from: undefined, unit: 0n }]
  let found: Node | undefined
  const next: (Node & { readonly marks: number })[] = []
  const at: number[] = []
  function step(node: Node, i: number, marks: number, mask: bigint): void {
    if (found) return
    if (i === begin.length) {
      const isApart = at.some((place) => place !== at[0])
      const all = isApart ? marks | APART : marks
      const key = at.reduce((sum, place) => sum * size + place, 0) * 32 + all
      if (seen.has(key)) return
      seen.add(key)
      const reached = { at: [...at], marks: all, from: node, unit: mask }
      if (isGoal(at, all)) found = reached
      next.push(reached)
      return
    }
    for (const { to, grows, ways } of after[node.at[i] as number] as readonly Step[]) {
      const shared = i === 0 ? (takes[to] as bigint) : both(mask, takes[to] as bigint)
      if (shared === 0n || !(may[i] as (to: number) => boolean)(to)) continue
      at[i] = to
      step(node, i + 1, marks | (grows ? 1 << i : 0) | (ways > 1 ? FORKED : 0), shared)
    }
  }
  for (
    let visited = 0;
    queue.length > 0 && visited < MOST_NODES && !found;
    visited += queue.length, queue = next.splice(0)
  )
    for (const node of queue) step(node, 0, node.marks, 0n)
  return found && textOf(found, samples)
}

/** Of sets that come again and again. */
function intersecting(): (a: bigint, b: bigint) => bigint {
  const known = new Map<bigint, Map<bigint, bigint>>()
  return (a, b) => {
    let row = known.get(a)
    if (!row) {
      row = new Map()
      known.set(a, row)
    }
    let mask = row.get(b)
    if (mask === undefined) {
      mask = a & b
      row.set(b, mask)
    }
    return mask
  }
}

function textOf(node: Node, samples: readonly string[]): string {
  const units: string[] = []
  for (let n: Node | undefined = node; n?.from; n = n.from) units.unshift(plainest(n.unit, samples))
  return units.join('')
}
/** A letter or digit rather than a mark or a control. */
function plainest(mask: bigint, samples: readonly string[]): string {
  const all = samples.filter((_, i) => ((mask >> BigInt(i)) & 1n) === 1n)
  return all.find((c) => /[\w ]/.test(c)) ?? all.find((c) => c > ' ') ?? (all[0] as string)
}

/** IDA: over one text from p to p, from p to q and from q to q. */
function fromOneToOther(places: Places, { of, leadsTo }: Loops, p: number, q: number): string | undefined {
  const isOpen = (to: number) => !places.ends.has(to)
  const leads = leadsTo(q)
  return walk(
    places,
    [p, p, q],
    [
      (to) => of[to] === of[p],
      (to) => leads[to] === 1 && isOpen(to),
      (to) => of[to] === of[q] && (p !== BEFORE || isOpen(to)),
    ],
    (at, marks) => at[0] === p && at[1] === q && at[2] === q && (marks & 5) === 5,
  )
}

/** EDA: over one text from p to p in two ways. */
function twoWays(places: Places, { of }: Loops, p: number): string | undefined {
  const isInside = (to: number) => of[to] === of[p]
  return walk(
    places,
    [p, p],
    [isInside, isInside],
    (at, marks) => at[0] === p && at[1] === p && (marks & (FORKED | APART)) !== 0 && (marks & 3) === 3,
  )
}

/** The shortest text that leads to a place from the head of the text. */
function headOf(places: Places, place: number): string {
  if (place === BEFORE) return ''
  const anywhere: Places = {
    ...places,
    takes: [...places.takes, 0n],
    after: [...places.after, places.heads.map((to) => ({ to, grows: false, ways: 1 }))],
  }
  return walk(anywhere, [places.takes.length], [() => true], (at) => at[0] === place) ?? ''
}
