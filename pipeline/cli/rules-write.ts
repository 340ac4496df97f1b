import { access } from 'node:fs/promises'
import { join } from 'node:path'
import { stringify } from 'yaml'
import type { RuleTest } from '../../schemas/rule.js'
import { WhytimeoutError } from '../errors.js'
import { testFailure } from '../run/rule-checks.js'
import { addTest } from '../run/rule-writer.js'
import { loadPack } from '../run/rules.js'
import type { Io } from './command.js'

/** The rules that may be written to: those named, else `rules/` of the current folder. Never those of an installed program. */
export async function writableRules(named: string | undefined, place: string): Promise<string> {
  const dir = await ownRules(named)
  if (dir === undefined)
    throw new WhytimeoutError('USAGE', 'no rules/ in this folder; say where with --rules DIR', place)
  return dir
}

export async function ownRules(named: string | undefined): Promise<string | undefined> {
  if (named !== undefined) return named
  const isThere = await access(join('rules', 'pack.yml')).then(
    () => true,
    () => false,
  )
  return isThere ? 'rules' : undefined
}

/**
 * Writes a test into the file of a mechanism, and says whether it holds today. Without rules of one's own it is shown instead.
 * @returns 0 if it holds, 3 if the rules have still to learn it
 */
export async function keepTest(dir: string | undefined, mechanism: string, test: RuleTest, io: Io): Promise<number> {
  const pack = await loadPack(dir)
  const source = pack.mechanisms.find((m) => m.id === mechanism)?.source
  const failure = source && testFailure(pack, source, test)
  if (dir === undefined) io.out(stringify([test], { lineWidth: 0 }).trimEnd())
  else io.out(await addTest(pack, dir, mechanism, test))
  const said = {
    en: failure === undefined ? 'the test passes' : `the rules do not see it yet: ${failure}`,
    zh: failure === undefined ? '测试通过' : `现有规则尚不能通过该测试：${failure}`,
  }
  io.err(`${said[io.lang]}\n`)
  return failure === undefined ? 0 : 3
}
