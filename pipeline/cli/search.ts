import type { Condition } from '../../schemas/conditions.js'
import { type SavedSearch, SEARCHES } from '../../schemas/searches.js'
import type { Verdict } from '../../schemas/verdict.js'
import { WhytimeoutError } from '../errors.js'
import { closest } from '../match/closest.js'
import { verdictText } from '../report/explain.js'
import { foundTable, searchList, valueAt } from '../report/search.js'
import { type AnyConfig, pathIn, readConfig } from '../run/config.js'
import { loadPack } from '../run/rules.js'
import { type Found, MAX_FOUND, search, searchIds } from '../run/search.js'
import type { Client } from '../sinks/elasticsearch-client.js'
import { clusterClient } from './cluster-option.js'
import { defineCommand, type Io } from './command.js'
import { numberOption } from './number-option.js'
import { filterConditions, sortOption } from './search-filters.js'
import { timeOption } from './time-option.js'

const NEWEST = [{ field: '@timestamp', order: 'desc' }] as const
const VERDICT_COLUMNS = [
  ...['whytimeout.terminal_id', 'whytimeout.site_id', 'whytimeout.episode.phase', 'whytimeout.verdict.cause'],
  ...['whytimeout.verdict.mechanism', 'whytimeout.verdict.confidence'],
]
const LINE_COLUMNS = ['whytimeout.terminal_id', 'whytimeout.origin', 'event.action', 'message']
/** What is asked where no name is given. */
const PLAIN = { verdicts: VERDICT_COLUMNS, events: LINE_COLUMNS } as const

const many = (value: string, en: string, zh: string) =>
  ({ type: 'string', multiple: true, value, about: { en, zh } }) as const

