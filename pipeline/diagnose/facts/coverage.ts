import type { FactName } from '../../../schemas/facts.js'
import type { Scene } from './fact.js'

/** Which kinds of log are at hand for this place and time: what is missing limits how sure a verdict can be. */
export function coverageFacts(scene: Scene): void {
  const { episode: e, window, put, from, to } = scene
  let kinds = 0
  const has = (name: FactName, seen: readonly { readonly id: string }[]) => {
    put(name, seen.length > 0, seen.slice(0, 1))
    if (seen.length > 0 && name !== 'coverage.terminal') kinds++
  }
  const role = (name: string) => window.ofRole(name).range(from, to)
  has('coverage.terminal', e.terminal ? window.ofTerminal('exchange', e.terminal).range(from, to) : e.symptoms)
  has(
    'coverage.router',
    role('router').filter((s) => s.site === e.site),
  )
  has('coverage.provider', role('provider'))
  has('coverage.gateway', role('gateway'))
  has('coverage.server', role('server'))
  has('coverage.dns', role('dns'))
  has(
    'coverage.monitor',
    window
      .all('probe')
      .range(from, to)
      .filter((s) => s.site === e.site),
  )
  put('coverage.kinds', kinds, e.symptoms)
}
