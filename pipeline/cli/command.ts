import { parseArgs } from 'node:util'
import type { Bilingual } from '../../schemas/rule.js'
import type { Lang } from '../../schemas/vocabulary.js'
import { WhytimeoutError } from '../errors.js'
import { closest } from '../match/closest.js'

/** What a command may touch of the world; tests hand in their own. */
export type Io = {
  /** The answer. */
  readonly out: (text: string) => void
  /** The story: progress, notes, errors. */
  readonly err: (text: string) => void
  readonly lang: Lang
  readonly isTty: boolean
  readonly columns: number
  readonly color: boolean
  /** The answer goes to a terminal, where it can be drawn over. */
  readonly canRedraw?: boolean
  /** Epoch ms. */
  readonly now: () => number
  readonly env: Readonly<Record<string, string | undefined>>
  /** Resolves when the user or the supervisor asks the process to end. */
  readonly stopAsked: () => Promise<void>
  /** Asks the user; absent where nobody can answer. */
  readonly ask?: (question: string) => Promise<string>
  /** Ends the process though work is still under way; without a code, by how the command ended. */
  readonly quit: (code?: number) => void
}

export type OptionSpec = {
  readonly type: 'string' | 'boolean'
  readonly multiple?: boolean
  readonly default?: string
  /** Placeholder of the value in help. */
  readonly value?: string
  readonly about: Bilingual
}
type Specs = Readonly<Record<string, OptionSpec>>
export type Values<S extends Specs> = {
  readonly [K in keyof S]: S[K] extends { type: 'boolean' }
    ? boolean
    : S[K] extends { multiple: true }
      ? readonly string[]
      : S[K] extends { default: string }
        ? string
        : string | undefined
}

export type Command = {
  readonly name: string
  readonly summary: Bilingual
  /** What stands behind the name. */
  readonly usage: string
  readonly options: Specs
  readonly examples: readonly { readonly run: string; readonly about: Bilingual }[]
  /** Longer help, below the options. */
  readonly notes?: Bilingual
  readonly run: (args: readonly string[], io: Io) => Promise<number>
}

const COMMON: Specs = {
  lang: {
    type: 'string',
    value: 'en|zh',
    about: { en: 'language of what people read; default by locale', zh: '输出语言；默认按系统区域' },
  },
  help: { type: 'boolean', about: { en: 'this help', zh: '显示帮助' } },
}

/** A command whose options are parsed and typed by its table. */
export function defineCommand<const S extends Specs>(
  spec: Omit<Command, 'run'> & {
    readonly options: S
    readonly run: (args: readonly string[], options: Values<S>, io: Io) => Promise<number>
  },
): Command {
  return {
    ...spec,
    options: { ...spec.options, ...COMMON },
    run: async (argv, io) => {
      const { positionals, values } = parse(spec.name, { ...spec.options, ...COMMON }, argv)
      return spec.run(positionals, values as Values<S>, io)
    },
  }
}

function parse(name: string, specs: Specs, argv: readonly string[]) {
  try {
    const { positionals, values } = parseArgs({
      args: [...argv],
      allowPositionals: true,
      options: Object.fromEntries(
        Object.entries(specs).map(([k, s]) => [k, { type: s.type, ...(s.multiple && { multiple: true }) }]),
      ),
    })
    const filled = Object.fromEntries(
      Object.entries(specs).map(([k, s]) => [
        k,
        values[k] ?? (s.type === 'boolean' ? false : s.multiple ? [] : s.default),
      ]),
    )
    return { positionals, values: filled }
  } catch (error) {
    const unknown = /Unknown option '--?([^']+)'/.exec(error instanceof Error ? error.message : '')?.[1]
    if (unknown !== undefined) {
      const near = closest(unknown, Object.keys(specs))
      throw new WhytimeoutError(
        'USAGE',
        `no option --${unknown}${near === undefined ? '' : `; did you mean --${near}?`}`,
        `whytimeout ${name}`,
      )
    }
    throw new WhytimeoutError(
      'USAGE',
      (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? '',
      `whytimeout ${name}`,
    )
  }
}

/** The help page of a command. */
export function helpOf(command: Command, lang: Lang): string {
  const rows = Object.entries(command.options).map(
    ([name, o]) =>
      [
        `--${name}${o.type === 'string' ? ` ${o.value ?? 'VALUE'}` : ''}`,
        `${o.about[lang]}${o.default === undefined ? '' : ` (${lang === 'en' ? 'default' : '默认'} ${o.default})`}${o.multiple ? (lang === 'en' ? ', repeatable' : '，可重复') : ''}`,
      ] as const,
  )
  const width = Math.max(...rows.map(([left]) => left.length)) + 2
  const title =
    lang === 'en'
      ? { usage: 'Usage', options: 'Options', examples: 'Examples' }
      : { usage: '用法', options: '选项', examples: '示例' }
  return [
    command.summary[lang],
    '',
    `${title.usage}: whytimeout ${command.name} ${command.usage}`,
    '',
    `${title.options}:`,
    ...rows.map(([left, right]) => `  ${left.padEnd(width)}${right}`),
    ...(command.notes ? ['', command.notes[lang]] : []),
    '',
    `${title.examples}:`,
    ...command.examples.flatMap((e) => [`  # ${e.about[lang]}`, `  ${e.run}`]),
  ].join('\n')
}
