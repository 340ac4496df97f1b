import { SLOW_RATE } from '../../parse/transfer.js'
import type { Sighting } from '../sighting.js'
import type { Scene } from './fact.js'

const SOON_MS = 60_000
const MIN_FINE = 3

/** Whether the site's trouble began with a big transfer over its line. */
export function transferFacts({ episode: e, window, put, from, to }: Scene): void {
  if (e.sufferer !== 'terminal') return
  const isHere = (s: Sighting) => (s.site === undefined ? s.role === 'unknown' : s.site === e.site)
  const all = window.all('transfer').collect(from, Math.min(to, e.end + SOON_MS / 4), isHere)
  const open = all.findLast((s) => s.action === 'transfer-started' && s.at <= e.start)
  if (open) {
    const end = all.find(
      (s) => s.action === 'transfer-ended' && s.host === open.host && s.at >= open.at && s.at <= e.start,
    )
    put('transfer.goes_on', end === undefined, end ? [open, end] : [open])
  }
  const lines = all.filter((s) => s.action !== 'transfer-ended')
  if (lines.length === 0) return
  const isOwn = (s: Sighting) => e.symptoms.some((x) => x.origin === s.origin)
  // A terminal's log tells of its updates beside its sales; who shows progress and nothing else is there for the transfer.
  const own = lines.filter((s) => s.role === 'unknown' && s.terminal === undefined && isOwn(s) && s.start <= e.end)
  const isAttempt =
    own.length > 0 && !window.all('exchange').collect(from, to, (s) => s.outcome === 'ok' && isOwn(s)).length
  if (own.length > 0) put('transfer.is_attempt', isAttempt, own)
  if (isAttempt)
    put(
      'transfer.attempt_slow',
      own.some((s) => s.reason === SLOW_RATE),
      own,
    )
  const attempts = window.ofSite('exchange', e.site).range(from, e.end)
  const first = attempts.find((s) => s.outcome === 'timeout')
  if (!first) return
  const fine = attempts.filter((s) => s.outcome === 'ok' && s.at < first.start)
  if (fine.length < MIN_FINE) return
  const begun = lines.reduce((a, b) => (b.start < a.start ? b : a))
  // One that has gone on since before the window began no trouble in it.
  const isSeen = begun.start > (fine[0] as Sighting).start
  put('transfer.fails_since', isSeen && first.at >= begun.start && first.start <= begun.start + SOON_MS, [begun, first])
}
