import { execFileSync } from 'node:child_process'
import { cpus, loadavg, totalmem } from 'node:os'

export type Cell = string | number

/** A table in Markdown. */
export function table(head: readonly string[], rows: readonly (readonly Cell[])[]): string {
  const line = (cells: readonly Cell[]) => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}

/** Where, of which commit and by which command a number comes: they belong together. */
export function provenance(): string {
  const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8' }).trim()
  const isDirty = git('status', '--porcelain', '--', 'pipeline', 'schemas', 'rules', 'bench') !== ''
  const name = process.argv[1]?.replace(/^.*\/(\w+)\.js$/, '$1') ?? ''
  return [
    `${cpus()[0]?.model ?? 'unknown CPU'}, ${cpus().length} cores, ${Math.round(totalmem() / 2 ** 30)} GiB`,
    `Node ${process.versions.node}`,
    `load ${loadavg()[0]?.toFixed(1)}`,
    `commit ${git('rev-parse', '--short', 'HEAD')}${isDirty ? ' with changes' : ''}`,
    `\`npm run bench -- ${[name, ...process.argv.slice(2)].join(' ')}\``,
  ].join(', ')
}
