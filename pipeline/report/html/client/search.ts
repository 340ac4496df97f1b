import type { LineItem, Model, VerdictItem } from '../model.js'

const known = new WeakMap<VerdictItem, string>()

/** All that can be read of a verdict, in both languages, in small letters. */
function textOf(v: VerdictItem, model: Model, lines: Readonly<Record<string, LineItem>>): string {
  const seen = known.get(v)
  if (seen !== undefined) return seen
  const mechanism = model.mechanisms[v.mechanism]
  const text = [
    v.id,
    v.explain.en,
    v.explain.zh,
    v.mechanism,
    mechanism?.name.en,
    mechanism?.name.zh,
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
