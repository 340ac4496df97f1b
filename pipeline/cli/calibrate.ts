import { writeFile } from 'node:fs/promises'
import { WhytimeoutError } from '../errors.js'
import { calibrationMarkdown, calibrationText } from '../report/calibration-text.js'
import { calibrateOn, writeTemperature } from '../run/calibrate.js'
import { defineCommand } from './command.js'

export const calibrateCommand = defineCommand({
  name: 'calibrate',
  summary: {
    en: 'Fit how sure verdicts say they are to how often they are right.',
    zh: '用标注数据校准置信度，使其与正确率一致。',
  },
  usage: '<labelled folder>… [options]',
  options: {
    rules: {
      type: 'string',
      value: 'DIR',
      about: { en: 'other rules than the built-in ones', zh: '使用其他规则目录' },
    },
    write: {
      type: 'boolean',
      about: { en: 'write the temperature into pack.yml of the rules', zh: '将温度写入规则目录的pack.yml' },
    },
    markdown: { type: 'string', value: 'FILE', about: { en: 'write the tables as a page', zh: '将表格写成文档' } },
    json: { type: 'boolean', about: { en: 'the figures as JSON', zh: '以JSON输出指标' } },
  },
  notes: {
    en: `Probabilities are 2^(bits / temperature). The temperature with the least loss is looked for; loss is the mean of -log2 P(the label or an
acceptable cause), every scenario counting once. "left out" measures each scenario with what the others gave: what to expect of logs that
nobody saw. The bar of "unknown" is fitted beside it only to show whether it would help.`,
    zh: `概率为 2^（比特数 / 温度）。选取损失最小的温度；损失为 -log2 P（标注或可接受原因）的均值，每个场景权重相同。
"left out" 表示每个场景使用其余场景拟合的温度来衡量。"unknown" 的门槛仅作对比拟合。`,
  },
  examples: [
    {
      run: 'whytimeout calibrate labelled/ --markdown docs/calibration.md',
      about: { en: 'measure, and write the page', zh: '测量并生成文档' },
    },
  ],
  async run(folders, options, io) {
    if (folders.length === 0) throw new WhytimeoutError('USAGE', 'no labelled folder given', 'whytimeout calibrate')
    const found = await calibrateOn(folders, { rules: options.rules, now: io.now() }, (name, done, of) => {
      if (io.isTty) io.err(`\r\u001b[K${done + 1}/${of} ${name}`)
    })
    if (io.isTty) io.err('\r\u001b[K')
    if (found.timeouts === 0)
      throw new WhytimeoutError('LABELS_INVALID', 'no labelled timeout was matched by a verdict', folders[0])
    io.out(options.json ? JSON.stringify(found, null, 2) : calibrationText(found, io.lang))
    if (options.markdown !== undefined) await writeFile(options.markdown, calibrationMarkdown(found))
    if (options.write) io.err(`${await writeTemperature(options.rules, found)}\n`)
    return 0
  },
})
