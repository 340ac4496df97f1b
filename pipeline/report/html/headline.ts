import { VERDICT_CAUSES } from '../../../schemas/vocabulary.js'
import type { Model, Words } from './model.js'

/** What happened, in one sentence; and shorter, as the title of the window. */
export function headline({ totals, words }: Model): { readonly whole: Words; readonly short: Words } {
  if (totals.timeouts === 0 || totals.first === undefined || totals.last === undefined) {
    const none = { en: 'No TCP timeout in these logs.', zh: '这些日志中没有发现TCP超时。' }
    return { whole: none, short: none }
  }
  const ranked = totals.causes
    .map((n, i) => ({
      n,
      name: words.causes[VERDICT_CAUSES[i] ?? 'unknown'],
      isUnknown: VERDICT_CAUSES[i] === 'unknown',
    }))
    .filter(({ n }) => n > 0)
    .sort((a, b) => Number(a.isUnknown) - Number(b.isUnknown) || b.n - a.n)
  const known = ranked.filter(({ isUnknown }) => !isUnknown)
  const told = known.slice(0, 3)
  const rest = known.slice(3).reduce((sum, { n }) => sum + n, 0)
  const unknown = ranked.find(({ isUnknown }) => isUnknown)?.n ?? 0
  const many = (n: number, one: string): string => `${grouped(n)} ${one}${n === 1 ? '' : 's'}`
  const [from, to] = [stamp(totals.first), stamp(totals.last)]
  const isOneDay = from.day === to.day
  const clocks = from.clock === to.clock ? from.clock : `${from.clock}–${to.clock}`
  const where = {
    en: [
      ...(totals.terminals > 0 ? [`at ${many(totals.terminals, 'terminal')}`] : []),
      ...(totals.sites > 0 ? [`${totals.terminals > 0 ? 'of' : 'at'} ${many(totals.sites, 'site')}`] : []),
    ].join(' '),
    zh: [
      ...(totals.sites > 0 ? [`${grouped(totals.sites)} 个门店`] : []),
      ...(totals.terminals > 0 ? [`${grouped(totals.terminals)} 台终端`] : []),
    ].join('、'),
  }
  const when = {
    en: isOneDay ? `on ${from.day}, ${clocks} UTC` : `from ${from.day} ${from.clock} to ${to.day} ${to.clock} UTC`,
    zh: isOneDay ? `${from.day} ${clocks} UTC` : `${from.day} ${from.clock} 至 ${to.day} ${to.clock} UTC`,
  }
  const isOne = ranked.length === 1
  const why = {
    en: isOne
      ? ranked[0]?.name.en
      : [
          ...told.map(({ n, name }) => `${name.en} ${grouped(n)}`),
          ...(rest > 0 ? [`other causes ${grouped(rest)}`] : []),
          ...(unknown > 0 ? [`not decided ${grouped(unknown)}`] : []),
        ].join(', '),
    zh: isOne
      ? ranked[0]?.name.zh
      : [
          ...told.map(({ n, name }) => `${name.zh} ${grouped(n)}`),
          ...(rest > 0 ? [`其他原因 ${grouped(rest)}`] : []),
          ...(unknown > 0 ? [`未能判定 ${grouped(unknown)}`] : []),
        ].join('、'),
  }
  return {
    whole: {
      en: `${many(totals.timeouts, 'timeout')}${where.en === '' ? '' : ` ${where.en}`} ${when.en}: ${why.en}.`,
      zh: `${when.zh}，${where.zh}共 ${grouped(totals.timeouts)} 次超时：${why.zh}。`,
    },
    short: {
      en: `${many(totals.timeouts, 'timeout')}, ${from.day}`,
      zh: `${grouped(totals.timeouts)} 次超时，${from.day}`,
    },
  }
}

const stamp = (ms: number): { day: string; clock: string } => {
  const iso = new Date(ms).toISOString()
  return { day: iso.slice(0, 10), clock: iso.slice(11, 16) }
}
/** Thousands apart, the same in both languages. */
const grouped = (n: number): string => String(n).replace(/\B(?=(\d{3})+$)/g, ',')
