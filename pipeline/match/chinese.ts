/**
 * Chinese as it is printed: the marks of a Chinese sentence are full-width (GB/T 15834), those of code, numbers and other languages are not.
 * A mark belongs to the sentence where it touches a Chinese character or another full-width mark.
 */
const HAN = '\\u3400-\\u9fff'
const WIDE = '，。；：？！、（）《》「」'
const TOUCHES = `[${HAN}${WIDE}]`
const FULL: Readonly<Record<string, string>> = { ',': '，', ';': '；', ':': '：', '?': '？', '!': '！' }

/** After Chinese; `?:` and the like are no marks, nor is one that ends in code (`门店:*`). */
const AFTER = new RegExp(`(?<=${TOUCHES})([,;:?!])(?![:*/\\\\?!=])[ \\t]*(?!$|\\n)|(?<=${TOUCHES})([,;:?!])$`, 'gmu')
/** Between something else and Chinese. A colon with a space is a key of YAML, `(?:` is a pattern. */
const BEFORE = new RegExp(
  `(?<=[^\\s'"(\\[{?*|,;:\\\\])(?:([,;?!])[ \\t]?|(:))(?=[${HAN}（《「“])|(?<=['"])([,;])(?=[${HAN}])`,
  'gmu',
)
const END = new RegExp(`(?<=[${HAN}）])\\.(?=\\s|$|['"\`])`, 'gmu')
const IS_WIDE = new RegExp(TOUCHES, 'u')
const IS_HAN = new RegExp(`[${HAN}]`, 'u')

/** The same text with the marks of its Chinese full-width. Twice is the same as once. */
export function fullWidth(text: string): string {
  if (!IS_HAN.test(text)) return text
  return text
    .split('\n')
    .map((line) => (IS_HAN.test(line) ? marks(brackets(line)) : line))
    .join('\n')
}

const marks = (line: string): string =>
  line
    .replace(AFTER, (_, inside?: string, last?: string) => FULL[inside ?? last ?? ''] ?? '')
    .replace(
      BEFORE,
      (_, spaced?: string, colon?: string, quoted?: string) => FULL[spaced ?? colon ?? quoted ?? ''] ?? '',
    )
    .replace(END, '。')

/** Pairs that touch Chinese at one of their four sides, without the spaces around them. */
function brackets(line: string): string {
  const chars = [...line]
  const open: number[] = []
  const gone = new Set<number>()
  const isWide = (i: number): boolean => IS_WIDE.test(chars[i] ?? '')
  chars.forEach((c, i) => {
    if (c === '(') open.push(i)
    if (c !== ')') return
    const from = open.pop()
    if (from === undefined) return
    const before = chars[from - 1] === ' ' ? from - 2 : from - 1
    // Alternatives and groups of a pattern.
    if (chars.slice(from, i).includes('|') || (chars[from + 1] === '?' && /[:=!<]/.test(chars[from + 2] ?? ''))) return
    if (!(isWide(before) || isWide(from + 1) || isWide(i - 1) || isWide(i + 1))) return
    chars[from] = '（'
    chars[i] = '）'
    if (before === from - 2) gone.add(from - 1)
    if (chars[i + 1] === ' ' && isWide(i + 2)) gone.add(i + 1)
  })
  return chars.filter((_, i) => !gone.has(i)).join('')
}