export const searchCommand = defineCommand({
  name: 'search',
  summary: {
    en: 'Search what is stored in Elasticsearch: verdicts, the lines behind them, incidents.',
    zh: '检索Elasticsearch中的结论、依据的日志行和事故。',
  },
  usage: '[NAME [VALUE…]] [filters] --config F.yml | --verdict ID | --event ID | --list',
  options: {
    config: {
      type: 'string',
      value: 'F.yml',
      about: { en: 'configuration that names the cluster', zh: '指定集群的配置文件' },
    },
    elasticsearch: { type: 'string', value: 'URL', about: { en: 'address of the cluster', zh: '集群地址' } },
    list: { type: 'boolean', about: { en: 'list the named searches', zh: '列出全部命名检索' } },
    verdict: {
      type: 'string',
      value: 'ID',
      about: {
        en: 'everything behind this verdict, with its lines; the begin of an id is enough',
        zh: '该结论的完整推理及日志行；编号前缀即可',
      },
    },
    event: {
      type: 'string',
      value: 'ID',
      about: { en: 'a line, and the verdicts that cite it', zh: '某日志行及引用它的结论' },
    },
    cause: many('C', 'cause, such as dns_resolution', '原因，如 dns_resolution'),
    mechanism: many('M', 'mechanism', '机制'),
    site: many('S', 'site', '门店'),
    terminal: many('T', 'terminal', '终端'),
    isp: many('P', 'access provider', '运营商'),
    gateway: many('G', 'gateway', '网关'),
    endpoint: many(
      'HOST[:PORT]',
      'address, network (203.0.113.0/24) or name that was called',
      '目标地址、网段（203.0.113.0/24）或域名',
    ),
    phase: many(
      'P',
      'where it stopped: dns, connect, tls, response, idle',
      '停止阶段：dns、connect、tls、response、idle',
    ),
    state: many(
      'S',
      'final or provisional; of incidents open or closed',
      'final 或 provisional；事故为 open 或 closed',
    ),
    text: {
      type: 'string',
      value: 'WORDS',
      about: {
        en: 'words, one after the other, in a line; of verdicts, in one that they cite',
        zh: '日志中的连续词语；检索结论时为其引用的日志',
      },
    },
    lines: { type: 'boolean', about: { en: 'lines in place of verdicts', zh: '检索日志行而非结论' } },
    since: {
      type: 'string',
      value: 'T',
      about: {
        en: 'from this time: 2h (ago), 7d, 2026-11-20T14:00+08:00; all',
        zh: '起始时间：2h（2小时前）、7d、2026-11-20T14:00+08:00；all为全部',
      },
    },
    until: { type: 'string', value: 'T', about: { en: 'before this time', zh: '截止时间' } },
    limit: {
      type: 'string',
      value: 'N',
      default: '20',
      about: { en: 'so many at most, up to 10000', zh: '最多条数，上限10000' },
    },
    sort: {
      type: 'string',
      value: 'FIELD[:asc]',
      about: {
        en: 'time, confidence, margin, duration, lines or a field; descending',
        zh: 'time、confidence、margin、duration、lines或字段名；默认降序',
      },
    },
    json: {
      type: 'boolean',
      about: { en: 'the documents as they are stored, one a line', zh: '按存储原样输出，每行一个JSON文档' },
    },
  },
  notes: {
    en: 'Options that are given more than once are alternatives; different ones must all hold. A name is one of the saved searches that Kibana has too: it brings its own filters, columns, order and time, and options narrow it or take the place of its order and time. Without a name all times are searched. VALUE fills in what a search asks for, such as a terminal.',
    zh: '同一选项重复给出表示任一，不同选项须同时满足。NAME与Kibana中的已存检索相同，自带条件、列、排序和时间范围；其他选项可进一步限定，或替换其排序和时间。不给名称时检索全部时间。VALUE填入该检索所需的值，如终端号。',
  },
  examples: [
    {
      run: 'whytimeout search --cause dns_resolution --site 0412 --since 2h --config whytimeout.yml',
      about: { en: "one site's DNS timeouts of the last two hours", zh: '某门店最近两小时的DNS超时' },
    },
    {
      run: 'whytimeout search close-calls --since 7d --config whytimeout.yml',
      about: { en: 'a named search, over a week', zh: '命名检索，范围一周' },
    },
    {
      run: 'whytimeout search terminal-story T041201 --since all --config whytimeout.yml',
      about: { en: 'what happened at a terminal', zh: '某终端的经过' },
    },
    {
      run: 'whytimeout search --lines --text 连接超时 --json --config whytimeout.yml',
      about: { en: 'lines with these words, for a script', zh: '含此短语的日志行，供脚本使用' },
    },
    {
      run: 'whytimeout search --verdict mmenin7i --config whytimeout.yml',
      about: { en: 'why, and the lines that say so', zh: '原因及依据' },
    },
  ],
  async run(args, options, io) {
    if (options.list) {
      io.out(options.json ? SEARCHES.map((s) => JSON.stringify(s)).join('\n') : searchList(SEARCHES, io))
      return 0
    }
    const saved = args[0] === undefined ? undefined : savedOf(args[0])
    const { verdict, event, text } = options
    if (verdict !== undefined && event !== undefined)
      throw new WhytimeoutError('USAGE', 'give either --verdict or --event', '--event')
    if (options.lines && saved !== undefined)
      throw new WhytimeoutError('USAGE', `${saved.id} has its own kind of document`, '--lines')
    if ((verdict ?? event) !== undefined && saved !== undefined)
      throw new WhytimeoutError('USAGE', 'a name and an id do not go together', 'whytimeout search')
    const kind = saved?.kind ?? (options.lines ? 'events' : 'verdicts')
    const conditions: Condition[] = [
      ...(saved?.conditions ?? []),
      ...asksFor(saved, args.slice(1)),
      ...filterConditions(options, kind),
      ...(text !== undefined && (kind === 'events' || kind === 'dead-letters')
        ? [{ field: 'message', op: 'phrase', value: text } as const]
        : []),
    ]
    if (text !== undefined && kind === 'incidents')
      throw new WhytimeoutError('USAGE', 'incidents have no text', '--text')
    const now = io.now()
    const asked = options.since ?? saved?.since
    const since = asked === 'all' ? undefined : timeOption(asked, '--since', now)
    const until = timeOption(options.until, '--until', now)
    if (since !== undefined && until !== undefined && since >= until)
      throw new WhytimeoutError('USAGE', 'the time is over when it begins: --since must lie before --until', '--since')
    const sort = options.sort === undefined ? (saved?.sort ?? NEWEST) : [sortOption(options.sort)]
    const limit = numberOption(options.limit, '--limit', MAX_FOUND)
    const config = options.config === undefined ? undefined : await readConfig(options.config, io.env)
    const client = await clusterClient(options.elasticsearch, config, 'whytimeout search')
    try {
      if (verdict !== undefined) return await showVerdict(client, verdict, config, options.json, io)
      if (event !== undefined) return await showEvent(client, event, options.json, io)
      const citing = text !== undefined && kind === 'verdicts' ? [await citingText(client, text, io)] : []
      const answer = await search(client, { kind, conditions: [...conditions, ...citing], since, until, sort, limit })
      const columns = saved?.columns ?? PLAIN[options.lines ? 'events' : 'verdicts']
      if (answer.found.length > 0) io.out(options.json ? ndjson(answer.found) : foundTable(answer.found, columns, io))
      io.err(`${countText(answer, options.since === undefined ? saved?.since : undefined, io)}\n`)
      return 0
    } finally {
      await client.close()
    }
  },
})

