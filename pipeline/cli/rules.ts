import { WhytimeoutError } from '../errors.js'
import { closest } from '../match/closest.js'
import type { Finding } from '../match/lint.js'
import { coverageText } from '../report/coverage.js'
import { pad } from '../report/width.js'
import { lineTest } from '../run/line-test.js'
import { recordedTest } from '../run/recorded-test.js'
import { readUsedOrigins, readVerdict } from '../run/results.js'
import { lintPack, testRules, untestedSignals } from '../run/rule-checks.js'
import { ruleCoverage } from '../run/rule-coverage.js'
import { newRule, writeDigest, writeMarks } from '../run/rule-writer.js'
import { loadPack } from '../run/rules.js'
import { writeSigma } from '../run/sigma-folder.js'
import { defineCommand, type Io, type OptionSpec, type Values } from './command.js'
import { progressBar } from './progress.js'
import { keepTest, ownRules, writableRules } from './rules-write.js'

const OPTIONS = {
  rules: {
    type: 'string',
    value: 'DIR',
    about: {
      en: 'other rules than the built-in ones; where they are written, default rules/ of this folder',
      zh: '使用其他规则目录；写入时默认为当前目录下的rules/',
    },
  },
  strict: {
    type: 'boolean',
    about: {
      en: 'lint: also every supporting signal that no test of its rule shows',
      zh: 'lint：同时列出未被测试覆盖的信号',
    },
  },
  write: {
    type: 'boolean',
    about: {
      en: "lint: write the rules' digest into pack.yml and raise the generation, where they have changed; mend the marks of Chinese texts",
      zh: 'lint：规则有变化时，将新摘要写入pack.yml并提升代次；并修正中文标点',
    },
  },
  signals: {
    type: 'boolean',
    about: { en: 'coverage: a row for each signal too', zh: 'coverage：同时列出每个信号' },
  },
  for: {
    type: 'string',
    value: 'MECHANISM',
    about: { en: 'new: the mechanism that uses the signal', zh: 'new：使用该信号的机制' },
  },
  sigma: {
    type: 'string',
    value: 'DIR',
    about: { en: 'export: folder for the Sigma rules', zh: 'export：Sigma规则的输出目录' },
  },
  mechanism: {
    type: 'string',
    value: 'ID',
    about: {
      en: 'new-test: what the test expects; default what the verdict says',
      zh: 'new-test：测试期望的机制；默认为结论给出的机制',
    },
  },
  line: {
    type: 'string',
    value: 'TEXT',
    about: { en: 'new-test: a raw line in place of a verdict', zh: 'new-test：用一行原始日志代替结论' },
  },
  from: {
    type: 'string',
    value: 'DIR',
    default: 'whytimeout-out',
    about: { en: 'new-test: folder of the replay', zh: 'new-test：replay的结果目录' },
  },
  json: { type: 'boolean', about: { en: 'as JSON', zh: '以JSON输出' } },
} as const satisfies Record<string, OptionSpec>
type Options = Values<typeof OPTIONS>
type Part = (args: readonly string[], options: Options, io: Io) => Promise<number>

const PARTS = {
  list,
  lint,
  test,
  coverage,
  new: create,
  'new-test': newTest,
  export: exportRules,
} as const satisfies Record<string, Part>

export const rulesCommand = defineCommand({
  name: 'rules',
  summary: { en: 'List, check, test, extend and export the rules.', zh: '列出、检查、测试、扩充和导出规则。' },
  usage: `list|lint|test|coverage <logs…>|new <cause>/<id>|new-test <verdict id>|export --sigma DIR [--rules DIR]`,
  options: OPTIONS,
  notes: {
    en: `coverage replays logs and says which signals and mechanisms have a say in them, and which never.
new writes a mechanism (or signals/<id> with --for) that passes lint and its own tests; fill in what stands in <angle brackets>.
new-test makes a test of the masked lines that a verdict cites, or of one --line, and says whether it holds today (exit 3 if not).
export writes each condition on single events as a Sigma rule over whytimeout's events, and lists what Sigma cannot say.`,
    zh: `coverage 重放日志，统计哪些信号和机制起过作用、哪些从未出现。
new 生成一个可通过lint和自带测试的机制（或用--for生成signals/<id>），填写<尖括号>中的内容即可。
new-test 用结论引用的已脱敏日志行（或一行--line）生成测试，并说明目前是否通过（未通过则退出码为3）。
export 将每个单事件条件导出为Sigma规则，并列出Sigma无法表达的部分。`,
  },
  examples: [
    { run: 'whytimeout rules list', about: { en: 'all mechanisms by cause', zh: '按原因列出全部机制' } },
    {
      run: 'whytimeout rules test --rules ./my-rules',
      about: { en: "run every rule's tests against all rules", zh: '对全部规则运行内置测试' },
    },
    {
      run: 'whytimeout rules coverage ./logs --signals',
      about: { en: 'which signals these logs have, and which never fire', zh: '这些日志触发了哪些信号' },
    },
    {
      run: 'whytimeout rules new hardware_fault/fan-stopped',
      about: { en: 'a mechanism to start from', zh: '新建一个机制' },
    },
    {
      run: "whytimeout rules new-test --mechanism nic-hang --line '2026-03-02T12:00:20+00:00 t1 kernel: e1000e 0000:00:19.0 eth0: Detected Hardware Unit Hang:'",
      about: { en: 'a production line becomes a test', zh: '将一行生产日志变为测试' },
    },
    {
      run: 'whytimeout rules export --sigma ./sigma',
      about: { en: 'for a SIEM', zh: '供SIEM使用' },
    },
  ],
  async run([what, ...args], options, io) {
    const part = (PARTS as Readonly<Record<string, Part>>)[what ?? '']
    if (part && Object.hasOwn(PARTS, what ?? '')) return part(args, options, io)
    const known = Object.keys(PARTS)
    const near = closest(what ?? '', known)
    throw new WhytimeoutError(
      'USAGE',
      what === undefined
        ? `say ${known.join(', ')}`
        : `no "rules ${what}"${near === undefined ? '' : `; did you mean "${near}"?`}; known: ${known.join(', ')}`,
      'whytimeout rules',
    )
  },
})

