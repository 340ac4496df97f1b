import type { Assertion, Ranges, Tree } from './syntax.js'

/**
 * What a pattern costs on a text, counted: the characters that an engine which goes back looks at, as ECMA-262 22.2.2 has it, without what
 * an engine does better. A count, unlike a time, is the same on every machine and on every version of Node.js.
 */
export type Program = readonly Instruction[]
type Instruction =
  | { readonly do: 'take'; readonly ranges: Ranges; readonly isBehind: boolean }
  | { readonly do: 'fork'; readonly first: number; readonly second: number }
  | { readonly do: 'jump'; readonly to: number }
  | { readonly do: 'assert'; readonly of: Assertion | 'begin' }
  | { readonly do: 'look'; readonly inside: Program; readonly isNegated: boolean }
  /** Where a round of a repeat begins, and that it took something. */
  | { readonly do: 'mark'; readonly slot: number }
  | { readonly do: 'moved'; readonly slot: number }
  | { readonly do: 'done' }

export function programOf(tree: Tree, isBehind = false): Program {
  const made: Instruction[] = []
  let slots = 0
  const put = (one: Instruction) => made.push(one) - 1
  /** The jump is filled in when it is known. */
  const set = (at: number, one: Instruction) => {
    made[at] = one
  }
  /** One instruction that is known once what comes after it is made: where that begins and where it ends. */
  function later(): (isLazy: boolean) => void {
    const at = put({ do: 'jump', to: 0 })
    return (isLazy) => {
      const [here, beyond] = [at + 1, made.length]
      set(at, { do: 'fork', first: isLazy ? beyond : here, second: isLazy ? here : beyond })
    }
  }
  function build(node: Tree): void {
    switch (node.kind) {
      case 'unit':
        put({ do: 'take', ranges: node.ranges, isBehind })
        break
      case 'all':
        for (const part of isBehind ? [...node.parts].reverse() : node.parts) build(part)
        break
      case 'any':
        any(node.parts)
        break
      case 'repeat':
        for (let i = 0; i < node.min; i++) build(node.part)
        more(node, node.max - node.min)
        break
      case 'assert':
        put({ do: 'assert', of: node.of })
        break
      case 'begin':
        put({ do: 'assert', of: 'begin' })
        break
      case 'look':
        put({ do: 'look', inside: programOf(node.part, node.isBehind), isNegated: node.isNegated })
    }
  }
  function any(parts: readonly Tree[]): void {
    const ends: number[] = []
    for (const part of parts.slice(0, -1)) {
      const fork = later()
      build(part)
      ends.push(put({ do: 'jump', to: 0 }))
      fork(false)
    }
    build(parts.at(-1) as Tree)
    for (const at of ends) set(at, { do: 'jump', to: made.length })
  }
  function more({ part, isLazy }: Tree & { kind: 'repeat' }, times: number): void {
    const slot = slots++
    const begin = made.length
    const rounds = times === Number.POSITIVE_INFINITY ? 1 : times
    const forks: ((isLazy: boolean) => void)[] = []
    for (let i = 0; i < rounds; i++) {
      forks.push(later())
      put({ do: 'mark', slot })
      build(part)
      put({ do: 'moved', slot })
    }
    if (rounds < times) put({ do: 'jump', to: begin })
    for (const fork of forks) fork(isLazy)
  }
  build(tree)
  put({ do: 'done' })
  return made
}

/**
 * @param most  after so many it is given up
 * @returns how many characters were looked at, those where a match might begin among them, and whether the pattern matched
 */
export function runOf(
  program: Program,
  text: string,
  isSticky: boolean,
  most: number,
): { readonly steps: number; readonly isMatch: boolean } {
  const count = { left: most }
  let isMatch = false
  for (let begin = 0; begin <= text.length && count.left > 0 && !isMatch; begin++) {
    count.left--
    isMatch = matches(program, text, begin, count)
    if (isSticky) break
  }
  return { steps: most - Math.max(0, count.left), isMatch }
}

function matches(program: Program, text: string, begin: number, count: { left: number }): boolean {
  const marks: number[] = []
  /** What to go back to, three numbers each: an instruction and a place, or (below zero) a slot and what it held. */
  const back: number[] = []
  let [at, place] = [0, begin]
  while (count.left > 0) {
    const one = program[at++] as Instruction
    let holds = true
    switch (one.do) {
      case 'take':
        count.left--
        holds = takes(one.ranges, text.charCodeAt(one.isBehind ? place - 1 : place))
        place += one.isBehind ? -1 : 1
        break
      case 'fork':
        back.push(one.second, place)
        at = one.first
        break
      case 'jump':
        at = one.to
        break
      case 'assert':
        holds = isSo(one.of, text, place)
        break
      case 'look':
        holds = matches(one.inside, text, place, count) !== one.isNegated
        break
      case 'mark':
        back.push(-1 - one.slot, marks[one.slot] ?? -1)
        marks[one.slot] = place
        break
      case 'moved':
        holds = marks[one.slot] !== place
        break
      case 'done':
        return true
    }
    while (!holds) {
      const was = back.pop()
      const to = back.pop()
      if (was === undefined || to === undefined) return false
      if (to < 0) marks[-1 - to] = was
      else {
        at = to
        place = was
        holds = true
      }
    }
  }
  return false
}

const takes = (ranges: Ranges, c: number): boolean => {
  for (const [from, to] of ranges) if (c >= from && c <= to) return true
  return false
}

function isSo(of: Assertion | 'begin', text: string, place: number): boolean {
  const isWord = (i: number) => /\w/.test(text[i] ?? '')
  const isEnd = (i: number) => /[\n\r\u2028\u2029]/.test(text[i] ?? '\n')
  switch (of) {
    case 'begin':
      return place === 0
    case 'end':
      return place === text.length
    case 'line begin':
      return isEnd(place - 1)
    case 'line end':
      return isEnd(place)
    case 'word edge':
      return isWord(place - 1) !== isWord(place)
    case 'no word edge':
      return isWord(place - 1) === isWord(place)
  }
}
