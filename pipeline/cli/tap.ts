import type { Verdict } from '../../schemas/verdict.js'
import { WhytimeoutError } from '../errors.js'
import { eventText, lineText, type ShownEvent, type ShownLine, verdictText } from '../report/tap-text.js'
import { watch } from '../run/remote.js'
import { TAP_KINDS, type TapKind, tapFilter } from '../run/tap-filter.js'
import { ADDRESS_OPTIONS, addressesOf } from './addresses.js'
import { defineCommand, type Io } from './command.js'

export const tapCommand = defineCommand({
  name: 'tap',
  summary: {
    en: 'Watch what passes a running process: masked lines, events or verdicts.',
    zh: '实时观察进程中经过的日志行（已脱敏）、事件或结论。',
  },
  usage: 'lines|events|verdicts [--where FIELD=GLOB]… [--contains TEXT]…',
  options: {
    ...ADDRESS_OPTIONS,
    where: {
      type: 'string',
      multiple: true,
      value: 'FIELD=GLOB',
      about: { en: 'only where the field fits, with * and ?; all must hold', zh: '字段匹配（支持*和？），须全部满足' },
    },
    contains: {
      type: 'string',
      multiple: true,
      value: 'TEXT',
      about: { en: 'only where the text holds this', zh: '文本包含此内容' },
    },
    limit: { type: 'string', value: 'N', about: { en: 'exit after N of them', zh: '显示N条后退出' } },
    seconds: { type: 'string', value: 'S', about: { en: 'exit after S seconds', zh: 'S秒后退出' } },
    json: { type: 'boolean', about: { en: 'as JSON, an object a line', zh: '以JSON输出，每行一个对象' } },
  },
  notes: {
    en: 'Fields: of lines origin, fate, format, text, topic, partition; of events those of docs/reference/fields.md and origin, realm, signal, topic, partition; of verdicts those of the document, such as whytimeout.verdict.cause. Case does not matter. A process that listens for other machines lets nobody tap it without the token of http.token (WHYTIMEOUT_TOKEN or --config). What is too much for the connection, or more than 1000 a second, is left out and counted on standard error.',
    zh: '字段：lines 为 origin、fate、format、text、topic、partition；events 为 fields.md 中的字段及 origin、realm、signal、topic、partition；verdicts 为结论文档字段，如 whytimeout.verdict.cause。不区分大小写。对外监听的进程需令牌（WHYTIMEOUT_TOKEN 或 --config）。超出连接能力或每秒1000条的部分会被略去，并在标准错误中计数。',
  },
  examples: [
    {
      run: "whytimeout tap verdicts --where 'whytimeout.site_id=SHOP-04*' --where whytimeout.verdict.state=final",
      about: { en: 'final verdicts of some sites, as they come', zh: '查看部分门店的最终结论' },
    },
    {
      run: 'whytimeout tap lines --where fate=dead_lettered --limit 20',
      about: { en: 'the next twenty lines that could not be used', zh: '查看接下来20条无法解析的日志' },
    },
    {
      run: 'whytimeout tap events --where event.action=connect-timeout --seconds 60 --json',
      about: { en: 'a minute of connect timeouts, for a script', zh: '一分钟内的连接超时事件，JSON输出' },
    },
  ],
  async run(args, options, io) {
    const kind = TAP_KINDS.find((k) => k === args[0])
    if (!kind || args.length > 1)
      throw new WhytimeoutError('USAGE', `say one of ${TAP_KINDS.join(', ')}`, 'whytimeout tap')
    const filter = tapFilter(kind, options.where, options.contains)
    if ('refused' in filter) throw new WhytimeoutError('USAGE', filter.refused, 'whytimeout tap')
    const limit = whole(options.limit, '--limit')
    const seconds = whole(options.seconds, '--seconds')
    const stop = new AbortController()
    void io.stopAsked().then(() => stop.abort())
    const timer = seconds === undefined ? undefined : setTimeout(() => stop.abort(), seconds * 1_000)
    const addresses = await addressesOf(options, io)
    let seen = 0
    const item = (json: string) => {
      if (limit !== undefined && seen >= limit) return
      seen++
      io.out(options.json ? json : textOf(kind, json, io))
      if (limit !== undefined && seen >= limit) stop.abort()
    }
    const leftOut = (n: number) => io.err(io.lang === 'zh' ? `… 略去 ${n} 条\n` : `… ${n} left out\n`)
    const { where: wheres, contains } = options
    const asked = { what: kind, wheres, contains, limit, signal: stop.signal, item, leftOut }
    const failures: WhytimeoutError[] = []
    await Promise.all(
      addresses.map((address) =>
        watch(address, asked).catch((error: unknown) => {
          if (!(error instanceof WhytimeoutError)) throw error
          failures.push(error)
          // Of several processes not all do the same, and one may be away.
          if (addresses.length > 1) io.err(`${error.place}: ${error.message}\n`)
        }),
      ),
    ).finally(() => {
      clearTimeout(timer)
      stop.abort()
    })
    const [first] = failures
    if (first && failures.length === addresses.length) throw first
    return 0
  },
})

function textOf(kind: TapKind, json: string, io: Io): string {
  const item: unknown = JSON.parse(json)
  if (kind === 'lines') return lineText(item as ShownLine, io)
  return kind === 'events' ? eventText(item as ShownEvent, io) : verdictText(item as Verdict, io)
}

function whole(text: string | undefined, place: string): number | undefined {
  if (text === undefined) return undefined
  if (!/^[1-9]\d{0,6}$/.test(text)) throw new WhytimeoutError('USAGE', `"${text}" is no whole number from 1`, place)
  return Number(text)
}
