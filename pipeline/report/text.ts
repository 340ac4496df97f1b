import type { Summary } from '../../schemas/summary.js'
import type { Verdict } from '../../schemas/verdict.js'
import type { Lang, VerdictCause } from '../../schemas/vocabulary.js'
import type { Pack } from '../match/pack.js'
import { bold, dim } from './ansi.js'
import { wordsOf } from './explain.js'
import { causeRows, siteRows } from './pictures.js'
import { unreadRows } from './unread-words.js'
import { cutTo, pad, wrap } from './width.js'
import { CAUSE_NAMES, COLON, COMMA, inBrackets, LIST, LOG_NAMES, PHASE_NAMES, SCOPE_NAMES, SEMICOLON } from './words.js'

export type Told = {
  readonly summary: Summary
  readonly verdicts: readonly Verdict[]
  readonly incidentCount: number
  readonly pack: Pack
  readonly out: string | undefined
  /** Whether report.html lies there. */
  readonly hasReport?: boolean
  readonly places: ReadonlyMap<string, string>
}
export type Page = {
  readonly lang: Lang
  readonly columns: number
  readonly color: boolean
  /** It goes to a terminal, where pictures can be drawn. */
  readonly canRedraw?: boolean
}

const MAX_GROUPS = 6
const MAX_LINES = 3

/** What an operator needs of a replay: how many, why, whom it hits, the decisive lines, what to do, and how far to trust it. */
export function summaryText(told: Told, page: Page): string {
  const { summary } = told
  const zh = page.lang === 'zh'
  if (summary.timeouts === 0) {
    return [
      bold(zh ? '没有发现TCP超时。' : 'No TCP timeout in these logs.', page),
      notTimeouts(summary, page),
      ...evidenceRows(told, page),
      '',
      ...quality(told, page),
    ]
      .filter((l) => l !== undefined)
      .join('\n')
  }
  const groups = grouped(told.verdicts)
  return [
    ...wrap(headline(told, groups, page), Math.min(page.columns, 110)).map((l) => bold(l, page)),
    '',
    ...causeRows(Object.entries(summary.by_cause) as [VerdictCause, number][], told.verdicts, page),
    ...below(siteRows(told.verdicts, page)),
    ...(page.canRedraw && told.verdicts.length < summary.timeouts ? [dim(onlySome(told, page), page)] : []),
    ...(notTimeouts(summary, page) === undefined ? [] : ['', notTimeouts(summary, page) as string]),
    ...groups.slice(0, MAX_GROUPS).flatMap((g, i) => ['', ...groupText(g, i + 1, told, page)]),
    ...(groups.length > MAX_GROUPS
      ? [
          '',
          zh
            ? `另有 ${groups.length - MAX_GROUPS} 组，见 verdicts.ndjson`
            : `${groups.length - MAX_GROUPS} more groups: see verdicts.ndjson`,
        ]
      : []),
    '',
    ...quality(told, page),
  ].join('\n')
}

/** No timeout to explain, but lines that would: what they mean, and what to do next. */
function evidenceRows({ summary, pack }: Told, page: Page): string[] {
  const found = Object.entries(summary.evidence).slice(0, MAX_LINES)
  if (found.length === 0) return []
  const zh = page.lang === 'zh'
  const rows = found.flatMap(([id, n]) => {
    const source = pack.mechanisms.find((m) => m.id === id)
    if (!source) return []
    const { name, next_step } = source.source
    const lines = zh ? `${n} 行` : `${n} line${n === 1 ? '' : 's'}`
    return [
      `- ${name[page.lang]}${inBrackets(`${CAUSE_NAMES[source.cause][page.lang]}${COMMA[page.lang]}${lines}`, page.lang)}`,
      `  ${next_step[page.lang]}`,
    ]
  })
  return [
    '',
    zh ? '但有些日志行可能是超时的原因：' : 'Some lines tell of what can make one, though:',
    ...rows.flatMap((row) => wrap(row, Math.min(page.columns, 110)).map((l, i) => (i === 0 ? l : `  ${l}`))),
  ]
}

const clock = (iso: string): string => iso.slice(11, 19)
/** From one time to another; one moment once. */
const clocks = (first: string, last: string): string =>
  clock(first) === clock(last) ? clock(first) : `${clock(first)}-${clock(last)}`
const percent = (n: number): string => `${Math.round(n * 100)} %`

