import type { LetterLine, LetterList, RetryResult } from '../../schemas/dead-letters.js'
import type { Page } from './text.js'
import { cutTo, pad, widthOf, wrap } from './width.js'

const STATES: Readonly<Record<LetterLine['state'], { readonly en: string; readonly zh: string }>> = {
  new: { en: '', zh: '' },
  sent: { en: 'sent again', zh: '已重发' },
  exhausted: { en: 'tried as often as may be', zh: '已达重试上限' },
  cut: { en: 'not whole', zh: '不完整' },
  late: { en: 'late', zh: '迟到' },
  foreign: { en: 'of no topic that is read', zh: '非所读主题' },
}

/** How many by reason and origin, then the newest. @param nowMs  for ages */
export function letterListText(list: LetterList, page: Page, nowMs: number): string {
  const zh = page.lang === 'zh'
  if (list.letters === 0) return zh ? '没有死信。' : 'No dead letters.'
  const head = zh
    ? `${list.letters} 封死信，另有 ${list.doubles} 封为同一记录的重复。`
    : `${list.letters} dead letters, and ${list.doubles} doubles of records that were read twice.`
  const groups = list.groups.map((g) => [
    String(g.letters),
    g.reason,
    g.origin || '-',
    g.last === null ? '' : age(nowMs - Date.parse(g.last), page),
  ])
  const more = list.more_groups > 0 ? [zh ? `另有 ${list.more_groups} 组` : `${list.more_groups} more groups`] : []
  const late =
    list.late_command === null
      ? []
      : [
          '',
          ...wrap(
            zh
              ? '迟到的事件不重发，由重放补判：'
              : 'Late events are not sent again; a replay of their time repairs them:',
            page.columns,
          ),
          `  ${list.late_command}`,
        ]
  return [
    head,
    '',
    ...table([zh ? ['数量', '原因', '来源', '最近'] : ['letters', 'reason', 'origin', 'last'], ...groups], [0]),
    ...more,
    '',
    zh ? '最新：' : 'Newest:',
    ...list.newest.flatMap((l) => lineText(l, page, nowMs)),
    ...late,
  ].join('\n')
}

function lineText(l: LetterLine, page: Page, nowMs: number): string[] {
  const zh = page.lang === 'zh'
  const notes = [
    STATES[l.state][page.lang],
    ...(l.tries > 0 ? [zh ? `第 ${l.tries} 次重试` : `try ${l.tries}`] : []),
    ...(l.hidden > 0 ? [zh ? '含已遮蔽的字节' : 'has hidden bytes'] : []),
  ].filter((n) => n !== '')
  const when = l.at === null ? '' : `  ${age(nowMs - Date.parse(l.at), page)}`
  const note = notes.length === 0 ? '' : `  (${notes.join(', ')})`
  return [`${l.reason}  ${l.place}${when}${note}`, `  ${cutTo(l.first, Math.max(20, page.columns - 2))}`]
}

/** What was sent again, and what was not and why. */
export function retryText(r: RetryResult, page: Page): string {
  const zh = page.lang === 'zh'
  const verb = zh ? (r.dry_run ? '将重发' : '已重发') : r.dry_run ? 'Would send' : 'Sent'
  const topics = Object.entries(r.by_topic).map(([topic, n]) => `${topic} ${n}`)
  const lines = [
    zh
      ? `${verb} ${r.sent} 封${topics.length > 0 ? `:${topics.join(',')}` : ''}。`
      : `${verb} ${r.sent} letters${topics.length > 0 ? `: ${topics.join(', ')}` : ''}.`,
    ...r.places.slice(0, r.dry_run ? undefined : 5).map((p) => `  ${p}`),
  ]
  const left = [
    [r.left.sent, zh ? '此前已重发' : 'had been sent again before'],
    [r.left.exhausted, zh ? '已重试3次' : 'have been tried three times'],
    [r.left.cut, zh ? '不完整：超过主题的消息上限' : 'are not whole: they were longer than the topic takes'],
    [r.left.foreign, zh ? '不属于配置所读的主题' : 'are of no topic that the configuration reads'],
    [r.left.late, zh ? '迟到：由重放补判' : 'came late: a replay of their time repairs them'],
  ] as const
  for (const [n, why] of left) if (n > 0) lines.push(zh ? `未重发 ${n} 封：${why}。` : `Left ${n}: they ${why}.`)
  if (r.late_command !== null) lines.push(`  ${r.late_command}`)
  if (r.hidden > 0)
    lines.push(
      zh
        ? `其中 ${r.hidden} 封含有被遮蔽的卡号字节，无法恢复原样，按遮蔽后的内容重发。`
        : `${r.hidden} of them have card data hidden: these bytes cannot come back, so they go out as they are here.`,
    )
  if (r.sent > 0 && !r.dry_run)
    lines.push(
      zh
        ? '事件时间已超出迟到时限的记录会成为迟到事件：请稍后以 replay … --late 补判。'
        : 'Records whose time is past the lateness come out as late events, for `replay … --late` to take in.',
    )
  return lines.flatMap((l) => (l.startsWith('  ') ? [l] : wrap(l, page.columns))).join('\n')
}

function age(ms: number, page: Page): string {
  const secs = Math.max(0, Math.round(ms / 1_000))
  const [n, en, zh] =
    secs < 120
      ? [secs, 's', '秒']
      : secs < 7_200
        ? [Math.round(secs / 60), 'min', '分钟']
        : secs < 172_800
          ? [Math.round(secs / 3_600), 'h', '小时']
          : [Math.round(secs / 86_400), 'd', '天']
  return page.lang === 'zh' ? `${n}${zh}前` : `${n} ${en} ago`
}

function table(rows: readonly (readonly string[])[], right: readonly number[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((r) => widthOf(r[i] ?? ''))))
  return rows.map((r) =>
    r
      .map((cell, i) => {
        const width = widths[i] ?? 0
        return right.includes(i) ? ' '.repeat(Math.max(0, width - widthOf(cell))) + cell : pad(cell, width)
      })
      .join('  ')
      .trimEnd(),
  )
}
