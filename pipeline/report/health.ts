import type { Bilingual } from '../../schemas/rule.js'
import type { Cause } from '../../schemas/vocabulary.js'
import type { Level, Outlook, Part } from '../health/outlook.js'
import type { Pack } from '../match/pack.js'
import { bold } from './ansi.js'
import type { Page } from './text.js'
import { cutTo, pad, wrap } from './width.js'
import { CAUSE_NAMES, SCOPE_NAMES } from './words.js'

const LEVELS: Readonly<Record<Level, Bilingual>> = {
  warning: { en: 'about to time out', zh: '即将超时' },
  failing: { en: 'times out already', zh: '已在超时' },
  tight: { en: 'near its limit, steady', zh: '接近限制，平稳' },
  fine: { en: 'fine', zh: '正常' },
}
const PARTS: Readonly<Record<Part, Bilingual>> = {
  connect: { en: 'connecting', zh: '建立连接' },
  response: { en: 'the answer', zh: '应答' },
}
const SPARKS = '▁▂▃▄▅▆▇█'
const MAX_WIDTH = 110

/** Who is about to time out, the most urgent first, and what to do before it happens. */
export function healthText(all: readonly Outlook[], shown: readonly Outlook[], pack: Pack, page: Page): string {
  const zh = page.lang === 'zh'
  if (all.length === 0)
    return zh
      ? '没有足够的数据：每小时至少20次请求才作判断。'
      : 'Not enough to judge: an hour needs at least 20 attempts.'
  const warnings = all.filter((o) => o.level === 'warning').length
  const width = Math.min(page.columns, MAX_WIDTH)
  const head = zh
    ? `${all.length} 个对象，${warnings === 0 ? '没有即将超时的' : `${warnings} 个即将超时`}（截至 ${clock(all)} UTC 的一小时）。`
    : `${warnings === 0 ? 'Nobody is' : `${warnings} of ${all.length} ${warnings === 1 ? 'is' : 'are'}`} about to time out (the hour to ${clock(all)} UTC).`
  const causes = [...new Set(shown.filter((o) => o.level !== 'failing').flatMap((o) => o.cause ?? []))]
  return [
    bold(head, page),
    ...shown.flatMap((o) => ['', ...one(o, page, width)]),
    ...causes.flatMap((c) => ['', ...advice(c, shown, pack, page, width)]),
  ].join('\n')
}

const clock = (all: readonly Outlook[]): string =>
  new Date(Math.max(...all.map((o) => o.hour)) + 3_600_000).toISOString().slice(0, 16).replace('T', ' ')
const secs = (ms: number): string => `${(ms / 1000).toFixed(ms < 10_000 ? 1 : 0)} s`

function one(o: Outlook, page: Page, width: number): string[] {
  const zh = page.lang === 'zh'
  const name = `${SCOPE_NAMES[o.by][page.lang]}${o.by === 'fleet' ? '' : ` ${o.id}`}`
  const seen = o.seenBy === 'gateway' ? (zh ? '，网关所见' : ', by the gateway') : ''
  const first = cutTo(`${pad(LEVELS[o.level][page.lang], zh ? 16 : 24)}${name}${seen}`, width)
  const told = [
    o.part !== undefined && o.p95Ms !== undefined
      ? zh
        ? `${PARTS[o.part].zh}95分位 ${secs(o.p95Ms)}`
        : `95 % of ${PARTS[o.part].en} within ${secs(o.p95Ms)}`
      : '',
    o.usualMs === undefined ? '' : zh ? `平常 ${secs(o.usualMs)}` : `usually ${secs(o.usualMs)}`,
    o.limitMs === undefined ? '' : zh ? `限制 ${secs(o.limitMs)}` : `limit ${secs(o.limitMs)}`,
    o.hoursLeft === undefined || o.level !== 'warning'
      ? ''
      : zh
        ? `按此速度约 ${Math.max(1, Math.round(o.hoursLeft))} 小时后达到`
        : `at this pace there in ${Math.max(1, Math.round(o.hoursLeft))} h`,
    zh ? `${o.attempts} 次请求` : `${o.attempts} attempts`,
    o.timeoutShare === 0
      ? ''
      : zh
        ? `${(o.timeoutShare * 100).toFixed(1)} % 超时`
        : `${(o.timeoutShare * 100).toFixed(1)} % timed out`,
  ].filter((t) => t !== '')
  const line = `${spark(o.recent, o.limitMs)} ${told.join(zh ? '，' : ', ')}`
  return [bold(first, page), ...wrap(line, width - 2).map((l) => `  ${l}`)]
}

/** The last hours as a small drawing, from zero to the limit, or to the most where that is more or no limit is known. */
function spark(values: readonly number[], limit: number | undefined): string {
  const most = Math.max(1, limit ?? 0, ...values)
  return values.map((v) => SPARKS[Math.min(SPARKS.length - 1, Math.floor((v / most) * SPARKS.length))]).join('')
}

function advice(cause: Cause, shown: readonly Outlook[], pack: Pack, page: Page, width: number): string[] {
  const { lang } = page
  const remedies = [...new Set(shown.filter((o) => o.cause === cause).flatMap((o) => o.remedies))]
  const head = lang === 'zh' ? `通常是${CAUSE_NAMES[cause].zh}：` : `Usually ${CAUSE_NAMES[cause].en}:`
  const texts = [
    ...remedies.flatMap((r) => pack.remedies[r]?.text[lang] ?? []),
    pack.causes.get(cause)?.prevention[lang] ?? '',
  ].filter((t) => t !== '')
  return [bold(head, page), ...texts.flatMap((t) => wrap(`- ${t}`, width - 2).map((l) => `  ${l}`))]
}
