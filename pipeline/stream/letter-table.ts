import type { LetterLine, LetterList } from '../../schemas/dead-letters.js'
import { decode } from '../parse/decode.js'
import { type DeadLetter, placeText, type RetryFate } from './letters.js'

/** Which letters are meant. */
export type LetterFilter = {
  readonly reason?: string | undefined
  /** Topic that the record came from. */
  readonly topic?: string | undefined
  /** Written at or after this, epoch ms. */
  readonly sinceMs?: number | undefined
  /** Offsets [from, to) of the record's message. */
  readonly from?: bigint | undefined
  readonly to?: bigint | undefined
}

export const isWanted = ({ code, place, at }: DeadLetter, f: LetterFilter): boolean =>
  (f.reason === undefined || code === f.reason) &&
  (f.topic === undefined || place.topic === f.topic) &&
  (f.sinceMs === undefined || at >= f.sinceMs) &&
  (f.from === undefined || place.offset >= f.from) &&
  (f.to === undefined || place.offset < f.to)

/** Letters told apart by place and reason up to so many (about 150 bytes each); past that, doubles are counted as letters. */
const MAX_PLACES = 1_000_000
const MAX_GROUPS = 10_000
const SHOWN_GROUPS = 50
const FIRST_CHARS = 80

type Group = { letters: number; firstMs: number; lastMs: number }

/** Groups letters and keeps the newest. Memory is bounded, however many there are. */
export function createLetterTable(limit: number) {
  const seen = new Set<string>()
  const groups = new Map<string, Group>()
  let newest: DeadLetter[] = []
  let letters = 0
  let doubles = 0
  let others = 0
  const byAge = (a: DeadLetter, b: DeadLetter) => (b.at || 0) - (a.at || 0)

  const addToGroup = ({ code, origin, at }: DeadLetter): void => {
    const key = JSON.stringify([code, origin])
    const known = groups.get(key)
    if (!known && groups.size >= MAX_GROUPS) {
      others++
      return
    }
    const g = known ?? { letters: 0, firstMs: Number.POSITIVE_INFINITY, lastMs: Number.NEGATIVE_INFINITY }
    g.letters++
    if (at < g.firstMs) g.firstMs = at
    if (at > g.lastMs) g.lastMs = at
    groups.set(key, g)
  }

  return {
    take: (letter: DeadLetter): void => {
      const key = `${placeText(letter.place)} ${letter.code}`
      if (seen.has(key)) {
        doubles++
        return
      }
      if (seen.size < MAX_PLACES) seen.add(key)
      letters++
      addToGroup(letter)
      newest.push(letter)
      if (newest.length >= 2 * limit + 16) newest = newest.sort(byAge).slice(0, limit)
    },
    result: (o: {
      readonly stateOf: (letter: DeadLetter) => LetterLine['state']
      readonly lateCommand: string
    }): LetterList => {
      const sorted = [...groups].sort(([a, x], [b, y]) => y.letters - x.letters || (a < b ? -1 : 1))
      const isLate = sorted.some(([key]) => (JSON.parse(key) as [string])[0] === 'LATE')
      return {
        letters,
        doubles,
        groups: sorted.slice(0, SHOWN_GROUPS).map(([key, g]) => {
          const [reason, origin] = JSON.parse(key) as [string, string]
          return { reason, origin, letters: g.letters, first: timeText(g.firstMs), last: timeText(g.lastMs) }
        }),
        more_groups: Math.max(0, sorted.length - SHOWN_GROUPS) + (others > 0 ? 1 : 0),
        newest: newest
          .sort(byAge)
          .slice(0, limit)
          .map((letter) => lineOf(letter, o.stateOf(letter))),
        late_command: isLate ? o.lateCommand : null,
      }
    },
  }
}

const timeText = (ms: number): string | null => (Number.isFinite(ms) ? new Date(ms).toISOString() : null)

const lineOf = (letter: DeadLetter, state: LetterLine['state']): LetterLine => ({
  place: placeText(letter.place),
  reason: letter.code,
  detail: letter.detail,
  origin: letter.origin,
  at: timeText(letter.at),
  tries: letter.tries,
  state,
  hidden: letter.hidden,
  first: firstOf(letter),
})

/** Its first characters, on one line; what cannot be printed is a dot. */
const firstOf = ({ message }: DeadLetter): string =>
  decode((message.value ?? Buffer.alloc(0)).toString('latin1', 0, 4 * FIRST_CHARS))
    .slice(0, FIRST_CHARS)
    .replace(/[\p{Cc}\p{Cf}\u2028\u2029\ufffd]/gu, '.')

export const stateOf = (fate: RetryFate): LetterLine['state'] => (fate === 'send' ? 'new' : fate)