function savedOf(name: string): SavedSearch {
  const saved = SEARCHES.find((s) => s.id === name)
  if (saved) return saved
  const near = closest(
    name,
    SEARCHES.map((s) => s.id),
  )
  throw new WhytimeoutError(
    'USAGE',
    `no search "${name}"; ${near === undefined ? '--list shows them' : `did you mean "${near}"?`}`,
    'whytimeout search',
  )
}

function asksFor(saved: SavedSearch | undefined, values: readonly string[]): readonly Condition[] {
  if (values.length === 0) return []
  if (saved?.asks === undefined)
    throw new WhytimeoutError('USAGE', `unexpected "${values[0]}"`, `whytimeout search ${saved?.id ?? ''}`.trim())
  return [{ field: saved.asks, op: 'is', value: values }]
}

/** Verdicts that cite a line with these words. */
async function citingText(client: Client, text: string, io: Io): Promise<Condition> {
  const { found, total } = await search(client, {
    ...{ kind: 'events', since: undefined, until: undefined, sort: NEWEST, limit: MAX_FOUND },
    conditions: [{ field: 'message', op: 'phrase', value: text }],
  })
  if (total > found.length)
    io.err(
      io.lang === 'en'
        ? `${total} lines have these words: verdicts of the newest ${found.length}\n`
        : `共有 ${total} 行含此短语：仅检索最新 ${found.length} 行的结论\n`,
    )
  return { field: 'whytimeout.evidence.event_id', op: 'is', value: found.map((f) => String(valueAt(f, 'event.id'))) }
}

async function showVerdict(
  client: Client,
  id: string,
  config: AnyConfig | undefined,
  json: boolean,
  io: Io,
): Promise<number> {
  const { found, total } = await search(client, {
    ...{ kind: 'verdicts', since: undefined, until: undefined, sort: [], limit: 3 },
    ...{ conditions: [], idPrefix: id },
  })
  const [first] = found
  if (first === undefined || total > 1) {
    const ids = found.map((f) => valueAt(f, 'event.id')).join(', ')
    throw new WhytimeoutError(
      'VERDICT_NOT_FOUND',
      first === undefined ? `no verdict "${id}"` : `"${id}" fits ${total} verdicts, for instance ${ids}`,
      '--verdict',
    )
  }
  const verdict = first as unknown as Verdict
  const events = await searchIds(client, 'events', 'event.id', verdict.whytimeout.evidence.event_id)
  if (json) io.out(ndjson([first, ...events]))
  else {
    const pack = await loadPack(config && pathIn(config, config.rules))
    const cited = events as unknown as Parameters<typeof verdictText>[0]['events']
    io.out(verdictText({ verdict, events: cited, places: new Map(), pack }, io))
  }
  return 0
}

async function showEvent(client: Client, id: string, json: boolean, io: Io): Promise<number> {
  const [events, verdicts] = await Promise.all([
    searchIds(client, 'events', 'event.id', [id]),
    searchIds(client, 'verdicts', 'whytimeout.evidence.event_id', [id]),
  ])
  if (events.length + verdicts.length === 0)
    throw new WhytimeoutError('VERDICT_NOT_FOUND', `no line "${id}", and no verdict that cites it`, '--event')
  if (json) io.out(ndjson([...events, ...verdicts]))
  else {
    const tables = [
      ...(events.length > 0 ? [foundTable(events, [...LINE_COLUMNS, 'whytimeout.signal.id'], io)] : []),
      ...(verdicts.length > 0 ? [foundTable(verdicts, VERDICT_COLUMNS, io)] : []),
    ]
    io.out(tables.join('\n\n'))
  }
  return 0
}

const ndjson = (documents: readonly Found[]): string => documents.map((d) => JSON.stringify(d)).join('\n')

/** @param since  how far back a saved search looks by itself */
function countText(
  { found, total }: { found: readonly Found[]; total: number },
  since: string | undefined,
  io: Io,
): string {
  const zh = io.lang === 'zh'
  if (total === 0 && since !== undefined)
    return zh
      ? `最近${since}内没有；--since all 检索全部时间`
      : `none in the last ${since}; --since all looks at all times`
  if (total === 0) return zh ? '没有找到' : 'none found'
  if (found.length === total) return zh ? `共 ${total} 条` : `${total} found`
  return zh
    ? `共 ${total} 条，显示 ${found.length} 条；--limit 可显示更多`
    : `${found.length} of ${total}; --limit shows more`
}
