import type { Finding } from '../../../schemas/doctor.js'
import { type ClockRecord, decodeClock } from '../../stream/messages.js'
import { fail, ok, say, skip, warn } from '../findings.js'
import { readInputs } from '../stream-inputs.js'
import type { Check, Context } from './check.js'
import { thereOf } from './look.js'
import { readRanges } from './read.js'
import { count, few, span } from './words.js'

/** The newest clock of a partition, and when it was written (epoch ms, Kafka's time). */
export type WrittenClock = Pick<ClockRecord, 'topic' | 'partition' | 'generation' | 'digest'> & { readonly at: number }
type Inputs = { readonly generation: number; readonly digest: string }

const LIMITS = { ms: 10_000, bytes: 64 * 1024 * 1024 }

/** Every process writes to the clocks what rules, inventory, origins and lateness it runs with. */
export const processesCheck: Check = {
  id: 'processes',
  title: say('Processes', '进程'),
  needsKafka: true,
  run: async (context) => {
    const { clocks, isWhole } = await readClocks(context)
    const inputs = await readInputs(context.config).then(
      (i) => ({ generation: i.pack.generation, digest: i.digest }),
      () => undefined,
    )
    const found = judgeProcesses(clocks, inputs, context.now())
    return isWhole ? found : [...found, cut(context.look.names.clocks)]
  },
}

async function readClocks({ look }: Context): Promise<{ clocks: readonly WrittenClock[]; isWhole: boolean }> {
  const topic = look.names.clocks
  if (thereOf((await look.cluster()).internal).every((t) => t.topic !== topic)) return { clocks: [], isWhole: true }
  const newest = new Map<string, WrittenClock>()
  const ranges = (await look.ends(topic)).map((e) => ({ topic, partition: e.partition, from: e.low, to: e.high }))
  const isWhole = await readRanges(look, ranges, LIMITS, (_, m) => {
    const key = m.key?.toString('utf8') ?? ''
    const clock = m.value && clockOf(m.value.toString('utf8'))
    if (clock) newest.set(key, { ...clock, at: Number(m.timestamp) })
    else newest.delete(key)
  })
  return { clocks: [...newest.values()], isWhole }
}

function clockOf(text: string): ClockRecord | undefined {
  try {
    return decodeClock(text)
  } catch {
    return undefined
  }
}

const cut = (topic: string): Finding =>
  skip('clocks-cut', topic, say('it is too long to be read whole in the time', '内容过多，未能在限时内读完'))

type Run = Inputs & { first: number; last: number; readonly partitions: string[] }

/**
 * Two kinds of inputs were at work at the same time if the writing of one reaches into that of the other; else the later took over, and what
 * the earlier has written last is only left from before.
 */
export function judgeProcesses(
  clocks: readonly WrittenClock[],
  own: Inputs | undefined,
  now: number,
): readonly Finding[] {
  const runs = new Map<string, Run>()
  for (const c of clocks) {
    const key = `${c.generation} ${c.digest}`
    const run = runs.get(key) ?? { ...c, first: c.at, last: c.at, partitions: [] }
    run.first = Math.min(run.first, c.at)
    run.last = Math.max(run.last, c.at)
    run.partitions.push(`${c.topic}/${c.partition}`)
    runs.set(key, run)
  }
  const [current, ...earlier] = [...runs.values()].sort((a, b) => b.last - a.last)
  if (!current) return [skip('no-process-yet', 'clocks', say('no process has run yet', '尚无进程运行过'))]
  const ago = span(Math.max(0, now - current.last))
  const beside = earlier.filter((r) => r.last > current.first)
  const asText = (r: Inputs) => `${r.generation}/${r.digest.slice(0, 8)}`
  if (beside.length > 0)
    return [
      fail(
        'inputs-differ',
        few([current, ...beside].map((r) => `${asText(r)}: ${few(r.partitions, 2)}`)),
        say(
          'processes run with different rules, inventory, origins or lateness at the same time (generation/digest: partitions)',
          '同时运行的进程使用了不同的规则、清单、来源说明或迟到时限（代次/摘要：分区）',
        ),
        say('Give all the same files and start them again.', '请统一文件后重新启动全部进程。'),
      ),
    ]
  if (!own)
    return [
      skip(
        'own-inputs-unread',
        asText(current),
        say(
          'the processes agree, but what is configured here could not be read',
          '进程之间一致，但无法读取本配置的输入',
        ),
      ),
    ]
  if (own.digest === current.digest && own.generation === current.generation)
    return [
      ok(
        'inputs-agree',
        asText(own),
        say(
          `${count(clocks.length, 'partition')} worked on with what is configured here, last ${ago.en} ago`,
          `${clocks.length} 个分区使用与本配置相同的输入，最近写入于${ago.zh}前`,
        ),
      ),
    ]
  if (current.generation > own.generation)
    return [
      fail(
        'inputs-behind',
        asText(own),
        say(
          `the processes run generation ${current.generation} of the rules, and this configuration has ${own.generation}: started with it, one would stop`,
          `进程运行的规则代次为 ${current.generation}，本配置为 ${own.generation}：以本配置启动的进程会停止`,
        ),
        say('Bring the rules here up to date.', '请更新本机规则。'),
      ),
    ]
  return [
    warn(
      'inputs-changed',
      asText(own),
      say(
        `the processes ran ${ago.en} ago with other rules, inventory, origins or lateness than are configured here now`,
        `进程在${ago.zh}前使用的规则、清单、来源说明或迟到时限与当前配置不同`,
      ),
      say('Start all of them again to take it over.', '请重新启动全部进程以生效。'),
    ),
  ]
}
