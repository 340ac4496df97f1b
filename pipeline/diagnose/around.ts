import type { Scope } from '../../schemas/vocabulary.js'
import type { Endpoint } from './bind.js'
import type { Episode } from './episode.js'
import type { Sighting } from './sighting.js'
import type { Window } from './window.js'

/** Attempts by how they ended; what failed without running into a limit counts as neither. */
export type Around = { readonly failed: number; readonly ok: number }

const NEAR_MS = 120_000

/**
 * How the attempts in a scope fared around an episode, its own included: what shares are made of. By terminals' own logs for a terminal's
 * timeout, by the gateway's sessions for a gateway's.
 */
export function attemptsAround(
  scene: {
    readonly episode: Episode
    readonly endpoint: Endpoint
    readonly window: Window
    readonly from: number
    readonly to: number
  },
  scope: Scope,
): Around {
  const { episode: e, endpoint, window } = scene
  const kind = e.sufferer === 'gateway' ? 'session' : 'exchange'
  const near = window.all(kind).range(Math.max(scene.from, e.start - NEAR_MS), Math.min(scene.to, e.end + NEAR_MS))
  let failed = 0
  let ok = 0
  for (const s of near) {
    if (s.outcome !== 'timeout' && s.outcome !== 'ok') continue
    if (!isWithin(scope, s, e, endpoint)) continue
    if (s.outcome === 'ok') ok++
    else failed++
  }
  return { failed: Math.max(1, failed), ok }
}

function isWithin(scope: Scope, s: Sighting, e: Episode, endpoint: Endpoint): boolean {
  switch (scope) {
    case 'terminal':
      return e.terminal === undefined ? s.host === e.host : s.terminal === e.terminal
    case 'site':
      return s.site === e.site
    case 'isp':
      return s.isp === e.isp
    case 'endpoint':
      return e.upstream === undefined ? isTo(s, endpoint) : s.upstream === e.upstream
    case 'fleet':
      return true
  }
}

/** Nothing known of the sighting's target contradicts the endpoint, and something names it. */
function isTo(s: Sighting, endpoint: Endpoint): boolean {
  if (s.port !== undefined && endpoint.port !== undefined && s.port !== endpoint.port) return false
  const named = [
    ...(s.ip !== undefined && endpoint.ips.size > 0 ? [endpoint.ips.has(s.ip)] : []),
    ...(s.domain !== undefined && endpoint.domains.size > 0 ? [endpoint.domains.has(s.domain)] : []),
  ]
  return named.length > 0 ? named.includes(true) : s.port !== undefined && s.port === endpoint.port
}