function show(findings: readonly Finding[], options: Options, io: Io): number {
  const text =
    findings.map((f) => `${f.place}: ${f.message}`).join('\n') ||
    (io.lang === 'en' ? 'nothing to complain of' : '没有发现问题')
  io.out(options.json ? JSON.stringify(findings, null, 2) : text)
  return findings.length > 0 ? 3 : 0
}

async function list(_: readonly string[], options: Options, io: Io): Promise<number> {
  const rows = (await loadPack(options.rules)).mechanisms
    .map((m) => ({
      cause: m.cause,
      mechanism: m.id,
      status: m.source.status,
      phases: m.source.phases,
      name: m.source.name,
      signals: m.signals.length,
    }))
    .sort((a, b) => (a.cause + a.mechanism < b.cause + b.mechanism ? -1 : 1))
  const row = (r: (typeof rows)[number]): string =>
    `${r.cause.padEnd(26)}${r.mechanism.padEnd(24)}${r.status.padEnd(14)}${pad(r.name[io.lang], 58)}${r.phases.join(',')}`
  io.out(options.json ? JSON.stringify(rows, null, 2) : rows.map(row).join('\n'))
  return 0
}

async function lint(_: readonly string[], options: Options, io: Io): Promise<number> {
  if (options.write) {
    const dir = await writableRules(options.rules, 'whytimeout rules lint --write')
    for (const path of [...(await writeMarks(dir)), ...(await writeDigest(dir))]) io.err(`${path}\n`)
  }
  const pack = await loadPack(options.write ? await ownRules(options.rules) : options.rules)
  return show([...lintPack(pack), ...(options.strict ? untestedSignals(pack) : [])], options, io)
}

async function test(_: readonly string[], options: Options, io: Io): Promise<number> {
  const { passed, failed } = testRules(await loadPack(options.rules))
  if (failed.length > 0) show(failed, options, io)
  io.out(options.json ? JSON.stringify({ passed, failed: failed.length }) : `${passed} passed, ${failed.length} failed`)
  return failed.length > 0 ? 3 : 0
}

async function coverage(paths: readonly string[], options: Options, io: Io): Promise<number> {
  if (paths.length === 0) throw new WhytimeoutError('USAGE', 'no file or folder given', 'whytimeout rules coverage')
  const bar = progressBar(io)
  const found = await ruleCoverage({ paths, rules: options.rules, now: io.now() }, bar.update).finally(bar.done)
  io.out(options.json ? JSON.stringify(found, null, 2) : coverageText(found, io.lang, options.signals))
  return 0
}

async function create([name]: readonly string[], options: Options, io: Io): Promise<number> {
  const place = 'whytimeout rules new'
  if (name === undefined) throw new WhytimeoutError('USAGE', 'give <cause>/<id> or signals/<id>', place)
  const written = await newRule(await writableRules(options.rules, place), name, options.for)
  io.out(options.json ? JSON.stringify(written) : written.join('\n'))
  return 0
}

async function newTest([id]: readonly string[], options: Options, io: Io): Promise<number> {
  const place = 'whytimeout rules new-test'
  const dir = await ownRules(options.rules)
  const pack = await loadPack(dir)
  const find = (wanted: string) => {
    const found = pack.mechanisms.find((m) => m.id === wanted)
    const near = closest(
      wanted,
      pack.mechanisms.map((m) => m.id),
    )
    if (!found)
      throw new WhytimeoutError(
        'USAGE',
        `no mechanism "${wanted}"${near === undefined ? '' : `; did you mean "${near}"?`}`,
        place,
      )
    return found
  }
  if (options.line !== undefined) {
    if (options.mechanism === undefined)
      throw new WhytimeoutError('USAGE', 'say whose test it is with --mechanism', place)
    const mechanism = find(options.mechanism)
    const made = lineTest(pack, mechanism, options.line.replaceAll('\\n', '\n'), io.now())
    return keepTest(dir, mechanism.id, made, io)
  }
  if (id === undefined) throw new WhytimeoutError('USAGE', 'give a verdict id or --line', place)
  const stored = await readVerdict(options.from, id)
  const mechanism = find(options.mechanism ?? stored.verdict.whytimeout.verdict.mechanism)
  const made = recordedTest(stored, await readUsedOrigins(options.from), {
    cause: mechanism.cause,
    mechanism: mechanism.id,
  })
  return keepTest(dir, mechanism.id, made, io)
}

async function exportRules(_: readonly string[], options: Options, io: Io): Promise<number> {
  if (options.sigma === undefined)
    throw new WhytimeoutError('USAGE', 'say where to with --sigma DIR', 'whytimeout rules export')
  const { files, left } = await writeSigma(await loadPack(options.rules), options.sigma)
  const names = [...files.keys()]
  io.out(
    options.json
      ? JSON.stringify({ written: names, left }, null, 2)
      : [
          io.lang === 'en'
            ? `${names.length} Sigma rules written; ${left.length} signals are not Sigma's to say:`
            : `已写出 ${names.length} 条Sigma规则；${left.length} 个信号无法用Sigma表达：`,
          ...left.map((l) => `  ${pad(l.signal, 48)}${l.reason}`),
        ].join('\n'),
  )
  return 0
}
