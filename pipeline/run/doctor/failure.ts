import type { Finding } from '../../../schemas/doctor.js'
import { WhytimeoutError } from '../../errors.js'
import { reasonOf } from '../cluster/reason.js'
import { fail, say } from '../findings.js'

/** What a check threw, as a finding. */
export function failureOf(error: unknown, place: string): Finding {
  if (error instanceof WhytimeoutError)
    return fail(
      error.code.toLowerCase().replaceAll('_', '-'),
      error.place ?? place,
      say(error.message, error.message),
      error.hint,
    )
  const { code, what, todo } = reasonOf(error)
  return fail(`check-${code}`, place, say(`could not be looked at: ${what.en}`, `无法检查：${what.zh}`), todo)
}
