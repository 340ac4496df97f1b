import { WhytimeoutError } from '../errors.js'
import { type Command, defineCommand, type OptionSpec } from './command.js'
import { COMMANDS } from './commands.js'

export const SHELLS = ['bash', 'zsh', 'fish'] as const
type Shell = (typeof SHELLS)[number]

export const completionCommand = defineCommand({
  name: 'completion',
  summary: {
    en: 'Print what makes a shell complete commands, options and their values.',
    zh: '输出Shell补全脚本（命令、选项及取值）。',
  },
  usage: SHELLS.join('|'),
  options: {},
  examples: [
    {
      run: 'source <(whytimeout completion bash)',
      about: { en: 'now, in this shell; in ~/.bashrc for every one', zh: '在当前Shell生效；写入~/.bashrc则长期生效' },
    },
    {
      run: 'whytimeout completion zsh > ~/.zfunc/_whytimeout',
      about: {
        en: 'for zsh, where ~/.zfunc is in $fpath; then start a new shell',
        zh: '用于zsh（~/.zfunc须在$fpath中）；之后重新打开Shell',
      },
    },
    {
      run: 'whytimeout completion fish > ~/.config/fish/completions/whytimeout.fish',
      about: { en: 'for fish', zh: '用于fish' },
    },
  ],
  run: async ([shell, ...more], _, io) => {
    if (!SHELLS.includes(shell as Shell) || more.length > 0)
      throw new WhytimeoutError(
        'USAGE',
        `give one of ${SHELLS.join(', ')}${shell === undefined ? '' : `, not "${[shell, ...more].join(' ')}"`}`,
        'whytimeout completion',
      )
    io.out(completionFor(shell as Shell, COMMANDS))
    return 0
  },
})

/** The script of a shell, from the table of commands. */
export const completionFor = (shell: Shell, commands: readonly Command[]): string =>
  ({ bash, zsh, fish })[shell](commands)

/** Words that may follow a command's name, where its usage begins with a choice of them. */
export const wordsOf = (command: Pick<Command, 'usage'>): readonly string[] =>
  /^[a-z-]+(?:\|[a-z-]+)+/.exec(command.usage)?.[0].split('|') ?? []
type Takes =
  | { readonly kind: 'words'; readonly words: readonly string[] }
  | { readonly kind: 'file' | 'folder' | 'text' }
/** What an option takes, by the placeholder in its help. */
function takenBy({ value = '' }: Pick<OptionSpec, 'value'>): Takes {
  if (/^[a-z-]+(?:\|[a-z-]+)+$/.test(value)) return { kind: 'words', words: value.split('|') }
  if (/^F\.|^FILE/.test(value)) return { kind: 'file' }
  return { kind: value === 'DIR' ? 'folder' : 'text' }
}
const optionsOf = (command: Command): readonly (readonly [string, OptionSpec])[] => Object.entries(command.options)
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`

function bash(commands: readonly Command[]): string {
  const names = commands.map((c) => c.name)
  const values = commands.flatMap((c) =>
    optionsOf(c).flatMap(([name, o]) => {
      if (o.type === 'boolean') return []
      const takes = takenBy(o)
      const reply =
        takes.kind === 'words'
          ? `_whytimeout_words ${quoted(takes.words.join(' '))}`
          : takes.kind === 'file'
            ? '_whytimeout_files -f'
            : takes.kind === 'folder'
              ? '_whytimeout_files -d'
              : ':'
      return [`    ${quoted(`${c.name} --${name}`)}) ${reply}; return ;;`]
    }),
  )
  const words = commands.map((c) => {
    const options = optionsOf(c).map(([name]) => `--${name}`)
    return `    ${c.name}) options=${quoted(options.join(' '))} words=${quoted(wordsOf(c).join(' '))} ;;`
  })
  return `# bash completion of whytimeout; made by: whytimeout completion bash
