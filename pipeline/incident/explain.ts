import type { Bilingual } from '../../schemas/rule.js'
import type { Cause, Lang, Remedy } from '../../schemas/vocabulary.js'
import type { Pack } from '../match/pack.js'
import { CAUSE_NAMES, LOG_NAMES, PHASE_NAMES, SCOPE_NAMES } from '../report/words.js'
import { mechanismOf, type Tally } from './tally.js'

const MAX_NAMED = 3

/** One paragraph that can be forwarded as it is: who, where, since when, how many, why, on what proof, and what to do first. */
export function explain(t: Tally, pack: Pack, remedy: Remedy, isOpen: boolean): Bilingual {
  return { en: english(t, pack, remedy, isOpen), zh: chinese(t, pack, remedy, isOpen) }
}

const time = (ms: number): string => new Date(ms).toISOString().slice(0, 19).replace('T', ' ')
const percent = (part: number, whole: number): string => `${Math.round((part / whole) * 100)} %`
const sentences = (parts: readonly (string | false | undefined)[], gap: string): string =>
  parts.filter(Boolean).join(gap)
const count = (n: number, one: string): string => `${n} ${one}${n === 1 ? '' : 's'}`

function english(t: Tally, pack: Pack, remedy: Remedy, isOpen: boolean): string {
  const { first } = t
  const [id, top] = mechanismOf(t)
  const mechanism = pack.mechanisms.find((m) => m.id === id)?.source
  const where = t.sites.size > 0 ? ` of ${count(t.sites.size, 'site')}` : ''
  const hit = t.terminals.size > 0 ? ` at ${count(t.terminals.size, 'terminal')}${where}` : where.replace(' of', ' at')
  const shown = proof(t, pack, 'en')
  const missing = named(t.missing, (kind) => LOG_NAMES[kind]?.en ?? kind, ', ')
  const guesses = named(t.guesses, (c) => CAUSE_NAMES[c as Cause].en, ', ')
  return sentences(
    [
      `${isOpen ? 'Going on' : 'Over'}: ${count(t.verdicts, 'timeout')}${hit} (${SCOPE_NAMES[first.scope].en} ${first.scopeId}) from ${time(first.at)} to ${time(t.last)} UTC.`,
      t.failed + t.ok > t.failed &&
        `${percent(t.failed, t.failed + t.ok)} of the attempts there around them timed out.`,
      first.cause === 'unknown'
        ? `The logs at hand do not say why${guesses ? `; likeliest: ${guesses}` : ''}.`
        : `Why: ${mechanism?.name.en ?? id} (${CAUSE_NAMES[first.cause].en}${top.verdicts < t.verdicts ? `; ${top.verdicts} of ${t.verdicts}` : ''}).`,
      `For instance: ${first.who ?? first.site ?? 'an attempt'}${first.target ? ` to ${first.target}` : ''}, ${PHASE_NAMES[first.phase].en}, given up at ${time(first.at)} UTC.`,
      shown && `Proof: ${shown}.`,
      missing && `What would tell more: ${missing}.`,
      `First: ${pack.remedies[remedy]?.text.en ?? remedy}`,
      mechanism?.next_step.en,
      mechanism && `To confirm: ${mechanism.confirm.en}`,
      pack.remedies[remedy]?.caution && `Caution: ${pack.remedies[remedy]?.caution?.en}`,
    ],
    ' ',
  )
}

function chinese(t: Tally, pack: Pack, remedy: Remedy, isOpen: boolean): string {
  const { first } = t
  const [id, top] = mechanismOf(t)
  const mechanism = pack.mechanisms.find((m) => m.id === id)?.source
  const hit = [
    t.sites.size > 0 && `${t.sites.size} 个门店`,
    t.terminals.size > 0 && `${t.terminals.size} 台终端`,
  ].filter(Boolean)
  const shown = proof(t, pack, 'zh')
  const missing = named(t.missing, (kind) => LOG_NAMES[kind]?.zh ?? kind, '、')
  const guesses = named(t.guesses, (c) => CAUSE_NAMES[c as Cause].zh, '、')
  return sentences(
    [
      `${isOpen ? '持续中' : '已结束'}：${time(first.at)} 至 ${time(t.last)} UTC，${hit.join('、')}共 ${t.verdicts} 次超时（${SCOPE_NAMES[first.scope].zh} ${first.scopeId}）。`,
      t.failed + t.ok > t.failed && `其间该范围内 ${percent(t.failed, t.failed + t.ok)} 的尝试超时。`,
      first.cause === 'unknown'
        ? `现有日志无法判定原因${guesses ? `；较可能：${guesses}` : ''}。`
        : `原因：${mechanism?.name.zh ?? id}（${CAUSE_NAMES[first.cause].zh}${top.verdicts < t.verdicts ? `，${top.verdicts}/${t.verdicts} 次` : ''}）。`,
      `例如：${first.who ?? first.site ?? '某次尝试'}${first.target ? ` 至 ${first.target}` : ''}，${PHASE_NAMES[first.phase].zh}，${time(first.at)} UTC 放弃。`,
      shown && `依据：${shown}。`,
      missing && `缺少可判定的日志：${missing}。`,
      `首先：${pack.remedies[remedy]?.text.zh ?? remedy}`,
      mechanism?.next_step.zh,
      mechanism && `确认方法：${mechanism.confirm.zh}`,
      pack.remedies[remedy]?.caution && `注意：${pack.remedies[remedy]?.caution?.zh}`,
    ],
    '',
  )
}

/** The strongest signal in the words of its line, or of its meaning. */
function proof(t: Tally, pack: Pack, lang: Lang): string | undefined {
  const [id, { signals }] = mechanismOf(t)
  const [top] = [...signals].sort(([a, x], [b, y]) => y.bits - x.bits || (a < b ? -1 : 1))
  if (!top) return undefined
  const [name, { text }] = top
  const signal = pack.mechanisms.find((m) => m.id === id)?.signals.find((s) => s.name === name)?.condition
  const said = signal?.kind === 'facts' && signal.description ? signal.description : undefined
  const translated = said ? text.replace(said.en, said[lang]) : text
  return (
    translated
      .replace(/\s+/g, ' ')
      .trim()
      .replace(/[.。]$/, '') || undefined
  )
}

/** The most frequent, by name where they tie. */
const named = <K extends string>(counts: ReadonlyMap<K, number>, name: (key: K) => string, gap: string): string =>
  [...counts]
    .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
    .slice(0, MAX_NAMED)
    .map(([key]) => name(key))
    .join(gap)
