import { errorLine, langOf, main } from '../../pipeline/cli/main.js'

export type Ran = { readonly exit: number; readonly out: string; readonly err: string }

/** A command line as a user would type it, without a process. */
export async function runCli(
  argv: readonly string[],
  options: {
    readonly now?: string
    readonly env?: Readonly<Record<string, string>>
    readonly stopAsked?: () => Promise<void>
    readonly ask?: (question: string) => Promise<string>
  } = {},
): Promise<Ran> {
  let out = ''
  let err = ''
  const lang = langOf(argv, {})
  try {
    const exit = await main(argv, {
      out: (text) => {
        out += `${text}\n`
      },
      err: (text) => {
        err += text
      },
      lang,
      isTty: false,
      columns: 100,
      color: false,
      now: () => Date.parse(options.now ?? '2026-11-24T00:00:00Z'),
      env: options.env ?? {},
      stopAsked: options.stopAsked ?? (() => new Promise(() => {})),
      quit: () => {},
      ...(options.ask && { ask: options.ask }),
    })
    return { exit, out, err }
  } catch (error) {
    const { line, exit } = errorLine(error, lang)
    return { exit, out, err: `${err}${line}\n` }
  }
}
