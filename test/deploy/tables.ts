import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { COMMANDS } from '../../pipeline/cli/commands.js'
import { wordsOf } from '../../pipeline/cli/completion.js'

export const ROOT = join(import.meta.dirname, '../..')
export const read = (file: string): string => readFileSync(join(ROOT, file), 'utf8')

/** What is wrong with a command line, by the table of commands; undefined where nothing is. */
export function wrongWith(argv: readonly string[]): string | undefined {
  const [name, ...rest] = argv
  const command = COMMANDS.find((c) => c.name === name)
  if (!command) return `no command ${name}`
  const words: string[] = []
  for (let i = 0; i < rest.length; i++) {
    const word = rest[i] as string
    if (!word.startsWith('--')) {
      words.push(word)
      continue
    }
    const [option = '', value] = word.slice(2).split('=')
    const spec = command.options[option]
    if (!spec) return `no option --${option} of ${name}`
    if (spec.type === 'boolean') continue
    const given = value ?? rest[++i]
    if (given === undefined) return `--${option} of ${name} has no value`
    if (/^[a-z-]+(?:\|[a-z-]+)+$/.test(spec.value ?? '') && !spec.value?.split('|').includes(given))
      return `--${option} of ${name} is no ${given}`
  }
  const known = wordsOf(command)
  return known.length > 0 && !known.includes(words[0] ?? '') ? `${name} does not know ${words[0]}` : undefined
}
