import type { Lang } from '../../schemas/vocabulary.js'

/** Why a record could not be read, for people, by the code of its dead letter; and what helps. */
const WHY: Readonly<Record<string, Readonly<Record<Lang, string>>>> = {
  PARSE_NO_TIME: { en: 'without a time', zh: '没有时间' },
  PARSE_BAD_TIME: {
    en: "with a time before 2000 or more than a day ahead of this machine's clock",
    zh: '时间早于2000年，或比本机时钟超前一天以上',
  },
  PARSE_BINARY: { en: 'not text', zh: '不是文本' },
  PARSE_TOO_LONG: { en: 'longer than the limit', zh: '超过长度上限' },
  PARSE_BAD_FIELD: { en: 'with a field out of bounds', zh: '字段超出范围' },
  EVENT_UNREADABLE: { en: 'no event of this program', zh: '不是本程序的事件' },
}

/** Why, in both languages; the code itself where nobody has put it in words. */
export const whyUnread = (code: string): Readonly<Record<Lang, string>> => WHY[code] ?? { en: code, zh: code }

/** One row of a summary, most first; none where everything was read. */
export function unreadRows(unread: Readonly<Record<string, number>>, lang: Lang): string[] {
  const parts = Object.entries(unread).map(([code, n]) => `${n} ${whyUnread(code)[lang]}`)
  if (parts.length === 0) return []
  return [
    lang === 'zh'
      ? `无法解析：${parts.join('；')}（见 dead-letters.ndjson）`
      : `Not read: ${parts.join('; ')} (dead-letters.ndjson)`,
  ]
}
