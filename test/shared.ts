import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** A folder of data kept beside the project, where it is there: tests that can use it do, and say loudly when they cannot. */
export function sharedDir(name: string): string | undefined {
  const path = join(import.meta.dirname, '..', '..', 'shared', name)
  if (existsSync(path)) return path
  console.warn(`!! ${name} is not beside the project: the tests that use it do not run`)
  return undefined
}
