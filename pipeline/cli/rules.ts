import { WhytimeoutError } from '../errors.js'
import { pad } from '../report/width.js'
import { type Finding, lintPack, testRules, untestedSignals } from '../run/rule-checks.js'
import { loadPack } from '../run/rules.js'
import { defineCommand } from './command.js'

export const rulesCommand = defineCommand({
  name: 'rules',
  summary: { en: 'List, check and test the rules.', zh: '列出、检查和测试规则。' },
  usage: 'list|lint|test [--rules DIR]',
  options: {
    rules: {
      type: 'string',
      value: 'DIR',
      about: { en: 'other rules than the built-in ones', zh: '使用其他规则目录' },
    },
    strict: {
      type: 'boolean',
      about: {
        en: 'lint: also every supporting signal that no test of its rule shows',
        zh: 'lint:同时列出未被测试覆盖的信号',
      },
    },
    json: { type: 'boolean', about: { en: 'as JSON', zh: '以JSON输出' } },
  },
  examples: [
    { run: 'whytimeout rules list', about: { en: 'all mechanisms by cause', zh: '按原因列出全部机制' } },
    {
      run: 'whytimeout rules test --rules ./my-rules',
      about: { en: "run every rule's tests against all rules", zh: '对全部规则运行内置测试' },
    },
  ],
  async run([what], options, io) {
    const pack = await loadPack(options.rules)
    const show = (findings: readonly Finding[]): number => {
      io.out(
        options.json
          ? JSON.stringify(findings, null, 2)
          : findings.map((f) => `${f.place}: ${f.message}`).join('\n') ||
              (io.lang === 'en' ? 'nothing to complain of' : '没有发现问题'),
      )
      return findings.length > 0 ? 3 : 0
    }
    switch (what) {
      case 'list': {
        const rows = pack.mechanisms.map((m) => ({
          cause: m.cause,
          mechanism: m.id,
          status: m.source.status,
          phases: m.source.phases,
          name: m.source.name,
          signals: m.signals.length,
        }))
        const sorted = rows.sort((a, b) => (a.cause + a.mechanism < b.cause + b.mechanism ? -1 : 1))
        io.out(
          options.json
            ? JSON.stringify(sorted, null, 2)
            : sorted
                .map(
                  (r) =>
                    `${r.cause.padEnd(26)}${r.mechanism.padEnd(24)}${r.status.padEnd(14)}${pad(r.name[io.lang], 58)}${r.phases.join(',')}`,
                )
                .join('\n'),
        )
        return 0
      }
      case 'lint':
        return show([...lintPack(pack), ...(options.strict ? untestedSignals(pack) : [])])
      case 'test': {
        const { passed, failed } = testRules(pack)
        if (failed.length > 0) show(failed)
        io.out(
          options.json
            ? JSON.stringify({ passed, failed: failed.length })
            : `${passed} passed, ${failed.length} failed`,
        )
        return failed.length > 0 ? 3 : 0
      }
      default:
        throw new WhytimeoutError(
          'USAGE',
          what === undefined ? 'say list, lint or test' : `no "rules ${what}"; known: list, lint, test`,
          'whytimeout rules',
        )
    }
  },
})
