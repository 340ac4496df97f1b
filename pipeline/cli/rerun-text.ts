import type { Lang } from '../../schemas/vocabulary.js'
import { CAUSE_NAMES } from '../report/words.js'
import type { Plan } from '../run/rerun/outcome.js'
import type { Brief, Change } from '../run/rerun/repair-pass.js'
import type { RepairTold } from '../run/rerun/run-repair.js'
import type { Note } from '../run/rerun/time-range.js'

const plural = (n: number, word: string): string => `${n} ${word}${n === 1 ? '' : 's'}`
const time = (ms: number): string => `${new Date(ms).toISOString().slice(0, 19)}Z`
const MAX_NAMED = 20

export function noteText(note: Note, lang: Lang, isStored: boolean): string {
  const en = lang === 'en'
  switch (note.kind) {
    case 'origins-missing': {
      const named = note.origins.slice(0, MAX_NAMED).join(', ')
      const more = note.origins.length - MAX_NAMED
      const rest = more > 0 ? (en ? ` and ${more} more` : `等另外${more}个`) : ''
      return en
        ? `Fewer origins than the stream saw at that time; without them verdicts can differ for no other reason. Missing: ${named}${rest}`
        : `重放的日志来源少于实时流当时所见，结论可能仅因此不同。缺少：${named}${rest}`
    }
    case 'logs-deleted':
      return en
        ? `Logs from before ${time(note.before)} are deleted: ${isStored ? `verdicts before ${time(note.to)} are left out` : `verdicts before ${time(note.to)} may lack evidence`}`
        : `${time(note.before)} 之前的日志已被删除：${isStored ? `${time(note.to)} 之前的结论不予存储` : `${time(note.to)} 之前的结论可能缺少依据`}`
    case 'left-to-stream':
      return en
        ? `Verdicts from ${time(note.from)} on are left to the stream, which has not decided them yet`
        : `${time(note.from)} 及之后的结论由实时流给出，此处不予存储`
    case 'other-rules':
      return en
        ? 'The events were made by other rules, inventory or origins. What those dropped is not in them: replay the raw topics to see everything'
        : '这些事件由其他规则、终端清单或来源说明生成，当时丢弃的内容不在其中：请重放原始日志主题以获得完整结果'
  }
}

export function planText(plan: Plan, lang: Lang): string {
  const taken = plan.merged + plan.removed
  return lang === 'en'
    ? `Verdicts: ${plan.new} new, ${plan.changed} changed, ${taken} taken away, ${plan.same} as stored${plan.kept > 0 ? `, ${plan.kept} kept as stored because they are newer (a higher --generation overwrites them)` : ''}`
    : `结论：新增 ${plan.new}，变更 ${plan.changed}，移除 ${taken}，不变 ${plan.same}${plan.kept > 0 ? `，保留较新的已存结论 ${plan.kept}（提高 --generation 可覆盖）` : ''}`
}

/** What `--replace` is about to take away. */
export function removalText(plan: Plan, lang: Lang): string {
  const lines = plan.examples.map((v) => `  ${v.id}  ${v.facts === undefined ? '' : time(v.facts.at)}  ${v.realm}`)
  const more = plan.removed - lines.length
  return [
    lang === 'en'
      ? `Not found any more, to be removed: ${plural(plan.removed, 'verdict')}`
      : `不再成立、将被移除的结论：${plan.removed} 个`,
    ...lines,
    ...(more > 0 ? [lang === 'en' ? `  and ${more} more` : `  另有 ${more} 个`] : []),
  ].join('\n')
}

const brief = (b: Brief | undefined, lang: Lang): string =>
  b === undefined ? '-' : `${CAUSE_NAMES[b.cause][lang]} ${Math.round(b.confidence * 100)} %`

const SIGNS: Readonly<Record<Change['kind'], string>> = { new: '+', changed: '~', withdrawn: '-' }

export function repairText(r: RepairTold, lang: Lang, isStored: boolean): string {
  const en = lang === 'en'
  const { repaired, waiting, gone } = r.letters
  const total = r.new + r.changed + r.withdrawn
  const lines = r.examples.map(({ kind, before, after }) => {
    const who = (after ?? before)?.terminal ?? (after ?? before)?.site ?? ''
    const what = kind === 'changed' ? `${brief(before, lang)} -> ${brief(after, lang)}` : brief(after ?? before, lang)
    return `  ${SIGNS[kind]} ${((after ?? before)?.at ?? '').slice(0, 19)}Z  ${who}  ${what}`
  })
  const nothing = repaired + gone === 0
  const head = en
    ? nothing
      ? 'No late event to repair.'
      : `${plural(repaired, 'late event')} in ${plural(r.spans.length, 'span')}: ${plural(r.new, 'new verdict')}, ${r.changed} changed, ${r.withdrawn} withdrawn, ${r.same} as they were.${isStored ? '' : ' Nothing is stored without --store.'}`
    : nothing
      ? '没有需要修复的迟到事件。'
      : `${r.spans.length} 个时段内 ${repaired} 个迟到事件：新增结论 ${r.new}，变更 ${r.changed}，撤回 ${r.withdrawn}，不变 ${r.same}。${isStored ? '' : '未加 --store，未存储任何内容。'}`
  return [
    head,
    ...lines,
    ...(total > lines.length ? [en ? `  and ${total - lines.length} more` : `  另有 ${total - lines.length} 项`] : []),
    ...(waiting > 0
      ? [
          en
            ? `${plural(waiting, 'late event')} must wait until the stream has decided the time around: run again later.`
            : `${waiting} 个迟到事件需等待实时流完成其前后时段的判定：请稍后再次运行。`,
        ]
      : []),
    ...(gone > 0
      ? [
          en
            ? `${plural(gone, 'late event')} came too late: what is needed to decide with them is deleted from the topics.`
            : `${gone} 个事件过迟：判定所需的内容已从主题中删除。`,
        ]
      : []),
    ...(r.doubtful.length > 0
      ? [
          en
            ? `Around ${plural(r.doubtful.length, 'span')} the stored verdicts differ from those decided anew for another reason than late events; replay that time with a raised generation to be sure: ${spans(r)}`
            : `有 ${r.doubtful.length} 个时段的已存结论与重新判定的结果因其他原因不同；请提高代次重放该时段：${spans(r)}`,
        ]
      : []),
  ].join('\n')
}

const spans = (r: RepairTold): string => r.doubtful.map((s) => `${time(s.from)}/${time(s.to)}`).join(', ')
