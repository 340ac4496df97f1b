import { gated } from '../parse/gate.js'

/** Characters of a message that are read, and tokens that are kept: a line of any length costs no more. */
const MAX_CHARS = 600
const MAX_TOKENS = 64

/** Words that say that something went wrong, in a program's or a kernel's way of putting it. */
const FAILURE = gated(
  /fail|error|timed? ?out|unable|cannot|can't|could not|denied|refused|reject|exceed|exhaust|overflow|unreachable|lost|broken|corrupt|invalid|abort|kill|panic|fatal|stuck|stall|hung|full|too many|no space|no route|no carrier|not respond|unavailable|down|drop|reset|失败|超时|错误|异常|断开|丢失|丢弃|拒绝|不足|耗尽|已满|故障|无法|中断|过载|不可达|掉线|重启/i,
)
const WORD = /[a-z]+(?:[a-z]|'t)|[\u3400-\u9fff]+/g
/** What differs from line to line and place to place: addresses, numbers, hashes, paths, names with dots. */
const CHANGING =
  /\b[0-9a-f]{8,}\b|\b(?:\d{1,3}\.){3}\d{1,3}\b|[/\\][\w./\\-]+|(?<![\w-])[\w-]+(?:\.[\w-]+)+|\b\w*\d[\w.:-]*/g

/** Whether a message has words of failure. */
export const tellsFailure = (message: string): boolean => FAILURE.test(message.slice(0, MAX_CHARS))

/**
 * The distinct words of a message, Chinese as pairs of characters: what the classifier counts. Prefixed, as names such as `constructor`
 * mean something else to a plain object, in which natural keeps them. Linear in the length read.
 */
export function tokensOf(message: string): string[] {
  const text = message.slice(0, MAX_CHARS).toLowerCase().replace(CHANGING, ' ')
  const tokens = new Set<string>()
  for (const [word] of text.matchAll(WORD)) {
    if (tokens.size >= MAX_TOKENS) break
    if (word.charCodeAt(0) < 128) tokens.add(`t:${word}`)
    else for (let i = 0; i + 1 < word.length && tokens.size < MAX_TOKENS; i++) tokens.add(`t:${word.slice(i, i + 2)}`)
  }
  return [...tokens]
}