const range = (shares: readonly number[]): string => {
  const [low, high] = [percent(Math.min(...shares)), percent(Math.max(...shares))]
  return low === high ? low : `${low.replace(' %', '')}-${high}`
}

type Group = { readonly verdicts: readonly Verdict[]; readonly best: Verdict }

/** Verdicts of one cause, mechanism and reach are one story; the largest first, `unknown` last. */
function grouped(verdicts: readonly Verdict[]): Group[] {
  const found = new Map<string, Verdict[]>()
  for (const v of verdicts) {
    const { cause, mechanism } = v.whytimeout.verdict
    const key = [
      cause,
      mechanism,
      v.whytimeout.site_id ?? '',
      cause === 'server_failure' ? '' : v.whytimeout.episode.suffered_by,
    ].join('|')
    const shared = cause === 'server_failure' || cause === 'unknown' ? [cause, mechanism].join('|') : key
    found.set(shared, [...(found.get(shared) ?? []), v])
  }
  const isUnknown = (g: Group) => (g.best.whytimeout.verdict.cause === 'unknown' ? 1 : 0)
  return [...found.values()]
    .map((list) => ({
      verdicts: list,
      best: [...list].sort(
        (a, b) =>
          b.whytimeout.verdict.confidence - a.whytimeout.verdict.confidence || (a.event.id < b.event.id ? -1 : 1),
      )[0] as Verdict,
    }))
    .sort(
      (a, b) =>
        isUnknown(a) - isUnknown(b) ||
        b.verdicts.length - a.verdicts.length ||
        (a.best.event.id < b.best.event.id ? -1 : 1),
    )
}

function headline({ summary, verdicts }: Told, groups: readonly Group[], page: Page): string {
  const terminals = new Set(verdicts.flatMap((v) => v.whytimeout.terminal_id ?? [])).size
  const sites = new Set(verdicts.flatMap((v) => v.whytimeout.site_id ?? []))
  const [cause, n] = Object.entries(summary.by_cause)[0] as [VerdictCause, number]
  const day = (summary.first ?? '').slice(0, 10)
  const span = `${clocks(summary.first ?? '', summary.last ?? '')} UTC`
  const causes = Object.keys(summary.by_cause).filter((c) => c !== 'unknown').length
  if (page.lang === 'zh') {
    return `${day} ${span} 共 ${summary.timeouts} 次超时，涉及 ${terminals} 台终端、${Math.max(1, sites.size)} 个门店；${causes > 1 ? `${causes} 种原因，` : ''}主要原因：${CAUSE_NAMES[cause].zh}（${n} 次）。`
  }
  return `${summary.timeouts} timeout${summary.timeouts === 1 ? '' : 's'} on ${day}, ${span}, at ${terminals} terminal${terminals === 1 ? '' : 's'} of ${Math.max(1, sites.size)} site${sites.size > 1 ? 's' : ''}: ${groups.length > 1 ? `mostly ${CAUSE_NAMES[cause].en} (${n})` : CAUSE_NAMES[cause].en}${causes > 1 ? `, ${causes} causes in all` : ''}.`
}

const below = (rows: readonly string[]): readonly string[] => (rows.length === 0 ? [] : ['', ...rows])

const onlySome = ({ verdicts }: Told, page: Page): string =>
  page.lang === 'zh'
    ? `  时间轴仅含前 ${verdicts.length} 次超时`
    : `  over time: the first ${verdicts.length} timeouts only`

function notTimeouts(summary: Summary, page: Page): string | undefined {
  const rows = Object.entries(summary.not_timeouts)
  if (rows.length === 0) return undefined
  return `${page.lang === 'zh' ? '失败但不是超时' : 'Failed, but no timeouts'}${COLON[page.lang]}${rows.map(([a, n]) => `${a} ${n}`).join(LIST[page.lang])}`
}

