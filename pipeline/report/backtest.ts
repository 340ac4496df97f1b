import type { Verdict } from '../../schemas/verdict.js'
import type { Lang } from '../../schemas/vocabulary.js'
import type { Truth } from './score.js'
import { pad } from './width.js'

/** What became of a verdict: `gained` was unknown, `lost` is unknown now, `moved` names another cause, `within` another mechanism of the same cause. */
export const CHANGES = ['gained', 'lost', 'moved', 'within', 'appeared', 'gone'] as const
export type Change = (typeof CHANGES)[number]

export type Example = {
  readonly id: string
  /** Folder or paths it comes from. */
  readonly part: string
  readonly at: string
  readonly who: string
  readonly phase: string
  readonly confidence: readonly [before: number, after: number]
}
export type Flow = {
  readonly change: Change
  /** `cause/mechanism`, `unknown`, or empty where there was no verdict. */
  readonly from: string
  readonly to: string
  readonly count: number
  readonly examples: readonly Example[]
}
export type LabelChange = {
  readonly part: string
  readonly start: string
  readonly terminal: string | null
  readonly cause: string
  readonly from: string
  readonly to: string
}
export type Judged = { readonly isRight: boolean; readonly verdict: Verdict }
type Rules = { readonly generation: number; readonly digest: string }
export type BacktestResult = {
  readonly old: Rules
  readonly against: Rules
  readonly verdicts: number
  readonly same: number
  readonly changes: Readonly<Record<Change, number>>
  /** Of those with the same mechanism: confidence rose or fell by 0.1 or more. */
  readonly surer: number
  readonly less_sure: number
  /** The most frequent first. */
  readonly flows: readonly Flow[]
  /** Absent where nothing was labelled. */
  readonly labels?: {
    readonly timeouts: number
    readonly right_before: number
    readonly right_after: number
    readonly better: number
    readonly worse: number
    readonly worse_examples: readonly LabelChange[]
    readonly better_examples: readonly LabelChange[]
  }
}

const MAX_EXAMPLES = 3
const MAX_LABEL_EXAMPLES = 20
const NOTICEABLE = 0.1

/** Adds verdicts up, pair by pair. Bounded by the number of mechanisms, not of verdicts. */
export function createComparison() {
  const flows = new Map<string, Flow>()
  const changes = Object.fromEntries(CHANGES.map((c) => [c, 0])) as Record<Change, number>
  const sure = { surer: 0, less_sure: 0 }
  let verdicts = 0
  let same = 0
  let labels: BacktestResult['labels']

  return {
    add(part: string, before: Verdict | undefined, after: Verdict | undefined): void {
      verdicts++
      const [from, to] = [nameOf(before), nameOf(after)]
      if (from === to) {
        same++
        const rise = confidenceOf(after) - confidenceOf(before)
        if (rise >= NOTICEABLE) sure.surer++
        if (rise <= -NOTICEABLE) sure.less_sure++
        return
      }
      const change = changeOf(before, after)
      changes[change]++
      const key = `${from} ${to}`
      const flow = flows.get(key) ?? { change, from, to, count: 0, examples: [] }
      const examples =
        flow.examples.length < MAX_EXAMPLES ? [...flow.examples, exampleOf(part, before, after)] : flow.examples
      flows.set(key, { ...flow, count: flow.count + 1, examples })
    },

    judge(
      part: string,
      all: readonly Truth[],
      before: ReadonlyMap<Truth, Judged>,
      after: ReadonlyMap<Truth, Judged>,
    ): void {
      const so = labels ?? {
        timeouts: 0,
        right_before: 0,
        right_after: 0,
        better: 0,
        worse: 0,
        worse_examples: [],
        better_examples: [],
      }
      const changed = all.map((truth) => {
        const [was, is] = [before.get(truth), after.get(truth)]
        const line: LabelChange = {
          part,
          start: truth.start,
          terminal: truth.terminal_id,
          cause: truth.cause,
          from: nameOf(was?.verdict),
          to: nameOf(is?.verdict),
        }
        return { line, was: was?.isRight === true, is: is?.isRight === true }
      })
      const better = changed.filter((c) => !c.was && c.is)
      const worse = changed.filter((c) => c.was && !c.is)
      labels = {
        timeouts: so.timeouts + all.length,
        right_before: so.right_before + changed.filter((c) => c.was).length,
        right_after: so.right_after + changed.filter((c) => c.is).length,
        better: so.better + better.length,
        worse: so.worse + worse.length,
        worse_examples: [...so.worse_examples, ...worse.map((c) => c.line)].slice(0, MAX_LABEL_EXAMPLES),
        better_examples: [...so.better_examples, ...better.map((c) => c.line)].slice(0, MAX_LABEL_EXAMPLES),
      }
    },

    result(): Omit<BacktestResult, 'old' | 'against'> {
      const sorted = [...flows.values()].sort((a, b) => b.count - a.count || (a.from + a.to < b.from + b.to ? -1 : 1))
      return { verdicts, same, changes, ...sure, flows: sorted, ...(labels && { labels }) }
    },
  }
}

