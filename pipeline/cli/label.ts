import { join } from 'node:path'
import { VERDICT_CAUSES, type VerdictCause } from '../../schemas/vocabulary.js'
import { WhytimeoutError } from '../errors.js'
import { closest } from '../match/closest.js'
import type { Pack } from '../match/pack.js'
import { keepTruth, truthOf } from '../run/label.js'
import { recordedTest } from '../run/recorded-test.js'
import { readUsedOrigins, readVerdict, type StoredVerdict } from '../run/results.js'
import { loadPack } from '../run/rules.js'
import { defineCommand } from './command.js'
import { keepTest, ownRules } from './rules-write.js'

export const labelCommand = defineCommand({
  name: 'label',
  summary: {
    en: 'Say what a timeout really was: a label for eval, and a test for the rules.',
    zh: '标注超时的真实原因：生成评估标注和规则测试。',
  },
  usage: '<verdict id> <cause> [options]',
  options: {
    mechanism: {
      type: 'string',
      value: 'ID',
      about: { en: 'the mechanism of that cause, where known', zh: '该原因的具体机制（如已知）' },
    },
    acceptable: {
      type: 'string',
      value: 'CAUSE',
      multiple: true,
      about: { en: 'another cause that would be right too', zh: '同样可接受的其他原因' },
    },
    from: {
      type: 'string',
      value: 'DIR',
      default: 'whytimeout-out',
      about: { en: 'folder of the replay', zh: 'replay的结果目录' },
    },
    truth: {
      type: 'string',
      value: 'F.ndjson',
      about: {
        en: 'where the label goes; default truth.ndjson in that folder',
        zh: '标注文件；默认写入该目录的truth.ndjson',
      },
    },
    rules: {
      type: 'string',
      value: 'DIR',
      about: {
        en: 'rules that get the test; default rules/ of this folder, else it is printed',
        zh: '写入测试的规则目录；默认当前目录下的rules/，否则仅打印',
      },
    },
    'no-test': { type: 'boolean', about: { en: 'only the label', zh: '仅写标注，不生成测试' } },
  },
  notes: {
    en: `The label is a line as eval reads it (a second label of the same verdict replaces the first); beside logs/ and inventory.csv it makes a labelled folder.
The test holds the masked lines that the verdict cites. Exit 3: the rules do not see it so yet, which is what the test is for.`,
    zh: `标注行即eval所读格式（同一结论再次标注会替换）；与logs/和inventory.csv放在一起即成为标注目录。
测试由结论引用的已脱敏日志行组成。退出码3：现有规则尚不能得出该结果，这正是该测试的意义。`,
  },
  examples: [
    {
      run: 'whytimeout label mwtdwtcg firewall_restriction --mechanism denied-on-site',
      about: { en: "an operator's correction", zh: '运维人员更正结论' },
    },
    {
      run: 'whytimeout label mwtdwtcg unknown --no-test --truth labels/truth.ndjson',
      about: { en: 'the logs do not decide', zh: '日志不足以判定' },
    },
  ],
  async run([id, said], options, io) {
    if (id === undefined || said === undefined)
      throw new WhytimeoutError('USAGE', 'give a verdict id and its cause', 'whytimeout label')
    const cause = causeOf(said)
    const acceptable = options.acceptable.map(causeOf)
    const dir = await ownRules(options.rules)
    const pack = await loadPack(dir)
    const stored = await readVerdict(options.from, id)
    const file = homeOf(pack, stored, cause, options.mechanism)
    const path = options.truth ?? join(options.from, 'truth.ndjson')
    await keepTruth(path, truthOf(stored, cause, acceptable))
    io.err(`${path}\n`)
    if (options['no-test']) return 0
    const made = recordedTest(stored, await readUsedOrigins(options.from), { cause, mechanism: options.mechanism })
    return keepTest(dir, file, made, io)
  },
})

function causeOf(text: string): VerdictCause {
  if ((VERDICT_CAUSES as readonly string[]).includes(text)) return text as VerdictCause
  const near = closest(text, VERDICT_CAUSES)
  throw new WhytimeoutError(
    'USAGE',
    `no cause "${text}"${near === undefined ? `; known: ${VERDICT_CAUSES.join(', ')}` : `; did you mean "${near}"?`}`,
    'whytimeout label',
  )
}

/** The mechanism whose file gets the test: the one named, else the likeliest of the cause, else the one that won wrongly, as its near miss. */
function homeOf(pack: Pack, { verdict }: StoredVerdict, cause: VerdictCause, named: string | undefined): string {
  const own = pack.mechanisms.filter((m) => m.cause === cause)
  if (named !== undefined) {
    if (own.some((m) => m.id === named)) return named
    const near = closest(
      named,
      own.map((m) => m.id),
    )
    throw new WhytimeoutError(
      'USAGE',
      `${cause} has no mechanism "${named}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
      'whytimeout label',
    )
  }
  const { verdict: got, detail } = verdict.whytimeout
  const considered = detail.considered.map((c) => c.mechanism)
  const likeliest = considered.find((id) => own.some((m) => m.id === id)) ?? own[0]?.id
  return likeliest ?? (got.mechanism === 'unknown' ? (considered[0] ?? '') : got.mechanism)
}
