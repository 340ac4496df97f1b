import type { Finding } from '../../schemas/doctor.js'
import type { Bilingual } from '../../schemas/rule.js'

/** In English and Chinese. */
export const say = (en: string, zh: string): Bilingual => ({ en, zh })

export const ok = (code: string, place: string, what: Bilingual): Finding => ({ code, state: 'ok', place, what })
export const skip = (code: string, place: string, what: Bilingual): Finding => ({ code, state: 'skip', place, what })
export const warn = (code: string, place: string, what: Bilingual, todo: Bilingual): Finding => ({
  code,
  state: 'warn',
  place,
  what,
  todo,
})
export const fail = (code: string, place: string, what: Bilingual, todo: Bilingual): Finding => ({
  code,
  state: 'fail',
  place,
  what,
  todo,
})
