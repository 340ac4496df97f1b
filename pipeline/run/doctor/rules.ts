import type { Finding } from '../../../schemas/doctor.js'
import type { Pack } from '../../match/pack.js'
import { pathIn } from '../config.js'
import { ok, say, warn } from '../findings.js'
import { loadPack } from '../rules.js'
import type { Check } from './check.js'

export const rulesCheck: Check = {
  id: 'rules',
  title: say('Rules', '规则'),
  needsKafka: false,
  run: async ({ config }) => {
    const path = pathIn(config, config.rules)
    return judgeRules(await loadPack(path), path ?? 'rules')
  },
}

export function judgeRules(
  pack: Pick<Pack, 'mechanisms' | 'generation' | 'rulesDigest' | 'statedDigest'>,
  place: string,
): readonly Finding[] {
  const { mechanisms, generation, rulesDigest: digest, statedDigest } = pack
  const read = ok(
    'rules-read',
    place,
    say(
      `${mechanisms.length} mechanisms, generation ${generation}, digest ${digest}`,
      `${mechanisms.length} 个机制，代次 ${generation}，摘要 ${digest}`,
    ),
  )
  if (digest === statedDigest) return [read]
  return [
    read,
    warn(
      'rules-changed',
      place,
      say(
        `they were changed since generation ${generation} was given: what is stored already is not replaced`,
        `规则在代次 ${generation} 之后有改动：已存储的结论不会被替换`,
      ),
      say(
        'Raise the generation and write the digest down in pack.yml; `whytimeout rules lint` says both.',
        '请在pack.yml中提高代次并写入摘要；可用 whytimeout rules lint 查看。',
      ),
    ),
  ]
}
