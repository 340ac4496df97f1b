import { compilePack, type RuleFile } from '../../pipeline/match/load.js'
import type { Pack } from '../../pipeline/match/pack.js'
import { REMEDIES } from '../../schemas/vocabulary.js'

const CAUSE =
  'id: hardware_fault\nname: { en: a, zh: 甲 }\nsummary: { en: a, zh: 甲 }\nprior: 0\nprevention: { en: a, zh: 甲 }\n'

/** A pack of one mechanism of the phase `connect`. @param signals  YAML of the signals, two spaces deep; or the whole file, to be changed */
export function smallPack(
  signals: string,
  o: { readonly change?: (mechanism: string) => string; readonly cause?: string; readonly shared?: string } = {},
): Pack {
  const mechanism = `id: link-flap
cause: hardware_fault
status: test
name: { en: Flap, zh: 抖动 }
summary: { en: a, zh: 甲 }
references: [ifplugd(8)]
phases: [connect]
signals:
${signals}
remedies: [check_connection]
next_step: { en: a, zh: 甲 }
confirm: { en: a, zh: 甲 }
`
  const files: RuleFile[] = [
    {
      path: 'pack.yml',
      text: 'generation: 1\ndigest: ""\nbefore: 20m\nafter: 2m\nlateness: 2m\nunknown_prior: 5\ncalibration: { temperature: 1, fitted_on: x, measure: y }\n',
    },
    { path: 'remedies.yml', text: REMEDIES.map((r) => `${r}: { text: { en: a, zh: 甲 } }\n`).join('') },
    { path: 'hardware_fault/cause.yml', text: o.cause ?? CAUSE },
    { path: 'hardware_fault/link-flap.yml', text: o.change?.(mechanism) ?? mechanism },
    ...(o.shared === undefined ? [] : [{ path: 'signals/line.yml', text: o.shared }]),
  ]
  return compilePack(files)
}
