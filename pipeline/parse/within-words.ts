import { type Gated, gated } from './gate.js'
import { SPAN } from './span.js'

const LETTERS = String.raw`A-Za-z\u00C0-\u024F\u0370-\u03FF\u0400-\u04FF\u1EA0-\u1EF9`

/**
 * That something did not come about within a length of time, by the grammar of a language: its negation, what stands before the length and what
 * stands behind it. English has forms of its own, see given-up.ts.
 */
type Grammar = { readonly not: string; readonly before?: string; readonly behind?: string }

const GRAMMARS: readonly Grammar[] = [
  // German, Dutch, the languages of Scandinavia, Finnish, Estonian.
  { not: 'nicht|keine?[nrsm]?', before: 'innerhalb (?:von )?|binnen |in |nach |innert ' },
  { not: 'niet|geen', before: 'binnen |na |in ' },
  { not: 'inte|inget|ingen', before: 'inom |på |efter ' },
  { not: 'ikke|intet|ingen', before: 'innen |inden (?:for )?|på |i løbet af |etter |efter ' },
  { not: 'ei|eivät', behind: '(?:n aikana|ssa|n sisällä|n kuluessa|n jälkeen)' },
  // French, Spanish, Portuguese, Italian, Romanian.
  { not: 'pas|aucune?|jamais', before: 'en |dans (?:les |le délai de )?|sous |après |au bout de ' },
  { not: 'no|ninguna?|nada|nunca', before: 'en (?:menos de )?|tras |dentro de |al cabo de |despu[eé]s de ' },
  { not: 'n[ãa]o|nenhuma?|nada', before: 'em |dentro de |ap[oó]s |no prazo de ' },
  { not: 'non|nessuna?|nulla', before: 'entro |in |dopo ' },
  { not: 'nu|niciun|nicio', before: '[iî]n (?:decurs de )?|dup[ăa] ' },
  // Polish; Czech and Slovak, which write the negation onto the verb; Croatian, Serbian, Slovenian; Hungarian.
  { not: String.raw`nie|brak|[żz]adn\S{1,3}`, before: 'w (?:ci[ąa]gu )?|przez |po |do ' },
  {
    not: String.raw`n[ei][${LETTERS}]{3,18}(?:l[aoiy]?|[nt][aoáéýy])|[žz][áa]dn\S{1,3}`,
    before: 'do |b[ěe]hem |za |po |v pr[ůu]b[ěe]hu |v priebehu ',
  },
  { not: 'nije|nisu|nema|ni|nisi', before: 'u roku od |unutar |za |nakon |posle |po |v ' },
  { not: 'nem|nincs|sem', behind: '(?:-[oae]n)? (?:alatt|bel[üu]l|ut[áa]n)', before: 'az? ' },
  // Turkish negates within the verb. Source: any grammar; -me/-ma and its forms at the end of a predicate.
  {
    not: `yok|[${LETTERS}]{2,16}(?:m[ıiuüýae]yor|[ae]?m[ae]d[ıiý]|[ıiuüý]l?[ae]mad[ıiý]|m[ae]mi[şsþ])(?:lar|ler)?`,
    behind: ' (?:i[çcÃ].{0,1}inde|sonra|boyunca|s[üu]resince)',
  },
  // Russian, Ukrainian, Bulgarian; Greek.
  {
    not: 'не|нет|нема|немає|няма',
    before: 'за |в течение |через |спустя |після |протягом |в рамките на |след |в продължение на ',
  },
  { not: 'δεν|καμία|κανένα', before: 'σε |εντός |μετά από |μέσα σε ' },
  // Vietnamese, Indonesian and Malay, Thai.
  { not: 'kh[ôo]ng|ch[ưu]a', before: 'trong (?:v[òo]ng )?|sau ' },
  { not: 'tidak|belum|tiada', before: 'dalam (?:waktu |masa )?|selama |setelah |selepas ' },
  { not: 'ไม่', before: 'ภายใน ?|ใน ?|หลัง ?' },
]

/** What may be missing without harm. */
const HARMLESS = '(?! .{0,16}(?:err|fehler|alarm|änder|chang|erreur|cambio|błęd|chyb|hata|ошиб|problem))'
const letters = (words: string) => String.raw`(?<![${LETTERS}\d])(?:${words})(?![${LETTERS}-])`

const sentence = ({ not, before, behind }: Grammar): RegExp => {
  const no = `${letters(not)}${HARMLESS}`
  const ways = [
    ...(before === undefined
      ? []
      : [
          `${no}.{1,120}?(?<![${LETTERS}])(?:${before})(?:~ ?)?${SPAN}`,
          `(?<![${LETTERS}])(?:${before})${SPAN}.{1,80}?${no}`,
        ]),
    ...(behind === undefined ? [] : [`${SPAN}${behind}.{1,80}?${no}`, `${no}.{1,80}?${SPAN}${behind}`]),
  ]
  return new RegExp(ways.join('|'), 'i')
}

const NOT_WITHIN: readonly Gated[] = GRAMMARS.map((g) => gated(sentence(g)))

/** @returns where a sentence of another language than English says that something did not come about in time; undefined where it does not */
export function notWithinAt(line: string): number | undefined {
  for (const g of NOT_WITHIN) {
    const m = g.exec(line)
    if (m) return m.index
  }
  return undefined
}
