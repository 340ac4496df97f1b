import type { Bilingual, Mechanism } from '../../schemas/rule.js'
import { CAUSES, type Cause, type Lang, REMEDIES } from '../../schemas/vocabulary.js'
import type { CompiledMechanism, Pack } from '../match/pack.js'
import { inWords } from './signal-words.js'
import { CAUSE_NAMES, LOG_NAMES, PHASE_NAMES } from './words.js'

/** Bits from which a signal alone nearly decides, and from which it weighs heavily: 2^8 and 2^4 to one. */
const DECISIVE_BITS = 8
const STRONG_BITS = 4

const WORDS = {
  other: { en: '[中文]', zh: '[English]' },
  all: { en: 'All causes', zh: '全部原因' },
  generated: {
    en: 'Generated from `rules/` by `npm run generate`; do not edit.',
    zh: '由 `npm run generate` 根据 `rules/` 生成，请勿手工修改。',
  },
  overview: { en: 'In short', zh: '概览' },
  mechanisms: { en: 'How it makes a time-out', zh: '如何造成超时' },
  stops: { en: 'Where it stops', zh: '出现阶段' },
  decisive: { en: 'Nearly decides', zh: '几乎可定论' },
  strong: { en: 'Weighs heavily', zh: '有力证据' },
  supports: { en: 'Fits', zh: '辅助证据' },
  against: { en: 'Speaks against it', zh: '反面证据' },
  needs: { en: 'Logs that show it', zh: '所需日志' },
  confirm: { en: 'How to confirm it', zh: '确认方法' },
  next: { en: 'What to do', zh: '处理方法' },
  blind: { en: 'What logs may hide', zh: '盲区' },
  mistaken: { en: 'What may look like it', zh: '易混淆情形' },
  remedies: { en: 'Remedies', zh: '解决方法' },
  caution: { en: 'Caution', zh: '注意' },
  prevention: { en: 'Prevention', zh: '预防' },
  references: { en: 'What this rests on', zh: '依据' },
} as const satisfies Record<string, Bilingual>

/** `docs/causes/`: a page for each cause and an index, each in both languages, by path below that folder. Pure. */
export function causePages(pack: Pack): ReadonlyMap<string, string> {
  const pages = new Map<string, string>()
  for (const lang of ['en', 'zh'] as const) {
    pages.set(fileOf('README', lang), indexPage(pack, lang))
    for (const cause of pack.causes.keys()) pages.set(fileOf(cause, lang), causePage(pack, cause, lang))
  }
  return pages
}

const fileOf = (name: string, lang: Lang): string => (lang === 'en' ? `${name}.md` : `${name}.zh.md`)
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const mechanismsOf = (pack: Pack, cause: Cause): readonly CompiledMechanism[] =>
  pack.mechanisms.filter((m) => m.cause === cause && m.source.status !== 'deprecated')
/** Anchors are written out, so that links hold in both languages and on any host. */
const heading = (m: Mechanism, lang: Lang): string => `<a id="${m.id}"></a>\n\n### ${m.name[lang]}`

function causePage(pack: Pack, cause: Cause, lang: Lang): string {
  const say = (key: keyof typeof WORDS): string => WORDS[key][lang]
  const file = pack.causes.get(cause)
  if (!file) return ''
  const other = lang === 'en' ? 'zh' : 'en'
  const mechanisms = mechanismsOf(pack, cause)
  const described = new Map(pack.conditions.flatMap((c) => (c.description ? [[c.id, c.description] as const] : [])))
  const sections = [
    `# ${file.name[lang]}`,
    `${say('other')}(${fileOf(cause, other)}) · [${say('all')}](${fileOf('README', lang)})`,
    file.summary[lang],
    `## ${say('overview')}`,
    mechanisms.map(({ source: m }) => `- [${m.name[lang]}](#${m.id}): ${m.summary[lang]}`).join('\n'),
    `## ${say('mechanisms')}`,
    ...mechanisms.flatMap(({ source: m }) => mechanismSection(m, lang, (id) => described.get(id))),
    `## ${say('remedies')}`,
    remedyList(pack, mechanisms, lang),
    `## ${say('prevention')}`,
    file.prevention[lang],
    `## ${say('references')}`,
    [...new Set(mechanisms.flatMap((m) => m.source.references))].map((r) => `- ${r}`).join('\n'),
    `<sub>${say('generated')}</sub>`,
  ]
  return `${sections.join('\n\n')}\n`
}

