import { join } from 'node:path'
import type { LogEvent } from '../../schemas/event.js'
import type { Incident } from '../../schemas/incident.js'
import type { Verdict } from '../../schemas/verdict.js'
import { isStatementKind, KEPT_MS } from '../diagnose/known.js'
import { sightingKind } from '../diagnose/sighting.js'
import { WhytimeoutError } from '../errors.js'
import { readNdjson } from './results.js'

const MINUTE_MS = 60_000

/** Which verdicts of a replay an export is about. */
export type Choice = {
  /** Id of the one verdict, or its beginning. */
  readonly verdict?: string | undefined
  readonly incident?: string | undefined
  /** Epoch ms. */
  readonly from?: number | undefined
  readonly to?: number | undefined
}

/** What must be the same: when, where it stopped, why, how far it reaches, how sure. `plusMs`: how far its times move. */
export function fingerprint(v: Verdict, plusMs = 0): string {
  const { episode, verdict, detail } = v.whytimeout
  return [
    Date.parse(v['@timestamp']) + plusMs,
    episode.phase,
    episode.suffered_by,
    verdict.cause,
    verdict.mechanism,
    verdict.scope,
    verdict.confidence.toFixed(4),
    detail.around ? `${detail.around.failed}/${detail.around.ok}` : '',
  ].join(' ')
}

export async function readVerdicts(dir: string): Promise<Verdict[]> {
  return readNdjson<Verdict>(join(dir, 'verdicts.ndjson'))
}

/** @throws WhytimeoutError VERDICT_NOT_FOUND */
export async function choose(
  dir: string,
  options: Choice,
): Promise<{ readonly chosen: readonly Verdict[]; readonly isWhole: boolean }> {
  const verdicts = await readVerdicts(dir)
  if (options.verdict !== undefined) {
    const one = onlyOne(verdicts, options.verdict, 'verdict')
    return { chosen: [one], isWhole: false }
  }
  if (options.incident !== undefined) {
    const incidents = await readNdjson<Incident>(join(dir, 'incidents.ndjson'))
    const all = incidents.map((i) => ({ ...i, event: { id: i.whytimeout.incident.id } }))
    const { incident } = onlyOne(all, options.incident, 'incident').whytimeout
    const [from, to] = [Date.parse(incident.first), Date.parse(incident.last)]
    const chosen = verdicts.filter(({ event, whytimeout: { verdict } }) => {
      const end = Date.parse(event.end)
      return (
        verdict.cause === incident.cause &&
        verdict.scope === incident.scope &&
        verdict.scope_id === incident.scope_id &&
        end >= from &&
        end <= to
      )
    })
    return { chosen, isWhole: false }
  }
  return { chosen: verdicts, isWhole: options.from === undefined && options.to === undefined }
}

function onlyOne<T extends { readonly event: { readonly id: string } }>(
  all: readonly T[],
  id: string,
  what: string,
): T {
  const found = all.filter((v) => v.event.id.startsWith(id))
  if (found.length === 1) return found[0] as T
  throw new WhytimeoutError(
    'VERDICT_NOT_FOUND',
    found.length === 0
      ? `no ${what} "${id}" in this input`
      : `"${id}" fits ${found.length}, for instance ${found
          .slice(0, 3)
          .map((v) => v.event.id)
          .join(', ')}`,
    `--${what}`,
  )
}

/** Whether a verdict of the window can see an event: all of its time, and of the time before it what programs and hosts said of themselves. */
export function isSeen(
  { at, event }: { readonly at: number; readonly event: LogEvent },
  { from, to }: { readonly from: number; readonly to: number },
): boolean {
  return at < to && (at >= from || (at >= from - KEPT_MS && isStatementKind(sightingKind(event))))
}

/** All that a verdict can see, and a minute: lines are not always in the order of their times. */
export function windowOf(
  chosen: readonly Verdict[],
  options: Pick<Choice, 'from' | 'to'>,
  pack: { readonly beforeMs: number; readonly afterMs: number },
): { readonly from: number; readonly to: number } {
  let from = options.from ?? Number.POSITIVE_INFINITY
  let to = options.to ?? Number.NEGATIVE_INFINITY
  for (const v of chosen) {
    from = Math.min(from, Date.parse(v.event.start), Date.parse(v['@timestamp']))
    to = Math.max(to, Date.parse(v.event.end), Date.parse(v['@timestamp']))
  }
  return { from: from - pack.beforeMs - MINUTE_MS, to: to + pack.afterMs + MINUTE_MS }
}
