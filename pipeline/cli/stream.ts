import { WhytimeoutError } from '../errors.js'
import { durationMs, type LoadedConfig, loadConfig, pathIn } from '../run/config.js'
import { createLog } from '../run/log.js'
import { NO_OBSERVER } from '../run/observer.js'
import { type OutsideOptions, openOutside } from '../run/outside.js'
import { STAGES, type StageName, startStream } from '../run/stream.js'
import { defineCommand } from './command.js'

const LINGER_MS = 1_000

export const streamCommand = defineCommand({
  name: 'stream',
  summary: {
    en: 'Explain timeouts as they happen: raw logs from Kafka in, verdicts out.',
    zh: '实时分析超时：从Kafka读取原始日志，输出结论。',
  },
  usage: '--config F.yml [--stage parse|diagnose]',
  options: {
    config: { type: 'string', value: 'F.yml', about: { en: 'configuration file', zh: '配置文件' } },
    stage: {
      type: 'string',
      value: 'parse|diagnose',
      about: { en: 'only this stage; both by default', zh: '只运行此阶段；默认两个阶段都运行' },
    },
  },
  notes: {
    en: 'Logs go to stdout, a JSON object a line; they hold no log content unless log_level is debug. SIGTERM ends what is under way within `drain`, commits and exits 0. `whytimeout setup kafka` creates the internal topics. With `http` in the configuration the process serves /metrics, /healthz, /readyz and /status, and `whytimeout top` and `tap` can look at it.',
    zh: '运行日志以每行一个JSON对象写到标准输出；除非log_level为debug，否则不含日志内容。收到SIGTERM后在drain时限内完成手头工作、提交位点并以0退出。内部主题由 whytimeout setup kafka 创建。配置了http时提供 /metrics、/healthz、/readyz、/status，并可用 whytimeout top 和 tap 查看。',
  },
  examples: [
    {
      run: 'whytimeout stream --config whytimeout.yml',
      about: { en: 'both stages in one process', zh: '单进程运行两个阶段' },
    },
    {
      run: 'whytimeout stream --config whytimeout.yml --stage parse',
      about: { en: 'one of several processes that parse', zh: '多个解析进程之一' },
    },
  ],
  async run(args, options, io) {
    if (args.length > 0) throw new WhytimeoutError('USAGE', `unexpected "${args[0]}"`, 'whytimeout stream')
    if (options.config === undefined) throw new WhytimeoutError('USAGE', 'no configuration given', '--config')
    const stages = STAGES.filter((s) => options.stage === undefined || s === options.stage)
    if (stages.length === 0)
      throw new WhytimeoutError('USAGE', `no stage "${options.stage}"; known: ${STAGES.join(', ')}`, '--stage')
    const asked = io.stopAsked()
    const config = await loadConfig(options.config, io.env)
    const log = createLog(config.log_level, { stages: stages.join('+') })
    const outside = config.http && (await openOutside(outsideOf(config, config.http, { stages, log, now: io.now })))
    try {
      const observer = outside?.observer ?? NO_OBSERVER
      const stream = await startStream({ config, stages: stages as readonly StageName[], observer, log, now: io.now })
      outside?.attach(stream)
      const outcome = await Promise.race([
        asked.then(() => undefined),
        stream.ended.then(
          () => undefined,
          (error: unknown) => error,
        ),
      ])
      outside?.stopping()
      // What was not stored is not committed either, so cutting the drain short loses nothing.
      if (!(await isDoneWithin(durationMs(config.drain), stream.stop()))) {
        log('warn', 'stream.drain-cut')
        setImmediate(() => io.quit(1))
      }
      if (outcome !== undefined) throw outcome
      return 0
    } finally {
      await outside?.close()
      // After an outage the Kafka client may keep a connection that nobody uses and that would hold the process.
      setTimeout(() => io.quit(), LINGER_MS).unref()
    }
  },
})

/** What others see of the process, by its configuration. */
const outsideOf = (
  config: LoadedConfig,
  http: NonNullable<LoadedConfig['http']>,
  rest: Pick<OutsideOptions, 'stages' | 'log' | 'now'>,
): OutsideOptions => ({
  ...rest,
  http,
  socket: pathIn(config, http.socket),
  sessionMs: durationMs(config.kafka.session_timeout),
})

/** Waits for work, but not longer than it may take. */
async function isDoneWithin(ms: number, work: Promise<void>): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined
  const limit = new Promise<boolean>((resolve) => {
    timer = setTimeout(() => resolve(false), ms)
  })
  const isDone = await Promise.race([work.then(() => true), limit])
  clearTimeout(timer)
  return isDone
}
