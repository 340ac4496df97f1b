#!/usr/bin/env node
import { createInterface } from 'node:readline/promises'
import { pathToFileURL } from 'node:url'
import { LANGS, type Lang } from '../../schemas/vocabulary.js'
import { WhytimeoutError } from '../errors.js'
import { closest } from '../match/closest.js'
import { programVersion } from '../run/version.js'
import { type Command, helpOf, type Io } from './command.js'
import { COMMANDS } from './commands.js'

/** Language by `--lang`, else by the locale's environment. */
export function langOf(argv: readonly string[], env: Readonly<Record<string, string | undefined>>): Lang {
  const at = argv.findIndex((a) => a === '--lang' || a.startsWith('--lang='))
  const asked =
    at < 0 ? undefined : (argv[at] as string).includes('=') ? (argv[at] as string).split('=')[1] : argv[at + 1]
  if (asked !== undefined) {
    if (!(LANGS as readonly string[]).includes(asked))
      throw new WhytimeoutError('USAGE', `no language "${asked}"; known: ${LANGS.join(', ')}`, '--lang')
    return asked as Lang
  }
  const locale = env.LC_ALL || env.LC_MESSAGES || env.LANG || ''
  return /^zh/i.test(locale) ? 'zh' : 'en'
}

/** Runs a command line. @returns the exit code */
export async function main(argv: readonly string[], io: Io): Promise<number> {
  const [name, ...rest] = argv
  if (name === undefined || name === 'help' || name === '--help' || name === '-h') {
    const about = COMMANDS.find((c) => c.name === rest[0])
    io.out(about ? helpOf(about, io.lang) : overview(io.lang))
    return name === undefined ? 2 : 0
  }
  if (name === '--version' || name === 'version') {
    io.out(`whytimeout ${programVersion()}`)
    return 0
  }
  const command: Command | undefined = COMMANDS.find((c) => c.name === name)
  if (!command) {
    const near = closest(
      name,
      COMMANDS.map((c) => c.name),
    )
    throw new WhytimeoutError(
      'USAGE',
      `no command "${name}"${near === undefined ? `; known: ${COMMANDS.map((c) => c.name).join(', ')}` : `; did you mean "${near}"?`}`,
      'whytimeout',
    )
  }
  if (rest.includes('--help') || rest.includes('-h')) {
    io.out(helpOf(command, io.lang))
    return 0
  }
  return command.run(rest, io)
}

function overview(lang: Lang): string {
  const intro =
    lang === 'en'
      ? 'whytimeout - give it the logs around a TCP timeout, it says why it happened'
      : 'whytimeout - 输入TCP超时前后的日志，输出超时原因'
  const width = Math.max(...COMMANDS.map((c) => c.name.length)) + 2
  return [
    intro,
    '',
    ...COMMANDS.map((c) => `  ${c.name.padEnd(width)}${c.summary[lang]}`),
    '',
    lang === 'en' ? 'whytimeout COMMAND --help shows options and examples.' : 'whytimeout 命令 --help 查看选项和示例。',
  ].join('\n')
}

/** An error as one line: what, where, the fix. */
export function errorLine(error: unknown, lang: Lang): { line: string; exit: number } {
  if (error instanceof WhytimeoutError) {
    return {
      line: `${error.code}: ${error.message}${error.place === undefined ? '' : ` (${error.place})`} - ${error.hint[lang]}`,
      exit: error.exitCode,
    }
  }
  const internal = new WhytimeoutError('INTERNAL', 'unexpected failure')
  return { line: `INTERNAL: ${error instanceof Error ? error.name : 'failure'} - ${internal.hint[lang]}`, exit: 1 }
}

async function ask(question: string): Promise<string> {
  const asking = createInterface({ input: process.stdin, output: process.stderr })
  try {
    return await asking.question(question)
  } finally {
    asking.close()
  }
}

async function run(): Promise<void> {
  const { env, stdout, stderr } = process
  const argv = process.argv.slice(2)
  stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1))
  let lang: Lang = 'en'
  try {
    lang = langOf(argv, env)
    const isTty = stdout.isTTY === true && env.TERM !== 'dumb'
    const io: Io = {
      out: (text) => stdout.write(`${text}\n`),
      err: (text) => stderr.write(text),
      lang,
      isTty: stderr.isTTY === true,
      columns: stdout.columns || 100,
      color: isTty && !env.NO_COLOR,
      canRedraw: isTty,
      now: () => Date.now(),
      env,
      stopAsked: () =>
        new Promise((resolve) => {
          for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve())
        }),
      ...(process.stdin.isTTY && { ask }),
      quit: (code) => process.exit(code),
    }
    process.exitCode = await main(argv, io)
  } catch (error) {
    const { line, exit } = errorLine(error, lang)
    stderr.write(`${line}\n`)
    if (env.WHYTIMEOUT_DEBUG && error instanceof Error) stderr.write(`${error.stack}\n`)
    process.exitCode = exit
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(realPath(process.argv[1])).href) await run()

function realPath(path: string): string {
  try {
    return process.getBuiltinModule('node:fs').realpathSync(path)
  } catch {
    return path
  }
}
