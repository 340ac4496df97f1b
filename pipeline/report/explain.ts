import type { LogEvent } from '../../schemas/event.js'
import type { Bilingual } from '../../schemas/rule.js'
import type { Missed, Verdict } from '../../schemas/verdict.js'
import type { Sufferer, VerdictCause } from '../../schemas/vocabulary.js'
import type { Pack } from '../match/pack.js'
import { TEXT_GROUP } from '../match/text-signals.js'
import { lineMisses, missedWords } from './missed-text.js'
import { bar, bitRows, lanes } from './pictures.js'
import { inWords } from './signal-words.js'
import type { Page } from './text.js'
import { cutTo, pad, wrap } from './width.js'
import { CAUSE_NAMES, COLON, COMMA, inBrackets, LIST, LOG_NAMES, PHASE_NAMES, SCOPE_NAMES, SEMICOLON } from './words.js'

type Cited = {
  readonly '@timestamp': string
  readonly event: { readonly id: string }
  readonly host?: { readonly name?: string }
  readonly message?: string
}
export type Explained = {
  readonly verdict: Verdict
  readonly events: readonly Cited[]
  readonly places: ReadonlyMap<string, string>
  readonly pack: Pack
}

/** Everything behind a verdict: the attempt, the cited lines in time, the score with each signal, what to do. */
export function verdictText({ verdict, events, places, pack }: Explained, page: Page): string {
  const zh = page.lang === 'zh'
  const w = verdict.whytimeout
  const width = Math.min(page.columns, 120)
  const mechanism = pack.mechanisms.find((m) => m.id === w.verdict.mechanism)?.source
  const title = (en: string, cn: string) => `\n${zh ? cn : en}`
  const target =
    w.verdict.cause === 'unknown' ? CAUSE_NAMES.unknown[page.lang] : (mechanism?.name[page.lang] ?? w.verdict.mechanism)
  return [
    `${verdict.event.id}`,
    ...wrap(
      `${target} - ${CAUSE_NAMES[w.verdict.cause][page.lang]}${COMMA[page.lang]}${Math.round(w.verdict.confidence * 100)} %`,
      width,
    ),
    ...wrap(w.detail.explain[page.lang], width),
    title('The attempt', '该次尝试'),
    `  ${verdict.event.start} - ${verdict.event.end}${inBrackets(`${(verdict.event.duration / 1e9).toFixed(1)} s`, page.lang)}${COMMA[page.lang]}${PHASE_NAMES[w.episode.phase][page.lang]}${COMMA[page.lang]}${SUFFERED[w.episode.suffered_by][page.lang]}`,
    `  ${[w.terminal_id, w.site_id, w.isp, w.gateway].filter(Boolean).join(LIST[page.lang])}${verdict.destination ? ` -> ${verdict.destination.domain ?? verdict.destination.ip}:${verdict.destination.port ?? '?'}` : ''}${SEMICOLON[page.lang]}${SCOPE_NAMES[w.verdict.scope][page.lang]} ${w.verdict.scope_id}`,
    ...section(title('Timeline', '时间轴'), lanes(verdict, events, page)),
    title('Lines', '日志'),
    ...events.flatMap((e) => [
      `  ${e['@timestamp'].slice(11, 23)} ${pad(cutTo(e.host?.name ?? '', 12), 13)}${places.get(e.event.id) ?? ''}`,
      ...wrap(cutTo((e.message ?? '').replace(/\s+/g, ' '), width * 3), width - 15).map((l) => `${''.padEnd(15)}${l}`),
    ]),
    title('Scores', '评分'),
    ...(Object.entries(w.score) as [VerdictCause, number][])
      .sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
      .filter(([, p]) => p >= 0.0005)
      .map(
        ([c, p]) =>
          `  ${pad(CAUSE_NAMES[c][page.lang], 32)}${(p * 100).toFixed(1).padStart(6)} %${page.canRedraw ? `  ${bar(p, 30)}` : ''}`,
      ),
    ...section(
      title('For and against', '支持与反对'),
      bitRows(w.detail.considered[0]?.signals ?? [], w.verdict.cause, page),
    ),
    title('Mechanisms considered', '考虑过的机制'),
    ...w.detail.considered.flatMap((c) => [
      `  ${pad(c.mechanism, 28)}${c.bits.toFixed(1).padStart(7)} bits  ${(c.probability * 100).toFixed(1)} %`,
      `    ${signed(priorOf(c)).padStart(6)}  ${zh ? '先验（经验频度）' : 'prior: how common it is'}`,
      ...c.signals.flatMap((s) => [
        `    ${signed(s.bits).padStart(6)}  ${pad(s.signal, 24)} ${cutTo(s.event_id.map((id) => short(places.get(id) ?? id)).join(', '), Math.max(20, width - 38))}`,
        ...wrap(wordsOf(pack, c.mechanism, s.signal)[page.lang], width - 12).map((l) => `            ${l}`),
      ]),
    ]),
    ...missedLines(w.detail.missed ?? [], page, width),
    ...(w.ruled_out.length > 0
      ? [
          title('Ruled out', '已排除'),
          ...wrap(w.ruled_out.map((c) => CAUSE_NAMES[c][page.lang]).join(LIST[page.lang]), width - 2).map(
            (l) => `  ${l}`,
          ),
        ]
      : []),
    ...(w.evidence.missing.length > 0
      ? [
          title('Missing', '缺少的日志'),
          `  ${w.evidence.missing.map((m) => LOG_NAMES[m]?.[page.lang] ?? m).join(LIST[page.lang])}`,
        ]
      : []),
    ...(mechanism
      ? [
          title('What to do', '处理'),
          ...wrap(mechanism.next_step[page.lang], width - 2).map((l) => `  ${l}`),
          title('Check that would confirm it', '确认方法'),
          ...wrap(mechanism.confirm[page.lang], width - 2).map((l) => `  ${l}`),
          title('Rests on', '依据'),
          ...mechanism.references.map((r) => `  ${r}`),
        ]
      : []),
  ].join('\n')
}

