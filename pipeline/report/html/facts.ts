import { hashOf } from './hash.js'
import type { FactColumn, Facts, NamedField } from './model.js'
import { NAMED_FIELDS, perField } from './model.js'

/** Different names a column can hold; what comes later counts as "other". */
const MAX_NAMES = 20_000
export const MAX_NAME = 80
/** Stands for every name past the limit. */
const OTHER = '…'

export type Fact = {
  readonly id: string
  readonly at: number
  readonly cause: number
  readonly phase: number
  /** 0..1 */
  readonly confidence: number
} & Readonly<Partial<Record<NamedField, string>>>

const NUMBERS = ['cause', 'phase', 'confidence', ...NAMED_FIELDS] as const

/** The columns that filters count over: every verdict, or past the limit those with the lowest hash of their id. */
export type FactTable = {
  readonly add: (fact: Fact) => void
  /** @param from epoch ms that the column of times begins at */
  readonly finish: (from: number) => Facts
}

export function createFacts(limit: number): FactTable {
  const names = perField(() => new Map([['', 0]]))
  const place = (field: NamedField, name: string | undefined): number => {
    const list = names[field]
    const cut = (name ?? '').slice(0, MAX_NAME)
    const known = list.get(cut)
    if (known !== undefined) return known
    const key = list.size < MAX_NAMES ? cut : OTHER
    const at = list.get(key) ?? list.size
    list.set(key, at)
    return at
  }
  const width = NUMBERS.length
  let room = 0
  let rows = 0
  let hashes = new Uint32Array(0)
  let times = new Float64Array(0)
  let numbers = new Uint16Array(0)
  const widen = (): void => {
    room = Math.min(2 * limit, Math.max(1_024, room * 2))
    const [h, t, n] = [new Uint32Array(room), new Float64Array(room), new Uint16Array(room * width)]
    h.set(hashes)
    t.set(times)
    n.set(numbers)
    hashes = h
    times = t
    numbers = n
  }
  const prune = (): void => {
    if (rows <= limit) return
    const bar = hashes.slice(0, rows).sort()[limit - 1] as number
    let kept = 0
    for (let i = 0; i < rows && kept < limit; i++) {
      if ((hashes[i] as number) > bar) continue
      hashes[kept] = hashes[i] as number
      times[kept] = times[i] as number
      numbers.copyWithin(kept * width, i * width, (i + 1) * width)
      kept++
    }
    rows = kept
  }
  return {
    add: (f) => {
      if (rows === 2 * limit) prune()
      if (rows === room) widen()
      hashes[rows] = hashOf(f.id)
      times[rows] = f.at
      numbers.set(
        [f.cause, f.phase, Math.round(f.confidence * 100), ...NAMED_FIELDS.map((n) => place(n, f[n]))],
        rows * width,
      )
      rows++
    },
    finish: (from) => {
      prune()
      const at = Buffer.alloc(rows * 4)
      for (let i = 0; i < rows; i++) at.writeUInt32LE(Math.floor(((times[i] as number) - from) / 1_000), i * 4)
      const column = (place: number): string => {
        const isName = place >= width - NAMED_FIELDS.length
        const out = Buffer.alloc(rows * (isName ? 2 : 1))
        for (let i = 0; i < rows; i++) {
          const value = numbers[i * width + place] as number
          if (isName) out.writeUInt16LE(value, i * 2)
          else out.writeUInt8(value, i)
        }
        return out.toString('base64')
      }
      const columns = Object.fromEntries(NUMBERS.map((c, i) => [c, column(i)])) as Record<FactColumn, string>
      return {
        rows,
        names: perField((f) => [...names[f].keys()]),
        columns: { ...columns, at: at.toString('base64') },
      }
    },
  }
}
