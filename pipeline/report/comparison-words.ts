import type { Bilingual } from '../../schemas/rule.js'

/** A comparison that a condition makes: `is` an exact value, the rest as Sigma names them. */
export type Comparison = 'is' | 'gt' | 'gte' | 'lt' | 'lte' | 'neq'
/** A fact in words: as compared, and as known at all or not. */
export type Say = {
  readonly compare: (op: Comparison, value: unknown) => Bilingual
  readonly known: (isKnown: boolean) => Bilingual
}

const whether = (b: Bilingual) => (isKnown: boolean) => ({
  en: `it is ${isKnown ? '' : 'not '}known whether ${b.en}`,
  zh: `${isKnown ? '已知' : '无法得知'}是否${b.zh}`,
})

/** True or false. */
export const flag = (yes: Bilingual, no: Bilingual): Say => ({
  compare: (op, value) => ((op === 'neq') === (String(value) === 'true') ? no : yes),
  known: whether(yes),
})

/** How many: `some` reads well for "one or more", `none` for zero. */
export const count = (some: Bilingual, none: Bilingual): Say => ({
  compare: (op, value) => {
    const n = Number(value)
    if ((op === 'is' || op === 'lte') && n === 0) return none
    if (op === 'lt' && n === 1) return none
    if ((op === 'gte' && n === 1) || (op === 'gt' && n === 0)) return some
    return { en: `${some.en} (${compared(op, String(n)).en})`, zh: `${some.zh}（${compared(op, String(n)).zh}）` }
  },
  known: whether(some),
})

/** A size, or one of several: shown with its unit. */
export const measure = (what: Bilingual, show: (n: number) => Bilingual): Say => ({
  compare: (op, value) => {
    const shown = [value].flat().map((v) => show(Number(v)))
    return {
      en: `${what.en} is ${compared(op, shown.map((s) => s.en).join(' or ')).en}`,
      zh: `${what.zh}${compared(op, shown.map((s) => s.zh).join('或')).zh}`,
    }
  },
  known: (isKnown) => ({
    en: `${what.en} is ${isKnown ? '' : 'not '}known`,
    zh: `${isKnown ? '已知' : '无法得知'}${what.zh}`,
  }),
})

/** Words that a text holds. */
export const words = (what: Bilingual): Say => ({
  compare: (_, value) => {
    const all = [value].flat().map(String)
    return { en: `${what.en} "${all.join('" or "')}"`, zh: `${what.zh}“${all.join('”或“')}”` }
  },
  known: (isKnown) => ({
    en: `${what.en} ${isKnown ? 'something' : 'nothing'}`,
    zh: `${what.zh}${isKnown ? '内容' : '无内容'}`,
  }),
})

/** One of a few words. */
export const choice = (what: Bilingual, texts: Readonly<Record<string, Bilingual>>): Say => ({
  compare: (_, value) => {
    const all = [value].flat().map((v) => texts[String(v)] ?? { en: String(v), zh: String(v) })
    return { en: all.map((t) => t.en).join(' or '), zh: all.map((t) => t.zh).join('或') }
  },
  known: (isKnown) => ({
    en: `${what.en} is ${isKnown ? '' : 'not '}known`,
    zh: `${isKnown ? '已知' : '无法得知'}${what.zh}`,
  }),
})

/** `at least 3`, `不低于3`. */
export function compared(op: Comparison, value: string): Bilingual {
  switch (op) {
    case 'gte':
      return { en: `${value} or more`, zh: `不低于${value}` }
    case 'gt':
      return { en: `more than ${value}`, zh: `超过${value}` }
    case 'lte':
      return { en: `${value} or less`, zh: `不高于${value}` }
    case 'lt':
      return { en: `less than ${value}`, zh: `低于${value}` }
    case 'neq':
      return { en: `not ${value}`, zh: `不为${value}` }
    case 'is':
      return { en: value, zh: `为${value}` }
  }
}

/** Whether a log covers the moments. */
export const logged = (en: string, zh: string): Say =>
  flag({ en: `${en} is at hand`, zh: `有${zh}` }, { en: `${en} is missing`, zh: `缺少${zh}` })
