import { readdir, readFile } from 'node:fs/promises'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WhytimeoutError } from '../errors.js'
import { compilePack, type RuleFile, TEXT_MODEL } from '../match/load.js'
import type { Pack } from '../match/pack.js'

/** The rules that come with the program: `rules/` beside package.json, also from dist/. */
export async function defaultRulesDir(): Promise<string> {
  let at = dirname(fileURLToPath(import.meta.url))
  for (let i = 0; i < 6; i++) {
    const entries = await readdir(at).catch(() => [] as string[])
    if (entries.includes('package.json') && entries.includes('rules')) return join(at, 'rules')
    at = dirname(at)
  }
  throw new WhytimeoutError('RULE_INVALID', 'the rules that belong to the program are missing; install it again')
}

/** All rule files of a folder, by path relative to it. */
export async function readRuleFiles(dir: string): Promise<RuleFile[]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    throw new WhytimeoutError('INPUT_NOT_FOUND', 'no such rules folder', dir, { cause: error })
  })
  const paths = entries
    .filter((e) => e.isFile() && (e.name.endsWith('.yml') || e.name === TEXT_MODEL))
    .map((e) => join(e.parentPath, e.name))
    .sort()
  return Promise.all(
    paths.map(async (p) => ({ path: relative(dir, p).split(sep).join('/'), text: await readFile(p, 'utf8') })),
  )
}

/** @throws WhytimeoutError RULE_INVALID with file:line of every finding */
export async function loadPack(dir?: string, options: { readonly text?: boolean } = {}): Promise<Pack> {
  return compilePack(await readRuleFiles(dir ?? (await defaultRulesDir())), options)
}