_whytimeout_words() { mapfile -t COMPREPLY < <(compgen -W "$1" -- "$current"); }
_whytimeout_files() { mapfile -t COMPREPLY < <(compgen "$1" -- "$current"); compopt -o filenames; }
_whytimeout() {
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]} command=\${COMP_WORDS[1]} options= words=
  COMPREPLY=()
  if ((COMP_CWORD == 1)); then
    _whytimeout_words ${quoted([...names, 'help', '--help', '--version'].join(' '))}
    return
  fi
  # --option=value comes as three words.
  [[ $current == '=' ]] && current=
  [[ $before == '=' ]] && before=\${COMP_WORDS[COMP_CWORD - 2]}
  case "$command $before" in
    'help help') _whytimeout_words ${quoted(names.join(' '))}; return ;;
${values.join('\n')}
  esac
  case $command in
${words.join('\n')}
  esac
  if [[ $current == -* ]]; then
    _whytimeout_words "$options"
  elif [[ -n $words ]]; then
    ((COMP_CWORD == 2)) && _whytimeout_words "$words"
  else
    _whytimeout_files -f
  fi
}
complete -F _whytimeout whytimeout`
}

/** For zsh's _arguments: brackets and colons mean something there. */
const described = (text: string): string => quoted(text.replace(/[[\]:\\]/g, '\\$&'))

function zsh(commands: readonly Command[]): string {
  const cases = commands.map((c) => {
    const rows = optionsOf(c).map(([name, o]) => {
      const takes = takenBy(o)
      const value =
        o.type === 'boolean'
          ? ''
          : `:${(o.value ?? 'value').replace(/[[\]:\\]/g, '\\$&')}:${
              takes.kind === 'words'
                ? `(${takes.words.join(' ')})`
                : takes.kind === 'file'
                  ? '_files'
                  : takes.kind === 'folder'
                    ? '_files -/'
                    : ' '
            }`
      const about = o.about.en.replace(/[[\]:\\]/g, '\\$&')
      return `        ${quoted(`${o.multiple ? '*' : ''}--${name}${o.type === 'boolean' ? '' : '='}[${about}]${value}`)}`
    })
    const words = wordsOf(c)
    const rest = words.length > 0 ? `1:what:(${words.join(' ')})` : '*:file:_files'
    return `      ${c.name})\n        _arguments -s \\\n${rows.map((r) => `  ${r} \\`).join('\n')}\n          ${quoted(rest)} ;;`
  })
  return `#compdef whytimeout
# zsh completion of whytimeout; made by: whytimeout completion zsh
_whytimeout() {
  local -a commands=(
${commands.map((c) => `    ${described(c.name)}:${described(c.summary.en)}`).join('\n')}
  )
  if ((CURRENT == 2)); then
    _describe command commands
    return
  fi
  shift words
  ((CURRENT--))
  case $words[1] in
    help) _describe command commands ;;
${cases.join('\n')}
  esac
}
if [[ $funcstack[1] == _whytimeout ]]; then _whytimeout "$@"; else compdef _whytimeout whytimeout; fi`
}

function fish(commands: readonly Command[]): string {
  const names = commands.map((c) => c.name)
  const line = (...parts: readonly string[]): string => ['complete -c whytimeout', ...parts].join(' ')
  // In fish a backslash means something between single quotes.
  const q = (text: string): string => `'${text.replace(/[\\']/g, '\\$&')}'`
  return [
    '# fish completion of whytimeout; made by: whytimeout completion fish',
    ...commands.map((c) => line('-n __fish_use_subcommand -f', `-a ${c.name}`, `-d ${q(c.summary.en)}`)),
    line('-n', q('__fish_seen_subcommand_from help'), '-f', `-a ${q(names.join(' '))}`),
    ...commands.flatMap((c) => {
      const when = `-n ${q(`__fish_seen_subcommand_from ${c.name}`)}`
      const words = wordsOf(c)
      return [
        ...(words.length > 0 ? [line(when, '-f', `-a ${q(words.join(' '))}`)] : []),
        ...optionsOf(c).map(([name, o]) => {
          const takes = takenBy(o)
          const value =
            o.type === 'boolean'
              ? ''
              : takes.kind === 'words'
                ? `-x -a ${q(takes.words.join(' '))}`
                : takes.kind === 'file'
                  ? '-r -F'
                  : takes.kind === 'folder'
                    ? `-x -a '(__fish_complete_directories)'`
                    : '-x'
          return line(when, `-l ${name}`, ...(value === '' ? [] : [value]), `-d ${q(o.about.en)}`)
        }),
      ]
    }),
  ].join('\n')
}