function mechanismSection(m: Mechanism, lang: Lang, shared: (id: string) => Bilingual | undefined): string[] {
  const say = (key: keyof typeof WORDS): string => WORDS[key][lang]
  const between = (from: number, below: number): string[] =>
    inWords(
      Object.values(m.signals).filter((s) => s.bits >= from && s.bits < below),
      shared,
    ).map((w) => w[lang])
  const list = (key: keyof typeof WORDS, items: readonly string[]): string[] =>
    items.length === 0 ? [] : [`**${say(key)}**\n\n${items.map((t) => `- ${t}`).join('\n')}`]
  const phases = m.phases.map((p) => PHASE_NAMES[p][lang]).join(lang === 'en' ? ', ' : '、')
  const logs = m.needs.map((n) => LOG_NAMES[n]?.[lang] ?? n).join(lang === 'en' ? ', ' : '、')
  const end = lang === 'en' ? '.' : '。'
  const colon = lang === 'en' ? ': ' : ':'
  return [
    heading(m, lang),
    m.summary[lang],
    `**${say('stops')}**${colon}${phases}${end}`,
    ...list('decisive', between(DECISIVE_BITS, Number.POSITIVE_INFINITY)),
    ...list('strong', between(STRONG_BITS, DECISIVE_BITS)),
    ...list('supports', between(Number.MIN_VALUE, STRONG_BITS)),
    ...list('against', between(Number.NEGATIVE_INFINITY, 0)),
    ...(logs === '' ? [] : [`**${say('needs')}**${colon}${logs}${end}`]),
    `**${say('confirm')}**${colon}${m.confirm[lang]}`,
    `**${say('next')}**${colon}${m.next_step[lang]}`,
    ...list('blind', textsIn(m.blind_spots, lang)),
    ...list('mistaken', textsIn(m.false_positives, lang)),
  ]
}

/** Texts that are there in this language; a bare text is English. */
const textsIn = (texts: Mechanism['blind_spots'], lang: Lang): string[] =>
  texts.flatMap((t) => (typeof t === 'string' ? (lang === 'en' ? [t] : []) : [t[lang]]))

function remedyList(pack: Pack, mechanisms: readonly CompiledMechanism[], lang: Lang): string {
  const used = new Set(mechanisms.flatMap((m) => m.source.remedies))
  return REMEDIES.filter((r) => used.has(r))
    .flatMap((r) => {
      const remedy = pack.remedies[r]
      if (!remedy) return []
      const caution = remedy.caution
        ? `\n  **${WORDS.caution[lang]}**${lang === 'en' ? ': ' : ':'}${remedy.caution[lang]}`
        : ''
      return [`- ${remedy.text[lang]}${caution}`]
    })
    .join('\n')
}

const INDEX = {
  title: { en: 'Why payments time out', zh: '支付交易超时的原因' },
  lead: {
    en: 'A time-out only says that a limit ran out while something was awaited. These are the ten causes, the ways in which each of them makes a time-out, how the logs show it, how to make sure, and what to do.',
    zh: '“超时”只说明在限定时间内没有等到结果。下面是十类原因：各自如何造成超时、在日志中如何体现、如何确认以及如何处理。',
  },
  unknown: {
    en: 'Where the logs at hand do not decide, the verdict is `unknown`, with the logs that would tell more. That is an answer, too: nobody is sent to change a firewall on a guess.',
    zh: '若现有日志不足以判定，结论为“未知”，并列出有助于判定的日志——这也是一种回答：不会凭猜测让人去改防火墙。',
  },
  reading: {
    en: '"Nearly decides", "weighs heavily" and "fits" say how much a sign adds to the odds: 256 to one or more, 16 to one or more, less. Signs against it take odds away in the same way. No sign counts without the line that shows it.',
    zh: '“几乎可定论”“有力证据”“辅助证据”表示该迹象对可能性的提升：256倍以上、16倍以上、更低；反面证据则相应降低。任何迹象都以日志行为据。',
  },
} as const satisfies Record<string, Bilingual>

function indexPage(pack: Pack, lang: Lang): string {
  const other = lang === 'en' ? 'zh' : 'en'
  const rows = CAUSES.flatMap((id) => {
    const cause = pack.causes.get(id)
    if (!cause) return []
    const file = fileOf(id, lang)
    const mechanisms = mechanismsOf(pack, id).map(({ source: m }) => `[${m.name[lang]}](${file}#${m.id})`)
    return [
      `## [${capital(cause.name[lang])}](${file})`,
      cause.summary[lang],
      mechanisms.map((m) => `- ${m}`).join('\n'),
    ]
  })
  return `${[
    `# ${INDEX.title[lang]}`,
    `${WORDS.other[lang]}(${fileOf('README', other)})`,
    INDEX.lead[lang],
    INDEX.reading[lang],
    ...rows,
    `## ${capital(CAUSE_NAMES.unknown[lang])}`,
    INDEX.unknown[lang],
    `<sub>${WORDS.generated[lang]}</sub>`,
  ].join('\n\n')}\n`
}
