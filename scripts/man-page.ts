import type { Command } from '../pipeline/cli/command.js'
import { ERRORS } from '../pipeline/errors.js'
import type { Lang } from '../schemas/vocabulary.js'

const WORDS = {
  en: {
    name: 'NAME',
    synopsis: 'SYNOPSIS',
    about: 'DESCRIPTION',
    commands: 'COMMANDS',
    exit: 'EXIT STATUS',
    environment: 'ENVIRONMENT',
    examples: 'Examples:',
    title: 'say why TCP connections timed out, from the logs around them',
    intro:
      'Give it the logs around a TCP timeout, live or from an archive: it says why it happened, how sure it is, on what evidence, whom it hits and what to do about it. Answers go to standard output, the story and errors to standard error.',
    repeatable: ', repeatable',
    byDefault: 'default',
  },
  zh: {
    name: '名称',
    synopsis: '概要',
    about: '描述',
    commands: '命令',
    exit: '退出状态',
    environment: '环境变量',
    examples: '示例：',
    title: '根据日志说明TCP连接为何超时',
    intro:
      '输入TCP超时前后的日志（实时或归档），输出超时原因、把握程度、依据、影响范围和处理办法。结果写到标准输出，过程和错误写到标准错误。',
    repeatable: '，可重复',
    byDefault: '默认',
  },
} as const

const EXITS: readonly { readonly code: string; readonly en: string; readonly zh: string }[] = [
  { code: '0', en: 'Done.', zh: '完成。' },
  { code: '1', en: 'Failed while running.', zh: '运行中失败。' },
  {
    code: '2',
    en: 'Wrong usage or configuration: one line says what, where, and the fix.',
    zh: '用法或配置错误：一行说明内容、位置和修正方法。',
  },
  {
    code: '3',
    en: 'Done, but a limit or a check failed: too much unparsed, findings of doctor, audit or rules.',
    zh: '已完成，但未通过限值或检查：未解析过多，或doctor、audit、rules发现问题。',
  },
]
const VARIABLES: readonly { readonly name: string; readonly en: string; readonly zh: string }[] = [
  {
    name: 'LC_ALL, LC_MESSAGES, LANG',
    en: 'Chinese where the first that is set begins with zh; --lang goes before.',
    zh: '首个已设置的变量以zh开头时输出中文；--lang优先。',
  },
  { name: 'NO_COLOR', en: 'No colours.', zh: '不使用颜色。' },
  {
    name: 'WHYTIMEOUT_TOKEN',
    en: 'Token for tap and top on another machine.',
    zh: '对其他机器执行tap、top所需的令牌。',
  },
  { name: 'WHYTIMEOUT_DEBUG', en: 'Stack traces of unexpected failures.', zh: '输出意外失败的调用栈。' },
]

/** The manual page, in roff's man macros. Every command has its part of one page, as its --help has it. */
export function manPage(commands: readonly Command[], lang: Lang, version: string): string {
  const w = WORDS[lang]
  const command = (c: Command): string[] => [
    `.SS ${escaped(`whytimeout ${c.name} ${c.usage}`)}`,
    paragraph(c.summary[lang]),
    ...Object.entries(c.options).flatMap(([name, o]) => [
      '.TP',
      `\\fB${escaped(`--${name}`)}\\fR${o.type === 'string' ? ` \\fI${escaped(o.value ?? 'VALUE')}\\fR` : ''}`,
      paragraph(
        `${o.about[lang]}${o.default === undefined ? '' : ` (${w.byDefault} ${o.default})`}${o.multiple ? w.repeatable : ''}`,
      ),
    ]),
    ...(c.notes ? ['.PP', paragraph(c.notes[lang])] : []),
    '.PP',
    w.examples,
    ...c.examples.flatMap((e) => [
      '.PP',
      paragraph(e.about[lang]),
      '.PP',
      '.nf',
      '.RS 4',
      escaped(e.run),
      '.RE',
      '.fi',
    ]),
  ]
  return [
    `.\\" Made from the table of commands.`,
    `.TH WHYTIMEOUT 1 "" "whytimeout ${version}" ""`,
    `.SH ${w.name}`,
    `whytimeout \\- ${escaped(w.title)}`,
    `.SH ${w.synopsis}`,
    `\\fBwhytimeout\\fR \\fICOMMAND\\fR ${escaped('[options]')}`,
    '.br',
    `\\fBwhytimeout\\fR \\fICOMMAND\\fR ${escaped('--help')}`,
    `.SH ${w.about}`,
    paragraph(w.intro),
    `.SH ${w.commands}`,
    ...commands.flatMap(command),
    `.SH ${w.exit}`,
    ...EXITS.flatMap((e) => ['.TP', `\\fB${e.code}\\fR`, paragraph(e[lang])]),
    ...(lang === 'en' ? ['.PP', paragraph(`Codes of errors: ${Object.keys(ERRORS).join(', ')}.`)] : []),
    `.SH ${w.environment}`,
    ...VARIABLES.flatMap((v) => ['.TP', `\\fB${escaped(v.name)}\\fR`, paragraph(v[lang])]),
    '',
  ].join('\n')
}

/** What means something to roff is written so that it does not. */
const escaped = (text: string): string =>
  text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('`', '\\(ga')
    .replaceAll("'", '\\(aq')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replace(/^[.']/gm, '\\&$&')

/** Sentences each begin a line, as mandoc would have it. */
const paragraph = (text: string): string =>
  text
    .split(/\n+|(?<=[a-z)][.:;]) (?=[A-Z`-])/)
    .map(escaped)
    .join('\n')