function groupText(group: Group, number: number, { pack, places }: Told, page: Page): string[] {
  const zh = page.lang === 'zh'
  const { best, verdicts } = group
  const w = best.whytimeout
  const width = Math.min(page.columns, 110)
  const mechanism = pack.mechanisms.find((m) => m.id === w.verdict.mechanism)?.source
  const times = verdicts.map((v) => v.event.start).sort()
  const terminals = [...new Set(verdicts.flatMap((v) => v.whytimeout.terminal_id ?? v.host?.name ?? []))].sort()
  const scopes = [
    ...new Set(
      verdicts
        .filter((v) => v.whytimeout.verdict.scope !== 'terminal')
        .map((v) => `${SCOPE_NAMES[v.whytimeout.verdict.scope][page.lang]} ${v.whytimeout.verdict.scope_id}`),
    ),
  ].sort()
  const phases = [...new Set(verdicts.map((v) => PHASE_NAMES[v.whytimeout.episode.phase][page.lang]))]
  const sure = verdicts.map((v) => v.whytimeout.verdict.confidence)
  const title = mechanism ? mechanism.name[page.lang] : CAUSE_NAMES.unknown[page.lang]
  const comma = COMMA[page.lang]
  const label = (en: string, cn: string) => `   ${pad(zh ? cn : en, 11)}`
  const block = (name: string, text: string) =>
    wrap(text, width - 15).map((l, i) => (i === 0 ? name : ' '.repeat(14)) + l)
  return [
    `${bold(`${number}. ${title}`, page)}  ${dim(mechanism ? `${CAUSE_NAMES[w.verdict.cause][page.lang]}${comma}${range(sure)}` : range(sure), page)}`,
    ...block(
      label('when', '时间'),
      `${clocks(times[0] ?? '', times.at(-1) ?? '')} UTC${comma}${verdicts.length}×${comma}${phases.join(LIST[page.lang])}`,
    ),
    ...block(
      label('hits', '影响'),
      [
        ...(scopes.length > 0 ? [cutTo(scopes.join(LIST[page.lang]), 90)] : []),
        ...(terminals.length > 0
          ? [
              `${zh ? '终端' : terminals.length === 1 ? 'terminal' : 'terminals'} ${cutTo(terminals.join(LIST[page.lang]), 120)}`,
            ]
          : []),
      ].join(SEMICOLON[page.lang]),
    ),
    ...decisive(best, pack, places, page).flatMap((l, i) =>
      block(i === 0 ? label('because', '依据') : ' '.repeat(14), l),
    ),
    ...(w.ruled_out.length > 0
      ? block(label('not', '排除'), w.ruled_out.map((c) => CAUSE_NAMES[c][page.lang]).join(LIST[page.lang]))
      : []),
    ...(w.evidence.missing.length > 0
      ? block(
          label('missing', '缺少'),
          w.evidence.missing.map((m) => LOG_NAMES[m]?.[page.lang] ?? m).join(LIST[page.lang]),
        )
      : []),
    ...(mechanism
      ? [
          ...block(label('do', '处理'), mechanism.next_step[page.lang]),
          ...block(label('confirm', '确认'), mechanism.confirm[page.lang]),
        ]
      : secondGuesses(best, page).flatMap((l) => block(label('perhaps', '可能'), l))),
    ...(mechanism ? cautions(w.remedy.id, pack, page).flatMap((l) => block(label('caution', '注意'), l)) : []),
  ]
}

/** The strongest lines, each once, with where they stand. */
function decisive(v: Verdict, pack: Pack, places: ReadonlyMap<string, string>, page: Page): string[] {
  const seen = new Set<string>()
  const lines: string[] = []
  const items = [...v.whytimeout.detail.evidence]
    .filter((e) => e.bits > 0)
    .sort((a, b) => b.bits - a.bits || (a.event_id < b.event_id ? -1 : 1))
  for (const item of items) {
    if (seen.has(item.signal) || seen.size >= MAX_LINES) continue
    seen.add(item.signal)
    const place = places.get(item.event_id)
    const said = pack.mechanisms
      .find((m) => m.id === v.whytimeout.verdict.mechanism)
      ?.signals.find((x) => x.name === item.signal)?.condition
    const text = said?.kind === 'facts' ? factsInWords(item, said.description?.en, v, pack, page.lang) : item.text
    lines.push(
      cutTo(text.replace(/\s+/g, ' '), Math.max(60, page.columns * 2 - 40)),
      dim(`+${item.bits} bits${place === undefined ? '' : `  ${place}`}`, page),
    )
  }
  return lines
}

/** What facts mean, with their values behind; an item has the values alone where the rule has no words of its own. */
function factsInWords(
  { signal, text }: Verdict['whytimeout']['detail']['evidence'][number],
  description: string | undefined,
  v: Verdict,
  pack: Pack,
  lang: Lang,
): string {
  const words = wordsOf(pack, v.whytimeout.verdict.mechanism, signal)[lang]
  if (words === '') return text
  const isSaid = description !== undefined && text.startsWith(`${description} (`)
  return words + inBrackets(isSaid ? text.slice(description.length + 2, -1) : text, lang)
}

