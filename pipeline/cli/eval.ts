import { WhytimeoutError } from '../errors.js'
import { evalText, verboseText } from '../report/eval-text.js'
import { evaluate } from '../run/eval.js'
import { defineCommand } from './command.js'

export const evalCommand = defineCommand({
  name: 'eval',
  summary: { en: 'Score the verdicts against labelled folders.', zh: '用标注目录评估诊断质量。' },
  usage: '<labelled folder>… [options]',
  options: {
    rules: {
      type: 'string',
      value: 'DIR',
      about: { en: 'other rules than the built-in ones', zh: '使用其他规则目录' },
    },
    'no-text': {
      type: 'boolean',
      about: {
        en: 'without the text classifier, which reads lines of failure that no rule knows',
        zh: '关闭文本分类器（用于识别无规则匹配的故障日志）',
      },
    },
    json: { type: 'boolean', about: { en: 'the figures as JSON', zh: '以JSON输出指标' } },
    verbose: {
      type: 'boolean',
      about: { en: 'a line for every wrong, missed or surplus verdict', zh: '逐条列出错误、遗漏和多余的结论' },
    },
    'min-top1': {
      type: 'string',
      value: 'X',
      about: { en: 'exit 3 when top-1 accuracy is below this', zh: 'top-1准确率低于此值时退出码为3' },
    },
    'min-recall': {
      type: 'string',
      value: 'X',
      about: { en: 'exit 3 when recall is below this', zh: '召回率低于此值时退出码为3' },
    },
    'min-precision': {
      type: 'string',
      value: 'X',
      about: { en: 'exit 3 when precision is below this', zh: '精确率低于此值时退出码为3' },
    },
    'min-cause-recall': {
      type: 'string',
      value: 'X',
      about: { en: 'exit 3 when the recall of any cause is below this', zh: '任一原因的召回率低于此值时退出码为3' },
    },
    'min-cause-precision': {
      type: 'string',
      value: 'X',
      about: { en: 'exit 3 when the precision of any cause is below this', zh: '任一原因的精确率低于此值时退出码为3' },
    },
    'max-ece': {
      type: 'string',
      value: 'X',
      about: { en: 'exit 3 when the calibration error is above this', zh: '校准误差高于此值时退出码为3' },
    },
  },
  notes: {
    en: `A labelled folder holds logs/<host>/<file>, inventory.csv and truth.ndjson; a folder of such folders is taken whole.
Verdicts and labels are paired one to one by suffered_by, terminal, endpoint (where both know it) and overlapping time (1.5 s tolerance).
recall = found / timeouts; precision = found / verdicts; top1 = right cause or an acceptable one, "unknown" met by unknown or by an acceptable
cause below 0.6; top1_exact = the label's own cause; top1_macro = mean over the labels' causes; top3 = among the three highest scores;
sharpness = share of right verdicts at confidence >= 0.8; sure_wrong = wrong at >= 0.8; brier, ece over five bins: lower is better.`,
    zh: `标注目录包含 logs/<主机>/<文件>、inventory.csv 和 truth.ndjson；也可给出此类目录的上级目录。
结论与标注按受害方、终端、目标（双方均已知时）和时间重叠（容差1.5秒）一一配对。
recall=命中/标注；precision=命中/结论；top1=原因正确或可接受；sharpness=正确结论中置信度不低于0.8的占比；sure_wrong=高置信度错误占比。`,
  },
  examples: [
    {
      run: 'whytimeout eval labelled/ --min-top1 0.85',
      about: { en: 'all scenarios below a folder, failing under 0.85', zh: '评估目录下全部场景，低于0.85则失败' },
    },
  ],
  async run(folders, options, io) {
    if (folders.length === 0) throw new WhytimeoutError('USAGE', 'no labelled folder given', 'whytimeout eval')
    const limits = {
      top1: share(options['min-top1'], '--min-top1'),
      recall: share(options['min-recall'], '--min-recall'),
      precision: share(options['min-precision'], '--min-precision'),
    }
    const perCause = {
      recall: share(options['min-cause-recall'], '--min-cause-recall'),
      precision: share(options['min-cause-precision'], '--min-cause-precision'),
    }
    const maxEce = share(options['max-ece'], '--max-ece')
    const result = await evaluate(
      folders,
      { rules: options.rules, now: io.now(), text: !options['no-text'] },
      (name, done, of) => {
        if (io.isTty) io.err(`\r\u001b[K${done + 1}/${of} ${name}`)
      },
    )
    if (io.isTty) io.err('\r\u001b[K')
    const { reliability, ...figures } = result.total
    io.out(options.json ? JSON.stringify({ ...figures, reliability }, null, 2) : evalText(result, io.lang))
    if (options.verbose) io.out(verboseText(result))
    const findings = [
      ...under(limits, result.total, ''),
      ...Object.entries(result.total.causes).flatMap(([cause, figures]) =>
        // A timeout left undecided counts against the recall of its cause; `unknown` claims nothing that could be wrong.
        under(cause === 'unknown' ? { ...perCause, precision: undefined } : perCause, figures, `${cause} `),
      ),
      ...(maxEce !== undefined && (result.total.ece ?? 0) > maxEce ? [`ece ${result.total.ece} > ${maxEce}`] : []),
    ]
    for (const finding of findings) io.err(`${finding}\n`)
    return findings.length > 0 ? 3 : 0
  },
})

/** A finding for every figure below its limit; what has nothing to count is not below. */
function under<K extends string>(
  limits: Readonly<Record<K, number | undefined>>,
  figures: Readonly<Record<NoInfer<K>, number | null>>,
  of: string,
): string[] {
  return (Object.entries(limits) as [K, number | undefined][])
    .filter(([name, min]) => min !== undefined && (figures[name] ?? 1) < min)
    .map(([name, min]) => `${of}${name} ${figures[name]} < ${min}`)
}

function share(text: string | undefined, place: string): number | undefined {
  if (text === undefined) return undefined
  const n = Number(text)
  if (!/^\d?\.?\d+$/.test(text) || n > 1)
    throw new WhytimeoutError('USAGE', `"${text}" is no share between 0 and 1`, place)
  return n
}
