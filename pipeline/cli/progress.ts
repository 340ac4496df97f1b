import type { ReplayProgress } from '../run/replay.js'
import type { Io } from './command.js'

const WIDTH = 24
const PASS = {
  look: { en: 'looking', zh: '预读' },
  read: { en: 'reading', zh: '读取' },
  diagnose: { en: 'diagnosing', zh: '诊断' },
  store: { en: 'storing', zh: '存储' },
} as const

/** A progress bar on standard error, only on a terminal; `done` takes it away again. */
export function progressBar(io: Io): { readonly update: ReplayProgress; readonly done: () => void } {
  if (!io.isTty) return { update: () => {}, done: () => {} }
  const began = io.now()
  let drawn = 0
  return {
    update: ({ pass, bytesDone, bytesTotal, records, verdicts, sent }) => {
      const now = io.now()
      if (now - drawn < 100) return
      drawn = now
      if (pass === 'store') {
        io.err(`\r\u001b[K${PASS.store[io.lang]}  ${sent} ${io.lang === 'en' ? 'documents' : '个文档'}`)
        return
      }
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

/** The same for a command that reads topics: how many of their messages are done. */
export function messageProgress(io: Io): {
  readonly update: (done: { readonly topic: string; readonly messages: number; readonly of: number }) => void
  readonly done: () => void
} {
  if (!io.isTty) return { update: () => {}, done: () => {} }
  let drawn = 0
  return {
    update: ({ topic, messages, of }) => {
      const now = io.now()
      if (now - drawn < 100) return
      drawn = now
      const share = of === 0 ? 0 : Math.min(1, messages / of)
      const bar = '█'.repeat(Math.round(share * WIDTH)).padEnd(WIDTH, '░')
      io.err(
        `\r\u001b[K${topic} ${bar} ${Math.round(share * 100)} %  ${messages} ${io.lang === 'en' ? 'messages' : '条消息'}`,
      )
    },
    done: () => io.err('\r\u001b[K'),
  }
}
