import type { CheckedFinding, FindingState, Findings } from '../../schemas/doctor.js'
import type { Bilingual } from '../../schemas/rule.js'
import type { Page } from './text.js'
import { pad, widthOf, wrap } from './width.js'

const MARKS: Readonly<Record<FindingState, Bilingual>> = {
  ok: { en: 'ok', zh: '正常' },
  warn: { en: 'warn', zh: '警告' },
  fail: { en: 'fail', zh: '失败' },
  skip: { en: 'skip', zh: '跳过' },
}
/** Green, yellow, red, dim. */
const COLORS: Readonly<Record<FindingState, string>> = { ok: '32', warn: '33', fail: '31', skip: '2' }
const MAX_COLUMNS = 120

/** Findings as people read them: a mark, the check, the place and what stands there, and below it what to do. */
export function findingsText({ findings, counts }: Findings, page: Page): string {
  const { lang } = page
  const mark = Math.max(...Object.values(MARKS).map((m) => widthOf(m[lang]))) + 2
  const title = Math.max(0, ...findings.map((f) => widthOf(f.title[lang]))) + 2
  const width = Math.max(40, Math.min(page.columns, MAX_COLUMNS) - mark - title)
  const rows = findings.flatMap((f, i) => {
    const name = findings[i - 1]?.check === f.check ? '' : f.title[lang]
    const lines = [...wrap(`${f.place}: ${f.what[lang]}`, width), ...todo(f, width, page)]
    return lines.map((line, n) =>
      n === 0
        ? `${painted(f.state, pad(MARKS[f.state][lang], mark), page)}${pad(name, title)}${line}`
        : `${' '.repeat(mark + title)}${line}`,
    )
  })
  const total =
    lang === 'zh'
      ? `正常 ${counts.ok}，警告 ${counts.warn}，失败 ${counts.fail}，跳过 ${counts.skip}`
      : `${counts.ok} ok, ${counts.warn} ${counts.warn === 1 ? 'warning' : 'warnings'}, ${counts.fail} failed, ${counts.skip} skipped`
  return [...rows, '', total].join('\n')
}

function todo(f: CheckedFinding, width: number, { lang }: Page): string[] {
  if (!f.todo) return []
  return wrap(f.todo[lang], width - 3).map((line, n) => `${n === 0 ? '-> ' : '   '}${line}`)
}

const painted = (state: FindingState, text: string, { color }: Page): string =>
  color ? `\u001b[${COLORS[state]}m${text}\u001b[0m` : text
