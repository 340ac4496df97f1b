import { PHASES, VERDICT_CAUSES } from '../../../../schemas/vocabulary.js'
import type { LineItem, Model, VerdictItem, Words } from '../model.js'

const known = new WeakMap<VerdictItem, string>()

const both = (words: Words | undefined): readonly (string | undefined)[] => [words?.en, words?.zh]

/**
 * All that a verdict says of itself, in both languages, in small letters: cause, phase, names, explanation, evidence and lines. What was
 * ruled out is left out, or a word for one cause would find the timeouts of every other.
 */
function textOf(v: VerdictItem, model: Model, lines: Readonly<Record<string, LineItem>>): string {
  const seen = known.get(v)
  if (seen !== undefined) return seen
  const mechanism = model.mechanisms[v.mechanism]
  const cause = VERDICT_CAUSES[v.cause] ?? 'unknown'
  const text = [
    v.id,
    new Date(v.end).toISOString().replace('T', ' '),
    ...both(v.explain),
    cause,
    ...both(model.words.causes[cause]),
    ...both(model.words.phases[PHASES[v.phase] ?? 'connect']),
    ...both(model.words.scopes[v.scope]),
    ...v.missing.flatMap((m) => [m, ...both(model.words.logs[m])]),
    v.mechanism,
    ...both(mechanism?.name),
    ...both(mechanism?.summary),
    ...v.considered
      .filter((c) => c.mechanism === v.mechanism)
      .flatMap((c) => c.signals.flatMap(([name]) => both(mechanism?.signals[name]))),
    ...[v.terminal, v.site, v.isp, v.gateway, v.endpoint, v.source, v.key, v.host, v.scopeId],
    ...v.evidence.flatMap((e) => [e.signal, e.text]),
    ...v.events.flatMap((id) => [lines[id]?.text, lines[id]?.place, lines[id]?.host]),
  ]
    .filter(Boolean)
    .join('\n')
    .toLowerCase()
  known.set(v, text)
  return text
}

/** Those in which every word of the text stands somewhere. */
export function matching(
  verdicts: readonly VerdictItem[],
  text: string | undefined,
  given: { readonly model: Model; readonly lines: Readonly<Record<string, LineItem>> },
): readonly VerdictItem[] {
  const wanted = (text ?? '').toLowerCase().split(/\s+/).filter(Boolean)
  if (wanted.length === 0) return verdicts
  return verdicts.filter((v) => {
    const all = textOf(v, given.model, given.lines)
    return wanted.every((w) => all.includes(w))
  })
}
