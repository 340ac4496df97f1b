import type { Bilingual } from '../../schemas/rule.js'
import type { Lang } from '../../schemas/vocabulary.js'

export type Told = {
  readonly files: number
  readonly lines: number
  readonly leftOut: number
  readonly replaced: Readonly<Record<string, { readonly values: number; readonly times: number }>>
  readonly verdicts: number
  readonly different: readonly string[]
  readonly met: readonly string[]
  readonly toReview: readonly string[]
}

const KINDS: Readonly<Record<string, Bilingual>> = {
  ip4: { en: 'addresses (IPv4)', zh: 'IPv4地址' },
  ip6: { en: 'addresses (IPv6)', zh: 'IPv6地址' },
  mac: { en: 'hardware addresses', zh: '硬件地址' },
  name: { en: 'names of hosts, sites, terminals, services', zh: '主机、门店、终端、服务名称' },
  id: {
    en: 'ids behind their keys (terminal, merchant, STAN, order …)',
    zh: '字段中的编号（终端、商户、流水号、订单等）',
  },
  code: { en: 'UUIDs and long hexadecimal numbers', zh: 'UUID和长十六进制数' },
  part: { en: 'values in URLs', zh: 'URL中的值' },
  user: { en: 'users', zh: '用户' },
  person: { en: 'persons, companies, places', zh: '人名、公司、地点' },
  email: { en: 'e-mail addresses', zh: '电子邮件地址' },
  phone: { en: 'telephone numbers', zh: '电话号码' },
  secret: { en: 'passwords and tokens (starred)', zh: '密码和令牌（以星号代替）' },
}

const CAUTION: Bilingual = {
  en: 'Free text is the limit: a name that no key, address or inventory gives away stays as it is. Look through the logs before you send them.',
  zh: '自由文本是其局限：没有字段、地址或清单指明的名称会原样保留。发送前请通读日志。',
}
const KEPT: Bilingual = {
  en: 'Kept: times, durations, sizes, ports, counters, amounts, models, software and error words, words that say what a machine is for (router, gateway), names reserved for examples, loopback, multicast and masks, and public resolvers such as 8.8.8.8. Addresses stay private or public, and what shared a network still does. Cards are masked.',
  zh: '保留：时间、耗时、大小、端口、计数器、金额、型号、软件与错误用语、表示机器用途的词（router、gateway）、示例专用名称、环回、组播、掩码以及8.8.8.8等公共解析服务器。地址的公私属性和同网关系不变。卡号已掩码。',
}

const counted = (told: Pick<Told, 'replaced'>, lang: Lang): readonly (readonly [string, number, number])[] =>
  Object.entries(told.replaced).map(([kind, { values, times }]) => [KINDS[kind]?.[lang] ?? kind, values, times])

/** The page that goes with an export: what was done, and what to mind. */
export function noticeOf(told: Pick<Told, 'files' | 'lines' | 'leftOut' | 'replaced'>): string {
  const table = (lang: Lang) =>
    counted(told, lang)
      .map(([kind, values, times]) => `| ${kind} | ${values} | ${times} |`)
      .join('\n')
  return `# Anonymised logs of TCP timeouts / TCP超时的匿名日志

${told.lines} lines of ${told.files} logs. \`whytimeout replay .\` gives the verdicts again.

| replaced, consistently | values | times |
| --- | --- | --- |
${table('en')}

${KEPT.en}${told.leftOut > 0 ? ` ${told.leftOut} lines that are no text were left out.` : ''}

**${CAUTION.en}**

${told.files} 个日志，${told.lines} 行。\`whytimeout replay .\` 可重现结论。

| 一致替换 | 不同值 | 次数 |
| --- | --- | --- |
${table('zh')}

${KEPT.zh}${told.leftOut > 0 ? `${told.leftOut} 行非文本内容已略去。` : ''}

**${CAUTION.zh}**
`
}

const SHOWN = 40

/** What the command says at its end. */
export function exportText(told: Told, out: string, lang: Lang): string {
  const width = Math.max(0, ...counted(told, lang).map(([, values]) => String(values).length))
  const say = (en: string, zh: string) => (lang === 'en' ? en : zh)
  const shown = told.toReview.slice(0, SHOWN)
  return [
    say(`${out}: ${told.lines} lines of ${told.files} logs`, `${out}：${told.files} 个日志，${told.lines} 行`),
    '',
    ...counted(told, lang).map(([kind, values, times]) =>
      say(
        `  ${String(values).padStart(width)} ${kind}, in ${times} places`,
        `  ${String(values).padStart(width)} ${kind}，共 ${times} 处`,
      ),
    ),
    ...(told.leftOut > 0
      ? [say(`  ${told.leftOut} lines that are no text, left out`, `  略去 ${told.leftOut} 行非文本内容`)]
      : []),
    '',
    told.different.length === 0
      ? say(
          `Replayed: the same ${told.verdicts === 1 ? 'verdict' : `${told.verdicts} verdicts`}, with the same cause, mechanism, phase, scope and confidence.`,
          `已重放验证：${told.verdicts} 个结论的原因、机制、阶段、范围、置信度均一致。`,
        )
      : say(
          `Replayed: ${told.different.length} of ${told.verdicts} verdicts come out otherwise: ${told.different.slice(0, 3).join(', ')}`,
          `已重放验证：${told.verdicts} 个结论中有 ${told.different.length} 个不一致：${told.different.slice(0, 3).join('、')}`,
        ),
    told.met.length === 0
      ? say('No replaced value is left in it.', '被替换的值均未残留。')
      : say(
          `${told.met.length} values had to be given to others of the same shape, and so still occur: ${told.met.slice(0, 5).join(', ')}`,
          `有 ${told.met.length} 个值因同形值用尽而仍会出现：${told.met.slice(0, 5).join('、')}`,
        ),
    ...(shown.length > 0
      ? [
          '',
          say('Words that stayed and may be names:', '原样保留、可能是名称的词：'),
          `  ${shown.join(' ')}${told.toReview.length > SHOWN ? ' …' : ''}`,
        ]
      : []),
    '',
    CAUTION[lang],
  ].join('\n')
}
