import type { Scope } from '../../schemas/vocabulary.js'
import type { Episode } from './episode.js'
import type { Facts } from './facts/fact.js'

/** How far the trouble reaches, by who else timed out at the same time. */
export function scopeOf(e: Episode, facts: Facts): { scope: Scope; id: string } {
  const n = (name: Parameters<Facts['get']>[0]): number => {
    const value = facts.get(name)?.value
    return typeof value === 'number' ? value : 0
  }
  const target = e.upstream ?? e.domain ?? e.ip
  const endpoint = target === undefined ? undefined : e.port === undefined ? target : `${target}:${e.port}`
  if (e.sufferer === 'gateway') return { scope: 'endpoint', id: endpoint ?? e.gateway ?? e.host ?? 'unknown' }
  const here = n('fleet.site_failed')
  const elsewhere = n('fleet.elsewhere_failed')
  const fineElsewhere = n('fleet.elsewhere_ok')
  const fineHere = n('fleet.site_ok')
  if (elsewhere > 0 && elsewhere >= fineElsewhere) {
    if (e.isp !== undefined && n('fleet.other_isp_ok') > 0 && n('fleet.other_isp_failed') === 0) return { scope: 'isp', id: e.isp }
    return endpoint !== undefined ? { scope: 'endpoint', id: endpoint } : { scope: 'fleet', id: 'fleet' }
  }
  if (here > 0 && here >= fineHere && e.site !== undefined) return { scope: 'site', id: e.site }
  return { scope: 'terminal', id: e.terminal ?? e.sourceIp ?? e.host ?? 'unknown' }
}
