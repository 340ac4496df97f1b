import { type Episode, isSameAttempt, join } from './episode.js'
import type { Observation } from './observation.js'
import { Timeline } from './timeline.js'

/** Episodes whose window is not over, in the order of their opening. Looked up by what can name an attempt: in an outage there are thousands. */
export type OpenEpisodes = {
  /** Joins an episode of one symptom to the first that tells of the same attempt, or opens it. @returns what it is part of now */
  readonly take: (fresh: Episode) => Episode
  /** Takes a symptom back; an episode without symptoms is none. */
  readonly drop: (symptomId: string) => void
  /** Takes those out whose first symptom lies before `before`, epoch ms. */
  readonly takeBefore: (before: number) => readonly Episode[]
  /** Time of the earliest first symptom, epoch ms. */
  readonly earliest: () => number | undefined
  readonly size: () => number
}

const firstAt = (e: Episode): number => (e.symptoms[0] as Observation).at

/** The log and the second, cut in two ways: what is said twice is said within a moment. */
const momentsOf = (e: Episode): string[] => {
  const [origin, secs] = [e.symptoms[0]?.origin, e.end / 1_000]
  return [`log ${origin} ${Math.floor(secs)}`, `log ${origin} ${Math.floor(secs + 0.5)} half`]
}

/** One of them agrees wherever `isSameAttempt` holds. */
const namesOf = (e: Episode): string[] => [
  ...(e.terminal === undefined ? [] : [`terminal ${e.terminal}`]),
  ...(e.requestId === undefined ? [] : [`request ${e.requestId}`]),
  ...(e.sourcePort === undefined || e.sourceIp === undefined ? [] : [`from ${e.sourceIp}:${e.sourcePort}`]),
  ...(e.terminal !== undefined || e.host === undefined ? [] : [`host ${e.host}`]),
  ...(e.sufferer === 'gateway' && e.host !== undefined && e.sourceIp !== undefined
    ? [`client ${e.host} ${e.sourceIp}`]
    : []),
  ...momentsOf(e),
]

export function createOpenEpisodes(): OpenEpisodes {
  /** By number, which rises with the opening. */
  const episodes = new Map<number, Episode>()
  const named = new Map<string, Set<number>>()
  const bySymptom = new Map<string, Set<number>>()
  /** First symptoms by time; an entry counts while its episode still begins there. */
  const begins = new Timeline<{ readonly at: number; readonly number: number }>()
  let last = 0

  const link = (index: Map<string, Set<number>>, key: string, number: number) => {
    const known = index.get(key)
    if (known) known.add(number)
    else index.set(key, new Set([number]))
  }
  const unlink = (index: Map<string, Set<number>>, key: string, number: number) => {
    const known = index.get(key)
    known?.delete(number)
    if (known?.size === 0) index.delete(key)
  }
  const keep = (number: number, e: Episode) => {
    episodes.set(number, e)
    for (const name of namesOf(e)) link(named, name, number)
    for (const s of e.symptoms) link(bySymptom, s.id, number)
  }
  const remove = (number: number, e: Episode) => {
    episodes.delete(number)
    for (const name of namesOf(e)) unlink(named, name, number)
    for (const s of e.symptoms) unlink(bySymptom, s.id, number)
  }
  const begin = (number: number, e: Episode) => begins.add({ at: firstAt(e), number })
  const isCurrent = ({ at, number }: { readonly at: number; readonly number: number }): boolean => {
    const e = episodes.get(number)
    return e !== undefined && firstAt(e) === at
  }

  return {
    size: () => episodes.size,
    earliest: () => begins.find(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY, isCurrent)?.at,

    take: (fresh) => {
      const candidates = new Set(namesOf(fresh).flatMap((name) => [...(named.get(name) ?? [])]))
      const inOrder = [...candidates].sort((a, b) => a - b)
      const number = inOrder.find((n) => isSameAttempt(episodes.get(n) as Episode, fresh))
      if (number === undefined) {
        keep(++last, fresh)
        begin(last, fresh)
        return fresh
      }
      const before = episodes.get(number) as Episode
      const joined = join(before, fresh)
      // A name can go: one known by its host alone gets to know its terminal. The place in the order stays.
      for (const name of namesOf(before)) unlink(named, name, number)
      keep(number, joined)
      return joined
    },

    drop: (symptomId) => {
      for (const number of [...(bySymptom.get(symptomId) ?? [])]) {
        const before = episodes.get(number) as Episode
        const symptoms = before.symptoms.filter((s) => s.id !== symptomId)
        if (symptoms.length === 0) {
          remove(number, before)
          continue
        }
        unlink(bySymptom, symptomId, number)
        // Its names follow from its first symptom.
        for (const name of namesOf(before)) unlink(named, name, number)
        const left = { ...before, symptoms }
        keep(number, left)
        if (firstAt(left) !== firstAt(before)) begin(number, left)
      }
    },

    takeBefore: (before) => {
      const due = begins.collect(Number.NEGATIVE_INFINITY, before, (b) => b.at < before && isCurrent(b))
      begins.forget(before)
      const numbers = [...new Set(due.map((b) => b.number))].sort((a, b) => a - b)
      return numbers.map((number) => {
        const e = episodes.get(number) as Episode
        remove(number, e)
        return e
      })
    },
  }
}