const nameOf = (v: Verdict | undefined): string => {
  if (v === undefined) return ''
  const { cause, mechanism } = v.whytimeout.verdict
  return cause === 'unknown' ? 'unknown' : `${cause}/${mechanism}`
}
const confidenceOf = (v: Verdict | undefined): number => v?.whytimeout.verdict.confidence ?? 0

function changeOf(before: Verdict | undefined, after: Verdict | undefined): Change {
  if (!before) return 'appeared'
  if (!after) return 'gone'
  const [from, to] = [before.whytimeout.verdict.cause, after.whytimeout.verdict.cause]
  return from === to ? 'within' : from === 'unknown' ? 'gained' : to === 'unknown' ? 'lost' : 'moved'
}

function exampleOf(part: string, before: Verdict | undefined, after: Verdict | undefined): Example {
  const v = (after ?? before) as Verdict
  return {
    id: v.event.id,
    part,
    at: v['@timestamp'],
    who: v.whytimeout.terminal_id ?? v.host?.name ?? '',
    phase: v.whytimeout.episode.phase,
    confidence: [confidenceOf(before), confidenceOf(after)],
  }
}

/** Changes that have nothing to do with the mechanisms named: neither from nor to one of them. */
export const unrelated = (flows: readonly Flow[], mechanisms: readonly string[]): readonly Flow[] =>
  flows.filter((f) => ![f.from, f.to].some((name) => mechanisms.includes(name.split('/').at(-1) ?? '')))

const WORDS: Readonly<Record<Change, { en: string; zh: string }>> = {
  gained: { en: 'gained (was unknown)', zh: '新增（原为未知）' },
  lost: { en: 'lost (unknown now)', zh: '丢失（现为未知）' },
  moved: { en: 'moved to another cause', zh: '改判为其他原因' },
  within: { en: 'another mechanism of the same cause', zh: '同一原因的其他机制' },
  appeared: { en: 'verdicts that were not there', zh: '新出现的结论' },
  gone: { en: 'verdicts that are gone', zh: '消失的结论' },
}

/** Counts, then each flow with its examples, then what labels say. */
export function backtestText(r: BacktestResult, lang: Lang): string {
  const zh = lang === 'zh'
  const percent = (n: number, of: number): string => (of === 0 ? '-' : `${((n / of) * 100).toFixed(1)} %`)
  const rules = ({ generation, digest }: Rules): string => `${zh ? '代次' : 'generation'} ${generation} (${digest})`
  const sign = (n: number): string => n.toFixed(2)
  const { labels } = r
  return [
    `${rules(r.old)} -> ${rules(r.against)}`,
    '',
    `${pad(zh ? '结论' : 'verdicts', 40)}${r.verdicts}`,
    `${pad(zh ? '不变' : 'the same', 40)}${r.same}  (${percent(r.same, r.verdicts)})`,
    ...CHANGES.filter((c) => r.changes[c] > 0).map((c) => `${pad(WORDS[c][lang], 40)}${r.changes[c]}`),
    `${pad(zh ? '更有把握 / 更无把握（±0.1）' : 'surer / less sure by 0.1', 40)}${r.surer} / ${r.less_sure}`,
    ...r.flows.flatMap((f) => [
      '',
      `${String(f.count).padStart(6)}  ${f.from || '-'} -> ${f.to || '-'}`,
      ...f.examples.map(
        (e) =>
          `        ${e.at.slice(0, 19)}  ${pad(e.who, 16)}${e.phase.padEnd(10)}${sign(e.confidence[0])} -> ${sign(e.confidence[1])}  ${e.id.slice(0, 12)}  ${e.part}`,
      ),
    ]),
    ...(labels
      ? [
          '',
          zh
            ? `${labels.timeouts} 个标注：正确 ${labels.right_before} -> ${labels.right_after}；变好 ${labels.better}，变差 ${labels.worse}`
            : `${labels.timeouts} labelled: right ${labels.right_before} -> ${labels.right_after}; better ${labels.better}, worse ${labels.worse}`,
          ...labels.worse_examples.map((l) => labelRow(zh ? '变差' : 'worse', l)),
          ...labels.better_examples.map((l) => labelRow(zh ? '变好' : 'better', l)),
        ]
      : []),
  ].join('\n')
}

const labelRow = (word: string, l: LabelChange): string =>
  `  ${pad(word, 8)}${l.start.slice(0, 19)}  ${pad(l.terminal ?? '-', 16)}${l.cause}: ${l.from || '-'} -> ${l.to || '-'}  ${l.part}`
