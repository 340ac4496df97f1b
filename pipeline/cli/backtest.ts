import { WhytimeoutError } from '../errors.js'
import { backtestText, unrelated } from '../report/backtest.js'
import { backtest } from '../run/backtest.js'
import { loadPack } from '../run/rules.js'
import { defineCommand } from './command.js'

export const backtestCommand = defineCommand({
  name: 'backtest',
  summary: {
    en: 'Compare two packs of rules on the same logs: which verdicts change, and whether for the better.',
    zh: '用同一批日志比较两套规则：哪些结论改变、变好还是变差。',
  },
  usage: '--against DIR [--rules DIR] <file|folder|labelled folder>…',
  options: {
    rules: {
      type: 'string',
      value: 'DIR',
      about: { en: 'the rules to start from; default the built-in ones', zh: '原规则目录；默认内置规则' },
    },
    against: { type: 'string', value: 'DIR', about: { en: 'the new rules', zh: '新规则目录' } },
    only: {
      type: 'string',
      value: 'MECHANISM',
      multiple: true,
      about: {
        en: 'exit 3 when a verdict changes that neither was nor is this mechanism',
        zh: '若有与该机制无关的结论改变，退出码为3',
      },
    },
    'max-worse': {
      type: 'string',
      value: 'N',
      default: '0',
      about: {
        en: 'exit 3 when more labelled timeouts than this were right and no longer are',
        zh: '原本正确、现在错误的标注超过此数时退出码为3',
      },
    },
    json: { type: 'boolean', about: { en: 'as JSON', zh: '以JSON输出' } },
  },
  notes: {
    en: 'Labelled folders (logs/, inventory.csv, truth.ndjson) also say better or worse. Exit 0: as allowed; 3: worse by labels, or a change outside --only.',
    zh: '标注目录（logs/、inventory.csv、truth.ndjson）还会给出变好或变差。退出码0：在允许范围内；3：标注变差，或出现--only之外的改变。',
  },
  examples: [
    {
      run: 'whytimeout backtest --against ./my-rules ./logs',
      about: { en: 'what would change on yesterday’s logs', zh: '在昨天的日志上会有哪些变化' },
    },
    {
      run: 'whytimeout backtest --rules ./rules --against ./my-rules --only fan-stopped labelled/',
      about: { en: 'a gate: the new mechanism moves nothing else', zh: '门禁：新机制不影响其他结论' },
    },
  ],
  async run(paths, options, io) {
    const place = 'whytimeout backtest'
    if (options.against === undefined) throw new WhytimeoutError('USAGE', 'say which rules with --against DIR', place)
    if (paths.length === 0) throw new WhytimeoutError('USAGE', 'no file or folder given', place)
    if (!/^\d{1,9}$/.test(options['max-worse']))
      throw new WhytimeoutError('USAGE', `"${options['max-worse']}" is no whole number`, '--max-worse')
    const known = new Set((await loadPack(options.against)).mechanisms.map((m) => m.id))
    for (const id of options.only)
      if (!known.has(id)) throw new WhytimeoutError('USAGE', `the new rules have no mechanism "${id}"`, '--only')
    const { rules, against } = options
    const result = await backtest({ rules, against, paths, now: io.now() }, (name, done, of) => {
      if (io.isTty) io.err(`\r\u001b[K${done + 1}/${of} ${name}`)
    })
    if (io.isTty) io.err('\r\u001b[K')
    io.out(options.json ? JSON.stringify(result, null, 2) : backtestText(result, io.lang))
    const strangers = options.only.length === 0 ? [] : unrelated(result.flows, options.only)
    for (const f of strangers)
      io.err(
        io.lang === 'en'
          ? `${f.count} outside --only: ${f.from} -> ${f.to}\n`
          : `--only之外 ${f.count} 个：${f.from} -> ${f.to}\n`,
      )
    const worse = result.labels?.worse ?? 0
    if (worse > Number(options['max-worse']))
      io.err(io.lang === 'en' ? `${worse} labelled timeouts are worse\n` : `${worse} 个标注变差\n`)
    return strangers.length > 0 || worse > Number(options['max-worse']) ? 3 : 0
  },
})
