import type { Sighting } from '../sighting.js'
import { type Scene, slackMs } from './fact.js'

/** An attempt that began so little before the ban still had its packets dropped. */
const EARLY_MS = 2_000

/** Whether a guard at the gateway had the address from which the attempt came on its list. */
export function guardFacts(scene: Scene): void {
  const { episode: e, window, put, from, to } = scene
  const lines = window.all('guard').range(from, to)
  const bans = lines.filter(
    (s) => s.action === 'address-banned' && s.sourceIp !== undefined && s.terminal === undefined,
  )
  if (bans.length === 0) return
  const judged = bans.map((ban) => {
    const lifted = lines.find((s) => s.action === 'ban-lifted' && s.sourceIp === ban.sourceIp && s.at > ban.at)
    return { ban, lifted, isIn: ban.at <= e.start + EARLY_MS && (lifted === undefined || e.start <= lifted.at) }
  })
  const current = judged.filter((x) => x.isIn)
  const known = current.find(({ ban }) => isSites(ban, scene))
  if (known) {
    put('guard.bans_caller', true, [known.ban])
    put('guard.is_providers', known.ban.role === 'provider', [known.ban])
    return
  }
  const over = judged.find(({ ban, lifted }) => isSites(ban, scene) && lifted !== undefined && lifted.at < e.start)
  if (over?.lifted) put('guard.ban_over', true, [over.ban, over.lifted])
  const strange = current.filter(({ ban }) => ban.site === undefined)
  for (const { ban, lifted } of strange) {
    const seen = fits(scene, ban, lifted?.at ?? to)
    if (seen) {
      put('guard.bans_caller', true, seen)
      put('guard.is_providers', ban.role === 'provider', [ban])
      return
    }
  }
}

/** Neither side knows its site where there is no inventory: then only the address itself says whose it is. */
const isSites = (ban: Sighting, { episode: e }: Scene): boolean =>
  (ban.site !== undefined && ban.site === e.site) || (ban.sourceIp !== undefined && ban.sourceIp === e.sourceIp)

/**
 * An address that nobody knows: it called the gateway before, and no more while it was listed, just as this site was served before and not
 * since, while others were. @returns the lines that show it
 */
function fits({ episode: e, window, from }: Scene, ban: Sighting, until: number): readonly Sighting[] | undefined {
  if (e.sufferer !== 'terminal') return undefined
  const calls = window.all('session')
  const isBanned = (s: Sighting) => s.sourceIp === ban.sourceIp
  const before = calls.collect(from, ban.at, (s) => isBanned(s) && s.outcome === 'ok')
  const last = before.at(-1)
  if (!last || calls.find(ban.at + EARLY_MS, until, (s) => isBanned(s) && s.outcome === 'ok')) return undefined
  const others = calls.find(ban.at + EARLY_MS, until, (s) => !isBanned(s) && s.outcome === 'ok')
  const served = window.served('exchange')
  const isMine = (s: Sighting) => (e.site === undefined ? s.host === e.host : s.site === e.site)
  const mineBefore = served.find(from, ban.at + slackMs(ban), isMine)
  const mineSince = served.find(ban.at + EARLY_MS, until - EARLY_MS, (s) => isMine(s) && s.start > ban.at)
  return mineBefore && !mineSince && others ? [ban, last, mineBefore, others] : undefined
}
