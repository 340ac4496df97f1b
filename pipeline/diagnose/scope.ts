import type { Scope } from '../../schemas/vocabulary.js'
import type { Episode } from './episode.js'
import type { Facts } from './facts/fact.js'

/**
 * How far the trouble reaches: by the nature of the mechanism where that settles it, else by who else timed out at the same time on the
 * same port (another port may be another trouble).
 */
export function scopeOf(
  e: Episode,
  facts: Facts,
  port: number | undefined,
  reach: Scope | undefined,
): { scope: Scope; id: string } {
  const n = (name: Parameters<Facts['get']>[0]): number => {
    const value = facts.get(name)?.value
    return typeof value === 'number' ? value : 0
  }
  const target = e.upstream ?? e.domain ?? e.ip
  const endpoint = target === undefined ? undefined : port === undefined ? target : `${target}:${port}`
  const self = e.terminal ?? e.sourceIp ?? e.host ?? 'unknown'
  if (e.sufferer === 'gateway') return { scope: 'endpoint', id: endpoint ?? e.gateway ?? e.host ?? 'unknown' }
  if (reach === 'terminal') return { scope: 'terminal', id: self }
  if (reach === 'site' && e.site !== undefined) return { scope: 'site', id: e.site }
  if (reach === 'isp' && e.isp !== undefined) return { scope: 'isp', id: e.isp }
  if (reach === 'endpoint' && endpoint !== undefined) return { scope: 'endpoint', id: endpoint }
  const onPort = port !== undefined && e.phase !== 'dns'
  const here = n(onPort ? 'fleet.site_failed_same_port' : 'fleet.site_failed')
  const elsewhere = n(onPort ? 'fleet.elsewhere_failed_same_port' : 'fleet.elsewhere_failed')
  const fineElsewhere = n(onPort ? 'fleet.elsewhere_ok_same_port' : 'fleet.elsewhere_ok')
  const fineHere = n(onPort ? 'fleet.site_ok_same_port' : 'fleet.site_ok')
  if (elsewhere > 0 && elsewhere >= fineElsewhere) {
    if (e.isp !== undefined && n('fleet.other_isp_ok') > 0 && n('fleet.other_isp_failed') === 0)
      return { scope: 'isp', id: e.isp }
    return endpoint !== undefined ? { scope: 'endpoint', id: endpoint } : { scope: 'fleet', id: 'fleet' }
  }
  if (here > 0 && here >= fineHere && e.site !== undefined) return { scope: 'site', id: e.site }
  return { scope: 'terminal', id: self }
}
