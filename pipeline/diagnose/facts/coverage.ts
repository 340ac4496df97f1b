import type { FactName } from '../../../schemas/facts.js'
import type { Scene } from './fact.js'
import { silenceOf } from './silence.js'

/** Which kinds of log are at hand for this place and time: what is missing limits how sure a verdict can be. */
export function coverageFacts(scene: Scene): void {
  const { episode: e, window, put, from, to } = scene
  let kinds = 0
  const has = (name: FactName, first: { readonly id: string } | undefined) => {
    put(name, first !== undefined, first && [first])
    if (first !== undefined && name !== 'coverage.terminal') kinds++
  }
  const role = (name: string) => window.ofRole(name).first(from, to)
  has('coverage.terminal', e.terminal ? window.ofTerminal('exchange', e.terminal).first(from, to) : e.symptoms[0])
  has('coverage.router', window.ofRoleAt('router', e.site).first(from, to))
  has('coverage.provider', role('provider'))
  has('coverage.gateway', role('gateway'))
  has('coverage.server', role('server'))
  has('coverage.dns', role('dns'))
  has('coverage.host', e.host === undefined ? undefined : window.ofSystem(e.host).first(from, to))
  has('coverage.monitor', window.ofSite('probe', e.site).first(from, to))
  put('coverage.kinds', kinds, e.symptoms)
  const quiet = e.site === undefined ? undefined : silenceOf(scene, window.ofRoleAt('router', e.site))
  if (quiet) put('site.router_silent', true, quiet.silent)
  if (quiet && quiet.backlog.length > 0) put('site.router_burst_after', true, quiet.backlog)
}
