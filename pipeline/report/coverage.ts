import type { Lang } from '../../schemas/vocabulary.js'
import { pad } from './width.js'

type Signal = {
  readonly signal: string
  readonly bits: number
  readonly events: number | null
  readonly counted: number
}
type Covered = {
  readonly verdicts: number
  readonly unknown: number
  readonly events: number
  readonly mechanisms: readonly {
    readonly mechanism: string
    readonly cause: string
    readonly won: number
    readonly signals: readonly Signal[]
  }[]
}

/** A row a mechanism: how often it won, how many of its signals ever counted, which never did. */
export function coverageText(c: Covered, lang: Lang, isLong: boolean): string {
  const zh = lang === 'zh'
  const all = c.mechanisms.flatMap((m) => m.signals)
  const counted = all.filter((s) => s.counted > 0)
  const winners = c.mechanisms.filter((m) => m.won > 0)
  const silent = c.mechanisms.filter((m) => m.signals.every((s) => s.counted === 0))
  const head = zh ? ['机制', '判定', '有效信号'] : ['mechanism', 'won', 'signals']
  return [
    zh
      ? `${c.events} 条事件，${c.verdicts} 个结论（其中未知 ${c.unknown}）`
      : `${c.events} events, ${c.verdicts} verdicts, ${c.unknown} of them unknown`,
    zh
      ? `${c.mechanisms.length} 个机制中 ${winners.length} 个得出过结论；${all.length} 个信号中 ${counted.length} 个起过作用`
      : `${winners.length} of ${c.mechanisms.length} mechanisms won a verdict; ${counted.length} of ${all.length} signals counted in one`,
    '',
    `${pad(head[0] ?? '', 52)}${pad(head[1] ?? '', 8)}${head[2]}`,
    ...c.mechanisms.flatMap((m) => {
      const own = m.signals.filter((s) => s.counted > 0).length
      const row = `${pad(`${m.cause}/${m.mechanism}`, 52)}${pad(String(m.won), 8)}${own}/${m.signals.length}`
      return isLong ? [row, ...m.signals.map((s) => signalRow(s, zh))] : [row]
    }),
    ...(silent.length > 0
      ? [
          '',
          zh ? '从未有信号的机制：' : 'Without a word in all of this:',
          ...silent.map((m) => `  ${m.cause}/${m.mechanism}`),
        ]
      : []),
  ].join('\n')
}

function signalRow(s: Signal, zh: boolean): string {
  const bits = s.bits > 0 ? `+${s.bits}` : String(s.bits)
  const seen = s.events === null ? '' : zh ? `，${s.events} 条事件` : `, ${s.events} events`
  return `  ${bits.padStart(6)}  ${pad(s.signal, 42)}${zh ? `计入 ${s.counted} 个结论` : `counted in ${s.counted}`}${seen}`
}
