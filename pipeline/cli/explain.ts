import type { LogEvent } from '../../schemas/event.js'
import { WhytimeoutError } from '../errors.js'
import { NO_ENRICHMENT } from '../parse/enrich.js'
import { FORMATS } from '../parse/formats/index.js'
import { parseRecord } from '../parse/record.js'
import { lineText, verdictText } from '../report/explain.js'
import { readVerdict } from '../run/results.js'
import { loadPack } from '../run/rules.js'
import { defineCommand, type Io } from './command.js'

export const explainCommand = defineCommand({
  name: 'explain',
  summary: {
    en: 'Show the whole reasoning behind a verdict, or what a line means to the rules.',
    zh: '展示某个结论的完整推理，或某行日志对规则的意义。',
  },
  usage: '<verdict id> [--out DIR] | --line TEXT [--format ID]',
  options: {
    out: {
      type: 'string',
      value: 'DIR',
      default: 'whytimeout-out',
      about: { en: 'folder of the replay', zh: 'replay的结果目录' },
    },
    line: {
      type: 'string',
      value: 'TEXT',
      about: { en: 'explain a raw line (or a record with \\n in it)', zh: '解释一行原始日志（可含\\n）' },
    },
    format: { type: 'string', value: 'ID', about: { en: 'read the line as this format', zh: '按指定格式读取该行' } },
    rules: {
      type: 'string',
      value: 'DIR',
      about: { en: 'other rules than the built-in ones', zh: '使用其他规则目录' },
    },
    json: { type: 'boolean', about: { en: 'as JSON', zh: '以JSON输出' } },
  },
  examples: [
    {
      run: 'whytimeout explain mwu --out whytimeout-out',
      about: { en: 'the first letters of an id are enough if only one fits', zh: '编号前缀唯一即可' },
    },
    {
      run: "whytimeout explain --line 'Nov 23 14:51:18 gw1 haproxy[1]: 192.0.2.7:5301 [23/Nov/2026:14:51:14.185] fe be/s1 2004/-1/4004 0 sC 6/3/2/2/1 0/0'",
      about: { en: 'a line: its format, its event, its signals, their bits', zh: '解释一行：格式、事件、信号及其权重' },
    },
  ],
  async run(ids, options, io) {
    const pack = await loadPack(options.rules)
    if (options.line !== undefined) return explainLine(options.line.replaceAll('\\n', '\n'), options, pack, io)
    const id = ids[0]
    if (id === undefined) throw new WhytimeoutError('USAGE', 'give a verdict id or --line', 'whytimeout explain')
    const { verdict, events, places } = await readVerdict(options.out, id)
    io.out(options.json ? JSON.stringify(verdict, null, 2) : verdictText({ verdict, events, places, pack }, io))
    return 0
  },
})

function explainLine(
  line: string,
  options: { readonly format: string | undefined; readonly json: boolean },
  pack: Awaited<ReturnType<typeof loadPack>>,
  io: Io,
): number {
  const forced = options.format === undefined ? undefined : FORMATS.find((f) => f.id === options.format)
  if (options.format !== undefined && !forced)
    throw new WhytimeoutError('FORMAT_UNKNOWN', `no format "${options.format}"`, '--format')
  const raw = Buffer.from(line, 'utf8').toString('latin1')
  const outcome = parseRecord(raw, {
    formats: FORMATS,
    format: forced,
    host: undefined,
    logName: 'line',
    entryFor: () => ({}),
    enrichment: NO_ENRICHMENT,
    shownValues: new Set(),
    receivedAtMs: io.now(),
  })
  if (outcome.kind === 'dead') {
    const { bytes: _, hidden: __, ...told } = outcome
    io.out(options.json ? JSON.stringify(told, null, 2) : `${outcome.code}: ${outcome.detail}`)
    return 3
  }
  const read = outcome.events.map((e) => ({ event: e.event as LogEvent, signals: pack.signalsOf(e.event) }))
  io.out(
    options.json
      ? JSON.stringify({ format: outcome.format, events: read }, null, 2)
      : lineText(outcome.format, read, pack, io),
  )
  return 0
}
