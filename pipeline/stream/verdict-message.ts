import type { Verdict } from '../../schemas/verdict.js'
import { noteOf, type VerdictNote } from '../incident/note.js'
import type { RawMessage } from './raw-message.js'

/** One message of the verdicts topic: a write of a verdict, or the end of one. */
export type VerdictMessage = {
  /** Its offset; below 2^53. */
  readonly place: number
  readonly realm: string
  readonly id: string
  readonly version: number
  readonly versionType: 'external' | 'external_gte'
  readonly isFinal: boolean
  /** Absent: the id is void. */
  readonly note?: VerdictNote
  /** Id of the final verdict that has taken its place. */
  readonly by?: string
}

/** @returns undefined for what no whytimeout wrote */
export function decodeVerdictMessage(m: RawMessage): VerdictMessage | undefined {
  const { id, version, version_type: versionType, by } = m.headers
  if (id === undefined || !/^\d{1,15}$/.test(version ?? '') || m.key === undefined) return undefined
  if (versionType !== 'external' && versionType !== 'external_gte') return undefined
  const written = { place: Number(m.offset), realm: m.key, id, version: Number(version), versionType }
  const text = m.value?.toString('utf8') ?? ''
  if (text === '') return { ...written, versionType, isFinal: false, ...(by !== undefined && { by }) }
  const read = parse(text)
  return read && { ...written, versionType, ...read }
}

function parse(text: string): Pick<VerdictMessage, 'isFinal' | 'note'> | undefined {
  try {
    const verdict = JSON.parse(text) as Verdict
    const note = noteOf(verdict)
    const isWhole = typeof note.id === 'string' && Number.isFinite(note.at) && typeof note.generation === 'number'
    return isWhole ? { isFinal: verdict.whytimeout.verdict.state === 'final', note } : undefined
  } catch {
    return undefined
  }
}
