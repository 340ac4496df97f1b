import type { ReplayProgress } from '../run/replay.js'
import type { Io } from './command.js'

const WIDTH = 24
const PASS = {
  look: { en: 'looking', zh: '预读' },
  read: { en: 'reading', zh: '读取' },
  diagnose: { en: 'diagnosing', zh: '诊断' },
} as const

/** A progress bar on standard error, only on a terminal; `done` takes it away again. */
export function progressBar(io: Io): { readonly update: ReplayProgress; readonly done: () => void } {
  if (!io.isTty) return { update: () => {}, done: () => {} }
  const began = io.now()
  let drawn = 0
  return {
    update: ({ pass, bytesDone, bytesTotal, records, verdicts }) => {
      const now = io.now()
      if (now - drawn < 100) return
      drawn = now
      const share = bytesTotal === 0 ? 0 : Math.min(1, bytesDone / bytesTotal)
      const bar = '█'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '░')
      const left = share > 0.02 ? `${Math.ceil(((now - began) / share - (now - began)) / 1000)} s` : ''
      const rate = `${(bytesDone / 1e6 / Math.max(0.001, (now - began) / 1000)).toFixed(1)} MB/s`
      io.err(
        `\r\u001b[K${PASS[pass][io.lang]} ${bar} ${Math.round(share * 100)} %  ${records} ${io.lang === 'en' ? 'records' : '条'}  ${verdicts > 0 ? `${verdicts} ${io.lang === 'en' ? 'timeouts' : '次超时'}  ` : ''}${rate}  ${left}`,
      )
    },
    done: () => io.err('\r\u001b[K'),
  }
}

type MessageProgress = {
  readonly pass: 'read' | 'diagnose'
  readonly done: number
  /** Undefined: not known before. */
  readonly total: number | undefined
  readonly verdicts: number
}

/** The same for messages of topics. */
export function messageBar(io: Io): { readonly update: (p: MessageProgress) => void; readonly done: () => void } {
  if (!io.isTty) return { update: () => {}, done: () => {} }
  const began = io.now()
  let drawn = 0
  return {
    update: ({ pass, done, total, verdicts }) => {
      const now = io.now()
      if (now - drawn < 100) return
      drawn = now
      const share = total === undefined || total === 0 ? undefined : Math.min(1, done / total)
      const bar =
        share === undefined
          ? ''
          : `${'█'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '░')} ${Math.round(share * 100)} %  `
      const rate = Math.round(done / Math.max(0.001, (now - began) / 1000))
      const messages = io.lang === 'en' ? `${done} messages, ${rate}/s` : `${done} 条消息,${rate}/秒`
      const found = verdicts > 0 ? `  ${verdicts} ${io.lang === 'en' ? 'timeouts' : '次超时'}` : ''
      io.err(`\r\u001b[K${PASS[pass][io.lang]} ${bar}${messages}${found}`)
    },
    done: () => io.err('\r\u001b[K'),
  }
}