const section = (title: string, rows: readonly string[]): readonly string[] =>
  rows.length === 0 ? [] : [title, ...rows]

const SUFFERED: Readonly<Record<Sufferer, Bilingual>> = {
  terminal: { en: 'suffered by terminal', zh: '受害方：终端' },
  gateway: { en: 'suffered by gateway', zh: '受害方：网关' },
}
const NOTHING: Bilingual = { en: '', zh: '' }
const TEXT_NAME = /^text-(terminal|gateway|site|server)$/

/** What is left of a mechanism's bits without its signals. */
const priorOf = (c: { readonly bits: number; readonly signals: readonly { readonly bits: number }[] }): number =>
  Math.round((c.bits - c.signals.reduce((sum, s) => sum + s.bits, 0)) * 10) / 10

/** A signal of a mechanism in plain words; nothing where the rules at hand do not know it. */
export function wordsOf(pack: Pack, mechanism: string, signal: string): Bilingual {
  const use = pack.mechanisms.find((m) => m.id === mechanism)?.source.signals[signal]
  const described = (id: string) => pack.conditions.find((c) => c.id === id)?.description
  if (use) return inWords([use], described)[0] ?? NOTHING
  return TEXT_NAME.test(signal)
    ? { en: 'The words of a line that no rule knows read like it', zh: '无规则匹配的日志字样与之相近' }
    : NOTHING
}

function missedLines(missed: readonly Missed[], { lang }: Page, width: number): string[] {
  if (missed.length === 0) return []
  return [
    `\n${lang === 'zh' ? '差一点成立的信号' : 'Signals just missed'}`,
    ...missed.flatMap((m) => [
      `  ${signed(m.bits).padStart(6)}  ${m.mechanism}/${m.signal}`,
      ...wrap(missedWords(m)[lang], width - 10).map((l) => `          ${l}`),
    ]),
  ]
}

const signed = (bits: number): string => (bits > 0 ? `+${bits}` : String(bits))

/** `folder/file:line`: enough to find it, as the whole path stands above. */
const short = (place: string): string => place.split('/').slice(-2).join('/')

/** A line as the rules see it: format, fields, signals, and what each adds to which mechanism. */
export function lineText(
  format: string,
  read: readonly { readonly event: LogEvent; readonly signals: readonly string[] }[],
  pack: Pack,
  page: Page,
): string {
  const zh = page.lang === 'zh'
  return [
    `${zh ? '格式' : 'format'}${COLON[page.lang]}${format}`,
    ...read.flatMap(({ event, signals }) => [
      '',
      ...Object.entries(event)
        .filter(([k, v]) => v !== undefined && k !== 'event.original')
        .map(
          ([k, v]) =>
            `  ${pad(k, 34)}${cutTo(typeof v === 'object' ? JSON.stringify(v) : String(v), Math.max(40, page.columns - 38))}`,
        ),
      '',
      signals.length === 0
        ? zh
          ? '  没有规则信号'
          : '  no signal of any rule'
        : `  ${zh ? '信号' : 'signals'}${zh ? '：' : ':'}`,
      ...signals.flatMap((id) => [
        `    ${id}`,
        ...(id.startsWith('text/') ? textLines(event, pack, zh) : []),
        ...(TEXT_SIGNAL.test(id) ? [] : pack.mechanisms).flatMap((m) =>
          m.signals
            .filter((s) => s.condition.id === id)
            .map(
              (s) =>
                `      ${signed(s.bits).padStart(6)}  ${m.cause}/${m.id} (${s.name}, ${zh ? '绑定' : 'bound by'} ${s.bind.join('+')})`,
            ),
        ),
      ]),
      ...lineMissLines(event, pack, zh),
    ]),
  ].join('\n')
}

/** Signals of the text classifier. */
const TEXT_SIGNAL = /^text(-server)?\//

/** What the classifier made of a line's words, and which of them. */
function textLines(event: LogEvent, pack: Pack, zh: boolean): string[] {
  const reading = pack.text?.read(event.message ?? '')
  if (!reading) return []
  const bits = pack.mechanisms.flatMap((m) => m.signals).find((s) => s.group === TEXT_GROUP)?.bits ?? 0
  const sure = `${Math.round(reading.probability * 100)} %`
  const words = reading.words.map((w) => `${w.word} ${signed(w.bits)}`).join(LIST[zh ? 'zh' : 'en'])
  return zh
    ? [`      字样读来像该原因（${sure}）：${words}`, `      ${signed(bits)}  该原因的各机制，且须有其他信号支持`]
    : [
        `      its words read like this cause (${sure}): ${words}`,
        `      ${signed(bits)}  to each mechanism of it that another signal supports`,
      ]
}

function lineMissLines(event: LogEvent, pack: Pack, zh: boolean): string[] {
  const missed = lineMisses(event, pack)
  if (missed.length === 0) return []
  const value = (v: unknown): string => (v === undefined ? (zh ? '无' : 'absent') : cutTo(JSON.stringify(v), 60))
  return [
    '',
    zh ? '  差一点成立：' : '  just missed:',
    ...missed.flatMap((m) => [
      `    ${m.signal}`,
      `      ${m.key}: ${zh ? '应为 ' : ''}${value(m.wanted)}${zh ? '，实际为' : ' is wanted, it is'} ${value(m.value)}`,
    ]),
  ]
}
