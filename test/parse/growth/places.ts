import { EVERY, type Ranges, type Tree } from './syntax.js'

/**
 * The places of a pattern where it takes a character, and which may come after which (Glushkov's automaton). It takes at least what the pattern
 * takes: what looks around counts as nothing, and bounded repeats are loops, but the shortest; those of fewer than `many` times are marked as none that grows.
 */
export type Places = {
  /** What each takes, as bits: one for each class of characters that the pattern tells apart. */
  readonly takes: readonly bigint[]
  readonly after: readonly (readonly Step[])[]
  /** The pattern has matched once it has come here, whatever follows. */
  readonly ends: ReadonlySet<number>
  /** Where a match may begin at the head of the text. */
  readonly heads: readonly number[]
  /** A character of each class. */
  readonly samples: readonly string[]
}
/** `grows`: back to the beginning of a repeat without a bound. `ways`: in how many ways the pattern gets there. */
export type Step = { readonly to: number; readonly grows: boolean; readonly ways: number }

/** The place before the pattern: it takes anything, as often as it is asked, because a match may begin anywhere. */
export const BEFORE = 0

/** Repeats of up to so many times are written out. */
const FEW = 3
/** Beyond so many places repeats are not written out. */
const MOST = 6_000

type Part = {
  readonly first: readonly number[]
  readonly last: readonly number[]
  readonly isEmpty: boolean
  /** The same with what only looks around taken as something that can fail. */
  readonly ends: readonly number[]
  readonly isSurelyEmpty: boolean
}
const NOTHING: Part = { first: [], last: [], isEmpty: true, ends: [], isSurelyEmpty: true }
const NEVER: Part = { first: [], last: [], isEmpty: false, ends: [], isSurelyEmpty: false }

export function placesOf(tree: Tree, isSticky: boolean, many: number): Places {
  const ranges: Ranges[] = [EVERY]
  const steps: Map<number, { grows: boolean; ways: number }>[] = [new Map()]
  const link = (from: readonly number[], to: readonly number[], grows: boolean) => {
    for (const a of from)
      for (const b of to) {
        const known = (steps[a] as Map<number, { grows: boolean; ways: number }>).get(b)
        steps[a]?.set(b, { grows: grows || known?.grows === true, ways: (known?.ways ?? 0) + 1 })
      }
  }
  const joined = (a: Part, b: Part): Part => {
    link(a.last, b.first, false)
    return {
      first: a.isEmpty ? [...a.first, ...b.first] : a.first,
      last: b.isEmpty ? [...a.last, ...b.last] : b.last,
      isEmpty: a.isEmpty && b.isEmpty,
      ends: b.isSurelyEmpty ? [...a.ends, ...b.ends] : b.ends,
      isSurelyEmpty: a.isSurelyEmpty && b.isSurelyEmpty,
    }
  }
  const optional = (part: Part): Part => ({ ...part, isEmpty: true, isSurelyEmpty: true })

  /** @param mayBegin  the text begins here: `^` holds */
  function build(node: Tree, mayBegin: boolean): Part {
    switch (node.kind) {
      case 'unit': {
        ranges.push(node.ranges)
        const place = steps.push(new Map()) - 1
        return { first: [place], last: [place], isEmpty: false, ends: [place], isSurelyEmpty: false }
      }
      case 'all':
        return node.parts.reduce<Part>(
          (whole, part) => (isNever(whole) ? NEVER : joined(whole, build(part, mayBegin && whole.isEmpty))),
          NOTHING,
        )
      case 'any': {
        const parts = node.parts.map((p) => build(p, mayBegin)).filter((p) => !isNever(p))
        if (parts.length === 0) return NEVER
        return {
          first: parts.flatMap((p) => p.first),
          last: parts.flatMap((p) => p.last),
          isEmpty: parts.some((p) => p.isEmpty),
          ends: parts.flatMap((p) => p.ends),
          isSurelyEmpty: parts.some((p) => p.isSurelyEmpty),
        }
      }
      case 'repeat':
        return repeat(node, mayBegin)
      case 'assert':
        return { ...NOTHING, isSurelyEmpty: false }
      case 'begin':
        return mayBegin ? { ...NOTHING, isSurelyEmpty: false } : NEVER
      case 'look': {
        // A way that leads nowhere: what it costs is paid, what it finds is not followed.
        const part = build(node.part, mayBegin)
        return { first: part.first, last: [], isEmpty: true, ends: [], isSurelyEmpty: false }
      }
    }
  }
  function repeat({ part, min, max }: Tree & { kind: 'repeat' }, mayBegin: boolean): Part {
    if (max === 0) return NOTHING
    if (max <= FEW && steps.length < MOST) {
      let whole = NOTHING
      // Written as a(b(c)?)?: what is left out at the end is left out in one way.
      for (let n = max; n >= 1; n--) {
        const one = build(part, mayBegin && n === 1)
        whole = joined(one, whole)
        if (n > min) whole = optional(whole)
      }
      return whole
    }
    const one = build(part, mayBegin)
    if (max > 1) link(one.last, one.first, max >= many)
    return min === 0 ? optional(one) : one
  }

  const inside = isSticky ? NEVER : build(tree, false)
  const atHead = build(tree, true)
  link([BEFORE], [BEFORE], true)
  link([BEFORE], inside.first, false)
  const { masks, samples } = classesOf(ranges)
  return {
    takes: masks,
    after: steps.map((s) => [...s].map(([to, { grows, ways }]) => ({ to, grows, ways }))),
    ends: new Set([...inside.ends, ...atHead.ends]),
    heads: [...(isSticky ? [] : [BEFORE]), ...atHead.first],
    samples,
  }
}

const isNever = (part: Part): boolean => part.first.length === 0 && !part.isEmpty

const PLAIN = /[a-z0-9 ]/
/** Characters that no set tells apart are one class. */
function classesOf(all: readonly Ranges[]): { masks: bigint[]; samples: string[] } {
  const cuts = [...new Set(all.flatMap((ranges) => ranges.flatMap(([from, to]) => [from, to + 1])))].sort(
    (a, b) => a - b,
  )
  const samples = cuts.slice(0, -1).map((from, i) => {
    const to = (cuts[i + 1] as number) - 1
    for (const c of 'xa1 =.,:/-') if (c.charCodeAt(0) >= from && c.charCodeAt(0) <= to) return c
    for (let c = from; c <= Math.min(to, from + 128); c++)
      if (PLAIN.test(String.fromCharCode(c))) return String.fromCharCode(c)
    return String.fromCharCode(from)
  })
  const masks = new Map<string, bigint>()
  const maskOf = (ranges: Ranges): bigint => {
    const key = ranges.map((r) => r.join('-')).join()
    const known = masks.get(key)
    if (known !== undefined) return known
    let mask = 0n
    for (const [from, to] of ranges)
      for (let i = cuts.indexOf(from); (cuts[i] as number) <= to; i++) mask |= 1n << BigInt(i)
    masks.set(key, mask)
    return mask
  }
  return { masks: all.map(maskOf), samples }
}