function secondGuesses(v: Verdict, page: Page): string[] {
  const next = Object.entries(v.whytimeout.score)
    .filter(([c]) => c !== 'unknown')
    .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
    .slice(0, 3) as [VerdictCause, number][]
  return [next.map(([c, p]) => `${CAUSE_NAMES[c][page.lang]} ${percent(p)}`).join(LIST[page.lang])]
}

const cautions = (ids: Verdict['whytimeout']['remedy']['id'], pack: Pack, page: Page): string[] =>
  ids.flatMap((id) => pack.remedies[id]?.caution?.[page.lang] ?? [])

/** Worth a word where most of the input was read without knowing whose it is. */
const genericWords = (share: number, zh: boolean): string =>
  share < 0.5
    ? ''
    : zh
      ? `（${Math.round(share * 100)} %由通用解析器读取）`
      : ` (${Math.round(share * 100)} % by readers of anything)`

function quality({ summary, incidentCount, out, hasReport }: Told, page: Page): string[] {
  const zh = page.lang === 'zh'
  const [list, colon] = [LIST[page.lang], COLON[page.lang]]
  const b = summary.books
  const zones = [
    ...new Set(
      summary.assumed
        .filter((a) => a.what === 'zone' && a.value !== '+00:00')
        .map((a) => `${a.origin.split('/')[0]} ${a.value}`),
    ),
  ]
  const skews = summary.assumed
    .filter((a) => a.what === 'skew_ms')
    .map((a) => `${a.origin.split('/')[0]} ${Number(a.value) / 1000} s`)
  const times = summary.assumed.filter((a) => a.what === 'time')
  const untimed = times.filter((a) => a.value !== 'beside').map((a) => a.origin)
  const beside = times.filter((a) => a.value === 'beside').map((a) => a.origin)
  const rows = [
    zh
      ? `账目：读取 ${b.read} = 事件 ${b.events} + 无关 ${b.filtered} + 重复 ${b.duplicates} + 无法解析 ${b.dead_lettered}`
      : `Books: read ${b.read} = events ${b.events} + filtered ${b.filtered} + duplicates ${b.duplicates} + dead letters ${b.dead_lettered}`,
    `${zh ? '格式' : 'Formats'}${colon}${Object.entries(summary.formats)
      .map(([f, n]) => `${f} ${n}`)
      .join(list)}${genericWords(summary.generic_share, zh)}`,
    ...unreadRows(summary.unread, page.lang),
    ...(zones.length > 0 ? [`${zh ? '推断的时区' : 'Zones assumed'}${colon}${zones.join(list)}`] : []),
    ...(skews.length > 0
      ? [`${zh ? '推断的时钟偏差' : 'Clock errors assumed'}${colon}${[...new Set(skews)].join(list)}`]
      : []),
    ...(untimed.length > 0
      ? [
          zh
            ? `无时间的日志（按行序视为先后，日期为虚设的2000-01-01）：${untimed.join(list)}`
            : `No line has a time, so their order was taken for it, on a made-up day (2000-01-01): ${untimed.join(', ')}`,
        ]
      : []),
    ...(beside.length > 0
      ? [
          zh
            ? `无时间的日志（视为与其他日志同一时刻）：${beside.join(list)}`
            : `No line has a time; taken to be of the same moment as the other logs: ${beside.join(', ')}`,
        ]
      : []),
    ...(out === undefined
      ? []
      : [
          `${zh ? '结果' : 'Results'}${colon}${[`${out}/verdicts.ndjson`, `incidents.ndjson${inBrackets(zh ? `${incidentCount} 起` : String(incidentCount), page.lang)}`, 'events.ndjson', 'summary.json'].join(list)}${summary.timeouts > 0 ? `  (whytimeout explain ID --out ${out})` : ''}`,
        ]),
  ]
  return [
    ...rows.flatMap((r) => wrap(r, Math.min(page.columns, 110)).map((l) => dim(l, page))),
    // Whole, however long: a path that is broken over lines cannot be clicked or copied.
    ...(hasReport && out !== undefined ? [`${bold(zh ? '报告' : 'Report', page)}${colon}${out}/report.html`] : []),
  ]
}
