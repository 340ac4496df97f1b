import type { Sighting } from '../sighting.js'
import type { Scene } from './fact.js'

/** Cron tells when it starts a job, and never when that ends. */
const TELLS_NO_END = /^(?:CRON|crond?|anacron)$/i

/** Whether a job that began on the sufferer's own host (backup, update, scan) was under way in the attempt. */
export function jobFacts({ episode: e, window, put, from, to }: Scene): void {
  const isOwn = (s: Sighting) =>
    (e.host !== undefined && s.host === e.host) || (e.terminal !== undefined && s.terminal === e.terminal)
  const jobs = window.all('job').collect(from, to, isOwn)
  const begun = jobs.findLast((s) => s.action === 'job-started' && s.at <= e.end)
  if (!begun) return
  const ended = jobs.find((s) => s.action === 'job-ended' && s.at >= begun.at)
  if (ended) put('job.under_way', ended.at >= e.start, [begun, ended])
  else if (!TELLS_NO_END.test(begun.program ?? '')) put('job.under_way', true, [begun])
}
