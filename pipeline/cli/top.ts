import { setTimeout as wait } from 'node:timers/promises'
import { WhytimeoutError } from '../errors.js'
import { topFrame } from '../report/top.js'
import { type Asked, sumOf } from '../report/top-sum.js'
import { type Address, readStatus } from '../run/remote.js'
import { ADDRESS_OPTIONS, addressesOf } from './addresses.js'
import { defineCommand } from './command.js'

const INTERVAL = /^(\d{1,4}(?:\.\d{1,3})?)s?$/

export const topCommand = defineCommand({
  name: 'top',
  summary: {
    en: 'Watch running processes live: lag, rates, latency, causes now.',
    zh: '实时查看运行中的进程：积压、速率、延迟、当前原因。',
  },
  usage: '[--config F.yml] [--url URL]… [--once] [--json]',
  options: {
    ...ADDRESS_OPTIONS,
    every: { type: 'string', default: '2s', value: '2s', about: { en: 'how often it looks', zh: '刷新间隔' } },
    once: { type: 'boolean', about: { en: 'one frame, then exit', zh: '只显示一次' } },
    json: { type: 'boolean', about: { en: 'as JSON, an object a line', zh: '以JSON输出，每行一个对象' } },
  },
  notes: {
    en: 'Several processes are shown as one; give each by --url. Rates and latency are of the last minute; p50 and p99 are read off histogram buckets. Exit 1 when none answers to --once.',
    zh: '多个进程合并显示，用 --url 逐一给出。速率和延迟为最近一分钟；p50、p99由直方图估算。--once 时若均无应答则以1退出。',
  },
  examples: [
    {
      run: 'whytimeout top --config whytimeout.yml',
      about: { en: 'the process of this configuration, redrawn in place', zh: '查看该配置对应的进程，原地刷新' },
    },
    {
      run: 'whytimeout top --url http://10.0.0.5:9600 --url http://10.0.0.6:9600 --once --json',
      about: { en: 'two processes as one, once, for a script', zh: '两个进程合并，输出一次JSON' },
    },
  ],
  async run(args, options, io) {
    if (args.length > 0) throw new WhytimeoutError('USAGE', `unexpected "${args[0]}"`, 'whytimeout top')
    const everyMs = Math.max(200, Number(INTERVAL.exec(options.every)?.[1] ?? Number.NaN) * 1_000)
    if (Number.isNaN(everyMs)) throw new WhytimeoutError('USAGE', `"${options.every}" is no time such as 2s`, '--every')
    const addresses = await addressesOf(options, io)
    const stop = new AbortController()
    if (!options.once) void io.stopAsked().then(() => stop.abort())
    for (let n = 0; ; n++) {
      const asked = await Promise.all(addresses.map(ask))
      const sum = sumOf(asked)
      if (stop.signal.aborted) return 0
      if (options.json) io.out(JSON.stringify({ ...sum, of: asked.flatMap((a) => ('status' in a ? [a.status] : [])) }))
      else io.out(io.canRedraw && !options.once ? overDrawn(topFrame(sum, io), n === 0) : topFrame(sum, io))
      if (options.once) return sum.processes > 0 ? 0 : 1
      await wait(everyMs, undefined, { signal: stop.signal }).catch(() => {})
      if (stop.signal.aborted) return 0
      if (!options.json && !io.canRedraw) io.out('')
    }
  },
})

async function ask(address: Address): Promise<Asked> {
  const { url } = address
  try {
    return { url, status: await readStatus(address) }
  } catch (error) {
    if (!(error instanceof WhytimeoutError) || error.code === 'USAGE') throw error
    return { url, unreachable: error.message }
  }
}

/** Over the frame before, line by line, so that nothing flickers. */
const overDrawn = (frame: string, isFirst: boolean): string =>
  `${isFirst ? '\u001b[2J' : ''}\u001b[H${frame.replaceAll('\n', '\u001b[K\n')}\u001b[K\u001b[J`
