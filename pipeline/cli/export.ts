import { randomBytes } from 'node:crypto'
import { WhytimeoutError } from '../errors.js'
import { exportText } from '../export/notice.js'
import { exportAnonymised } from '../run/export.js'
import { defineCommand } from './command.js'
import { progressBar } from './progress.js'
import { rangeOption } from './time-option.js'

const DEFAULT_OUT = 'whytimeout-export'

export const exportCommand = defineCommand({
  name: 'export',
  summary: {
    en: 'Make a copy of logs that may leave the house: other addresses, names and ids, the same verdicts.',
    zh: '生成可对外提供的日志副本：替换地址、名称和编号，结论不变。',
  },
  usage: '<file|folder>… --anonymise [options]',
  options: {
    anonymise: {
      type: 'boolean',
      about: {
        en: 'replace what names anybody or anything; there is no export without it',
        zh: '替换一切可指认的信息；导出必须带此选项',
      },
    },
    verdict: {
      type: 'string',
      value: 'ID',
      about: { en: 'only the lines that this verdict can see', zh: '仅导出该结论所见的日志' },
    },
    incident: {
      type: 'string',
      value: 'ID',
      about: { en: 'only the lines that the verdicts of this incident can see', zh: '仅导出该事件各结论所见的日志' },
    },
    from: { type: 'string', value: 'T', about: { en: 'only timeouts from this time', zh: '仅此时间之后的超时' } },
    to: { type: 'string', value: 'T', about: { en: 'only timeouts before this time', zh: '仅此时间之前的超时' } },
    out: {
      type: 'string',
      value: 'DIR',
      default: DEFAULT_OUT,
      about: { en: 'new folder; NAME.tar.gz: one file', zh: '新目录；NAME.tar.gz则为单个文件' },
    },
    key: {
      type: 'string',
      value: 'TEXT',
      about: {
        en: 'secret that the replacements follow from, so that the next export names things alike; default one that nobody learns',
        zh: '决定替换结果的密钥，便于下次导出保持一致；默认使用不保存的随机密钥',
      },
    },
    shift: {
      type: 'string',
      value: 'DAYS',
      about: {
        en: 'move all dates by whole days, such as -21; times of day stay',
        zh: '将所有日期平移整数天，如-21；时刻不变',
      },
    },
    inventory: {
      type: 'string',
      value: 'F.csv',
      about: {
        en: 'terminals; default inventory.csv in the first folder',
        zh: '终端清单；默认取首个目录下的inventory.csv',
      },
    },
    origins: {
      type: 'string',
      value: 'F.yml',
      about: {
        en: 'what the lines do not say; default origins.yml in the first folder',
        zh: '日志来源说明；默认取首个目录下的origins.yml',
      },
    },
    rules: {
      type: 'string',
      value: 'DIR',
      about: { en: 'other rules than the built-in ones', zh: '使用其他规则目录' },
    },
    format: {
      type: 'string',
      value: '[GLOB=]ID',
      about: {
        en: "read as this format everything, or the hosts and logs that GLOB names: --format 'gw*=haproxy,export*.csv=table'",
        zh: "按指定格式读取全部，或 GLOB 所指的主机和日志：--format 'gw*=haproxy,export*.csv=table'",
      },
    },
    timezone: {
      type: 'string',
      multiple: true,
      value: '[HOST=]TZ',
      about: {
        en: 'zone of times without one, for all or for hosts by glob',
        zh: '无时区时间的时区，可按主机通配指定',
      },
    },
    json: { type: 'boolean', about: { en: 'print what was done as JSON', zh: '以JSON输出结果' } },
  },
  notes: {
    en: 'Each value gets the same other one everywhere, of the same length and shape; addresses stay private or public and keep the networks that they share; short names fit long ones. Compressed logs are unpacked, texts become UTF-8, an inventory keeps only the columns that whytimeout reads. The export is replayed before it is there: a verdict that comes out otherwise, or a replaced value that is still met, ends with exit 3. Free text can hold names that nothing gives away: the words that may be some are listed, and a person must look.',
    zh: '同一个值始终替换为同一个长度和形式相同的值；地址保持公私属性和同网关系，短主机名与全名保持对应。压缩日志会解压，文本统一为UTF-8，清单仅保留whytimeout读取的列。导出前会重放验证：结论不一致或仍有残留时退出码为3。自由文本可能含有无法识别的名称，可疑词会列出，须人工检查。',
  },
  examples: [
    {
      run: 'whytimeout export ./shop-0412 --anonymise --out for-the-isp.tar.gz',
      about: {
        en: 'everything in a folder, as one file to attach to a ticket; replay reads it as it is',
        zh: '导出整个目录为单个文件，便于附在工单中；replay可直接读取',
      },
    },
    {
      run: 'whytimeout export ./shop-0412 --anonymise --verdict mwu --out bug-report',
      about: { en: 'one verdict and what it can see, for a bug report', zh: '导出一个结论及其依据，用于问题报告' },
    },
    {
      run: 'whytimeout export ./logs --anonymise --from "2026-11-20 14:00 Asia/Shanghai" --to "2026-11-20 15:00 Asia/Shanghai" --key "$EXPORT_KEY" --shift=-21',
      about: {
        en: 'an hour, three weeks earlier; the same names as in other exports with this key',
        zh: '导出一小时并前移三周；同一密钥的各次导出名称一致',
      },
    },
  ],
  async run(paths, options, io) {
    const place = 'whytimeout export'
    if (paths.length === 0) throw new WhytimeoutError('USAGE', 'no file or folder given', place)
    if (!options.anonymise) throw new WhytimeoutError('USAGE', 'say --anonymise: nothing is exported as it is', place)
    const other = paths.find((p) => p === '-' || p.startsWith('kafka:'))
    if (other !== undefined)
      throw new WhytimeoutError('USAGE', `"${other}" cannot be read twice; give files or folders`, place)
    if (options.verdict !== undefined && options.incident !== undefined)
      throw new WhytimeoutError('USAGE', 'give a verdict or an incident, not both', place)
    if (options.key !== undefined && options.key.length < 8)
      throw new WhytimeoutError('USAGE', 'is too short to be a secret: at least 8 characters', '--key')
    const bar = progressBar(io)
    const done = await exportAnonymised(
      {
        ...rangeOption(options, io.now()),
        paths,
        out: options.out,
        verdict: options.verdict,
        incident: options.incident,
        inventory: options.inventory,
        origins: options.origins,
        rules: options.rules,
        format: options.format,
        timezones: options.timezone,
        key: options.key === undefined ? randomBytes(32) : Buffer.from(options.key, 'utf8'),
        shiftDays: daysOf(options.shift),
        now: io.now(),
      },
      bar.update,
    ).finally(bar.done)
    io.out(options.json ? JSON.stringify(done, null, 2) : exportText(done, options.out, io.lang))
    return done.different.length === 0 && done.met.length === 0 ? 0 : 3
  },
})

function daysOf(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (!/^[+-]?\d{1,4}$/.test(text))
    throw new WhytimeoutError('USAGE', `"${text}" is no number of days such as -21`, '--shift')
  return Number(text)
}
