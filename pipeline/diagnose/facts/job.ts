import type { FactName } from '../../../schemas/facts.js'
import type { Sighting } from '../sighting.js'
import type { Scene } from './fact.js'

/** Cron tells when it starts a job, and never when that ends. */
const TELLS_NO_END = /^(?:CRON|crond?|anacron)$/i

/** Whether a job (backup, update, scan) that began on the sufferer's own host, the gateway or a server was under way in the attempt. */
export function jobFacts(scene: Scene): void {
  const { episode: e } = scene
  const isOwn = (s: Sighting) =>
    (e.host !== undefined && s.host === e.host) || (e.terminal !== undefined && s.terminal === e.terminal)
  underWay(scene, 'job.under_way', isOwn)
  underWay(
    scene,
    'job.gateway_under_way',
    (s) => s.role === 'gateway' && (e.gateway === undefined || s.gateway === e.gateway),
  )
  underWay(scene, 'job.server_under_way', (s) => s.role === 'server')
}

function underWay(
  { episode: e, window, put, from, to }: Scene,
  fact: FactName,
  isThere: (s: Sighting) => boolean,
): void {
  const jobs = window.all('job').collect(from, to, isThere)
  const begun = jobs.findLast((s) => s.action === 'job-started' && s.at <= e.end)
  if (!begun) return
  const ended = jobs.find((s) => s.action === 'job-ended' && s.host === begun.host && s.at >= begun.at)
  if (ended) put(fact, ended.at >= e.start, [begun, ended])
  else if (!TELLS_NO_END.test(begun.program ?? '')) put(fact, true, [begun])
}
